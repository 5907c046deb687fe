internal import JSON

/// What the server itself decides about an object before it stores it.
enum Preparation {
  static func forCreation(
    _ object: JSONValue, _ kind: ResourceKind, _ store: ObjectStore
  ) throws(APIStatus) -> JSONValue {
    var object = object
    switch kind.kind {
    case "Namespace":
      object["spec"] = ["finalizers": ["kubernetes"]]
      object["status"] = ["phase": "Active"]
    case "Pod":
      try PodAdmission(store: store).admit(&object)
      object["status"] = ["phase": "Pending", "qosClass": .string(PodAdmission.qosClass(object))]
    case "DaemonSet":
      object["status"] = emptyStatus(kind)
      if object["metadata"]?["annotations"] == nil { object["metadata"]?["annotations"] = [:] }
      object["metadata"]?["annotations"]?[Defaults.templateGeneration] = "1"
    case "ValidatingAdmissionPolicy": object["status"] = [:]
    case "Service":
      object["spec"] = object["spec"].map { ServiceAddresses(store: store).assigned($0) }
      try ServiceAddresses(store: store).check(object)
    case "Secret": Defaults.mergeStringData(&object)
    default: break
    }
    return object
  }

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
    case "Service":
      for name in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if let value = old["spec"]?[name] { object["spec"]?.setDefault(name, value) }
      }
      // Most clients only know the one address.
      if let address = object["spec"]?["clusterIP"], address != old["spec"]?["clusterIP"],
        object["spec"]?["clusterIPs"] == old["spec"]?["clusterIPs"]
      {
        object["spec"]?["clusterIPs"] = [address]
      }
    case "Secret": Defaults.mergeStringData(&object)
    case "DaemonSet":
      var generation = old["spec"]?["template"] == object["spec"]?["template"] ? 0 : 1
      let text = old["metadata"]?["annotations"]?[Defaults.templateGeneration]?.string
      generation += text.flatMap { Int($0) } ?? 1
      if object["metadata"]?["annotations"] == nil { object["metadata"]?["annotations"] = [:] }
      object["metadata"]?["annotations"]?[Defaults.templateGeneration] = .string(String(generation))
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
}

/// What admission adds to a pod that is being created.
struct PodAdmission: Sendable {
  let store: ObjectStore

  func admit(_ pod: inout JSONValue) throws(APIStatus) {
    let namespace = pod["metadata"]?["namespace"]?.string ?? ""
    let account = pod["spec"]?["serviceAccountName"]?.string ?? "default"
    let key = ObjectKey(resource: "serviceaccounts", namespace: namespace, name: account)
    guard store.object(key) != nil else {
      throw Self.forbidden(
        pod,
        "error looking up service account \(namespace)/\(account): serviceaccount "
          + "\(GoText.quoted(account)) not found")
    }
    pod["spec"]?["serviceAccountName"] = .string(account)
    pod["spec"]?["serviceAccount"] = .string(account)
    try prioritize(&pod)
    tolerate("node.kubernetes.io/not-ready", &pod)
    tolerate("node.kubernetes.io/unreachable", &pod)
    if let name = pod["spec"]?["runtimeClassName"]?.string {
      throw Self.forbidden(pod, "pod rejected: RuntimeClass \(GoText.quoted(name)) not found")
    }
  }

  /// The classes that every cluster has; the emulator knows no others.
  private static let priorities = [
    "": 0, "system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000,
  ]

  private func prioritize(_ pod: inout JSONValue) throws(APIStatus) {
    let name = pod["spec"]?["priorityClassName"]?.string ?? ""
    guard let priority = Self.priorities[name] else {
      throw Self.forbidden(pod, "no PriorityClass with name \(name) was found")
    }
    if let sent = pod["spec"]?["priority"]?.integer, sent != priority {
      throw Self.forbidden(
        pod,
        "the integer value of priority (\(sent)) must not be provided in pod spec; priority "
          + "admission controller computed \(priority) from the given PriorityClass name")
    }
    pod["spec"]?["priority"] = .integer(priority)
    pod["spec"]?.setDefault("preemptionPolicy", "PreemptLowerPriority")
  }

  private static func forbidden(_ pod: JSONValue, _ reason: String) -> APIStatus {
    .forbidden(
      group: "", resource: "pods", name: pod["metadata"]?["name"]?.string ?? "", reason)
  }

  /// A pod stays for five minutes on a node that is in trouble.
  private func tolerate(_ taint: String, _ pod: inout JSONValue) {
    let tolerations = pod["spec"]?["tolerations"]?.array ?? []
    let isTolerated = tolerations.contains { toleration in
      let key = toleration["key"]?.string ?? ""
      let effect = toleration["effect"]?.string ?? ""
      return (key == taint || key.isEmpty) && (effect == "NoExecute" || effect.isEmpty)
    }
    if isTolerated { return }
    let added: JSONValue = [
      "key": .string(taint), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
    ]
    pod["spec"]?["tolerations"] = .array(tolerations + [added])
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
