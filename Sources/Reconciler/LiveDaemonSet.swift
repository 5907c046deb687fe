internal import FilelogContract
internal import FilelogJSON

/// What a release's DaemonSet in the cluster says of the values that it was rendered with.
struct LiveDaemonSet {
  private let object: JSONValue

  init(_ object: JSONValue) { self.object = object }

  private var pod: JSONValue? { object["spec"]?["template"]?["spec"] }

  private var initContainers: [JSONValue] { pod?["initContainers"]?.array ?? [] }

  private func values(of variable: Contract.Variable) -> [String] {
    let containers = (pod?["containers"]?.array ?? []) + initContainers
    return containers.flatMap { $0["env"]?.array ?? [] }
      .filter { $0["name"]?.string == variable.rawValue }
      .compactMap { $0["value"]?.string }
  }

  /// The UID of the cluster that its containers are told; nil for none.
  var clusterUID: String? { values(of: .clusterUID).first { !$0.isEmpty } }

  /// The value of `app.kubernetes.io/instance` in its selector, which cannot change.
  var instance: String? {
    object["spec"]?["selector"]?["matchLabels"]?[Contract.instanceLabel]?.string
  }

  /// How its pods store offsets; nil: not in config maps.
  var layout: Contract.OffsetLayout? {
    if let layout = values(of: .configMapLayout).first {
      return Contract.OffsetLayout(rawValue: layout)
    }
    return values(of: .configMapName).isEmpty ? nil : .shared
  }

  /// Whether its pods store in maps of nodes, or look there.
  var usesNodeMaps: Bool {
    (values(of: .configMapLayout) + values(of: .configMapPreviousLayout))
      .contains(Contract.OffsetLayout.perNode.rawValue)
  }

  /// Whether the sync container is an init container that goes on running.
  var usesNativeSidecar: Bool {
    initContainers.contains { $0["name"]?.string == Contract.ContainerName.sync }
  }
}
