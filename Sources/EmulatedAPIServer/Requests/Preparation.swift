internal import JSON

/// What the server itself decides about an object before it stores it.
enum Preparation {
  static func forCreation(
    _ object: JSONValue, _ kind: ResourceKind, _ store: ObjectStore
  ) throws(APIStatus) -> JSONValue {
    var object = object
    switch kind.kind {
    case "Namespace":
      let name = object["metadata"]?["name"]?.string ?? ""
      if object["metadata"]?["labels"] == nil { object["metadata"]?["labels"] = [:] }
      object["metadata"]?["labels"]?["kubernetes.io/metadata.name"] = .string(name)
      object["spec"] = ["finalizers": ["kubernetes"]]
      object["status"] = ["phase": "Active"]
    case "Pod":
      try PodAdmission(store: store).admit(&object)
      object["status"] = ["phase": "Pending", "qosClass": .string(PodAdmission.qosClass(object))]
    case "DaemonSet":
      object["status"] = emptyStatus(kind)
      if object["metadata"]?["annotations"] == nil { object["metadata"]?["annotations"] = [:] }
      object["metadata"]?["annotations"]?[templateGeneration] = "1"
    case "ValidatingAdmissionPolicy": object["status"] = [:]
    case "Secret": mergeStringData(&object)
    default: break
    }
    return object
  }

  /// The annotation in which the `apps/v1` form of a DaemonSet carries an older form's field.
  private static let templateGeneration = "deprecated.daemonset.template.generation"

  static func forUpdate(
    _ new: JSONValue, over old: JSONValue, _ kind: ResourceKind, subresource: String
  ) -> JSONValue {
    var object = new
    if subresource == "status" {
      object["spec"] = old["spec"]
      return object
    }
    if kind.subresources.contains("status") { object["status"] = old["status"] }
    switch kind.kind {
    case "Namespace": object["spec"] = old["spec"]
    case "Secret": mergeStringData(&object)
    case "DaemonSet":
      var generation = old["spec"]?["template"] == object["spec"]?["template"] ? 0 : 1
      let text = old["metadata"]?["annotations"]?[templateGeneration]?.string
      generation += text.flatMap { Int($0) } ?? 1
      if object["metadata"]?["annotations"] == nil { object["metadata"]?["annotations"] = [:] }
      object["metadata"]?["annotations"]?[templateGeneration] = .string(String(generation))
    default: break
    }
    if kind.countsGenerations, object["spec"] != old["spec"] {
      let generation = old["metadata"]?["generation"]?.integer ?? 0
      object["metadata"]?["generation"] = .integer(generation + 1)
    }
    return object
  }

  private static func emptyStatus(_ kind: ResourceKind) -> JSONValue {
    (try? ObjectDecoder.decode([:], as: kind.typeName).value["status"]) ?? [:]
  }

  /// `stringData` is only for writing: its values end up in `data`.
  private static func mergeStringData(_ secret: inout JSONValue) {
    guard case .object(let texts)? = secret["stringData"] else { return }
    if secret["data"] == nil { secret["data"] = [:] }
    for (key, text) in texts {
      secret["data"]?[key] = .string(Base64Text.encoded(Array((text.string ?? "").utf8)))
    }
    secret["stringData"] = nil
  }
}

/// What admission adds to a pod that is being created.
struct PodAdmission: Sendable {
  let store: ObjectStore

  func admit(_ pod: inout JSONValue) throws(APIStatus) {
    let namespace = pod["metadata"]?["namespace"]?.string ?? ""
    let account = pod["spec"]?["serviceAccountName"]?.string ?? "default"
    let key = ObjectKey(resource: "serviceaccounts", namespace: namespace, name: account)
    guard store.object(key) != nil else {
      throw .forbidden(
        group: "", resource: "pods", name: pod["metadata"]?["name"]?.string ?? "",
        "error looking up service account \(namespace)/\(account): serviceaccount "
          + "\(GoText.quoted(account)) not found")
    }
    pod["spec"]?["serviceAccountName"] = .string(account)
    pod["spec"]?["serviceAccount"] = .string(account)
  }

  /// How well a pod's resources are guaranteed.
  static func qosClass(_ pod: JSONValue) -> String {
    let containers =
      (pod["spec"]?["containers"]?.array ?? []) + (pod["spec"]?["initContainers"]?.array ?? [])
    let resources = containers.map { $0["resources"] ?? [:] }
    if resources.allSatisfy({ $0["limits"] == nil && $0["requests"] == nil }) {
      return "BestEffort"
    }
    let isGuaranteed = resources.allSatisfy { resources in
      ["cpu", "memory"].allSatisfy { name in
        guard let limit = resources["limits"]?[name] else { return false }
        return (resources["requests"]?[name] ?? limit) == limit
      }
    }
    return isGuaranteed ? "Guaranteed" : "Burstable"
  }
}
