internal import DesiredState
internal import FilelogContract
internal import FilelogJSON

/// The objects that come beside a workload: what the pods may do, and where snapshots go.
struct AddedObjects {
  let workload: Workload
  let options: AttachOptions
  /// The pods' namespace.
  let namespace: String

  private var stem: String { "\(workload.object.name)-filelogoffsets" }

  /// How long the longest of all names is.
  var longestName: Int {
    let names = [mapName, roleName] + (options.hasAdmissionPolicy ? [policyName] : [])
    return names.map(\.utf8.count).max() ?? 0
  }
  var mapName: String { options.mapName ?? "\(stem)-cm" }
  private var roleName: String { stem }
  private var policyName: String { "\(namespace).\(stem)" }

  /// Labels that no tool takes for its own: label tracking of Argo CD would prune maps of nodes that
  /// carried the release's.
  static let labels = [
    "app.kubernetes.io/name": Contract.ContainerName.sync,
    "app.kubernetes.io/managed-by": "operator-sim",
  ]

  /// What keeps the map when the manifests no longer have it: Helm, Argo CD, Flux.
  private static let keeping = [
    "helm.sh/resource-policy": "keep",
    "argocd.argoproj.io/sync-options": "Prune=false",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
  ]

  /// In the order in which they are applied.
  var all: [JSONValue] {
    var manifests = [
      assembleFilelogOffsetsConfigMap(metadata(mapName, Self.keeping)),
      assembleFilelogOffsetsRole(
        metadata(roleName), configMapName: mapName, includesNodeMaps: options.layout == .perNode),
      assembleFilelogOffsetsRoleBinding(
        metadata(roleName), role: roleName, serviceAccount: workload.serviceAccount,
        namespace: namespace),
    ]
    if options.hasAdmissionPolicy {
      manifests.append(assembleFilelogOffsetsAdmissionPolicy(scope))
      manifests.append(assembleFilelogOffsetsAdmissionPolicyBinding(scope))
    }
    return manifests.map { owned($0.json) }
  }

  private func metadata(_ name: String, _ annotations: [String: String] = [:]) -> ObjectMetadata {
    ObjectMetadata(
      name, namespace: workload.object.namespace ?? options.namespace, labels: Self.labels,
      annotations: annotations)
  }

  private var scope: OffsetsAdmissionScope {
    OffsetsAdmissionScope(
      name: policyName, labels: Self.labels, namespace: namespace,
      serviceAccount: workload.serviceAccount, configMapName: mapName, mapLabels: Self.labels)
  }

  /// Says whose it is, and keeps what tools wrote onto the workload to find its file again.
  private func owned(_ object: JSONValue) -> JSONValue {
    var object = object
    object.change(["metadata", "annotations"]) { annotations in
      var all = annotations?.object ?? [:]
      all[AttachmentRecord.ownerAnnotation] = .string(workload.object.reference)
      let file = "postrenderer.helm.sh/postrender-filename"
      all[file] = workload.object.annotations?[file]
      annotations = .object(all)
    }
    return object
  }

  /// Objects of others by one of these names.
  func conflicts(among objects: [StreamObject]) -> [String] {
    all.compactMap { added in
      let kind = added["kind"]?.string ?? ""
      let name = added["metadata"]?["name"]?.string ?? ""
      let isTaken = objects.contains { object in
        object.kind == kind && object.name == name
          && (object.namespace ?? namespace)
            == (added["metadata"]?["namespace"]?.string ?? namespace)
      }
      return isTaken ? "\(kind.lowercased())/\(name)" : nil
    }
  }
}
