internal import FilelogJSON

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
      object["status"] = ["phase": "Pending"]
    case "DaemonSet":
      object["status"] = emptyStatus(kind)
      if object["metadata"]?["annotations"] == nil { object["metadata"]?["annotations"] = [:] }
      object["metadata"]?["annotations"]?[Defaults.templateGeneration] = "1"
    case "ValidatingAdmissionPolicy": object["status"] = [:]
    case "Service":
      object["spec"] = object["spec"].map { ServiceAddresses(store: store).assigned($0) }
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
  }

  private static func forbidden(_ pod: JSONValue, _ reason: String) -> APIStatus {
    .forbidden(
      group: "", resource: "pods", name: pod["metadata"]?["name"]?.string ?? "", reason)
  }
}
