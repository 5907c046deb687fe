public import FilelogJSON

/// Which other objects have to be read with one of a cluster, so that it can be attached to.
public enum WorkloadReferences {
  /// `ConfigMap` and a name, for instance.
  public struct Reference: Hashable, Sendable {
    /// The kind of the object, in the workload's namespace.
    public let kind: String
    /// The object's name.
    public let name: String
  }

  /// Config maps, secrets and the account that an object's pods use, and what attach adds to it; each
  /// once, in order.
  public static func of(_ object: JSONValue, mapName: String?) -> [Reference] {
    var found: [Reference] = []
    func add(_ kind: String, _ name: JSONValue?) {
      guard let name = name?.string, !found.contains(Reference(kind: kind, name: name)) else {
        return
      }
      found.append(Reference(kind: kind, name: name))
    }
    let pod = object[path: ["spec", "template", "spec"]] ?? object["spec"] ?? [:]
    for volume in pod["volumes"]?.array ?? [] {
      for source in [volume] + (volume["projected"]?["sources"]?.array ?? []) {
        add("ConfigMap", source["configMap"]?["name"])
        add("Secret", source["secret"]?["secretName"] ?? source["secret"]?["name"])
      }
    }
    for container in pod["containers"]?.array ?? [] {
      for source in container["envFrom"]?.array ?? [] {
        add("ConfigMap", source["configMapRef"]?["name"])
        add("Secret", source["secretRef"]?["name"])
      }
      for variable in container["env"]?.array ?? [] {
        add("ConfigMap", variable["valueFrom"]?["configMapKeyRef"]?["name"])
        add("Secret", variable["valueFrom"]?["secretKeyRef"]?["name"])
      }
    }
    add("ServiceAccount", pod["serviceAccountName"] ?? pod["serviceAccount"])
    let stem = "\(object["metadata"]?["name"]?.string ?? "")-filelogoffsets"
    add("ConfigMap", .string(mapName ?? "\(stem)-cm"))
    add("Role", .string(stem))
    add("RoleBinding", .string(stem))
    let policy = "\(object["metadata"]?["namespace"]?.string ?? "").\(stem)"
    add("ValidatingAdmissionPolicy", .string(policy))
    add("ValidatingAdmissionPolicyBinding", .string(policy))
    return found
  }

  /// Whether attach added an object.
  public static func isAdded(_ object: JSONValue) -> Bool {
    object[path: ["metadata", "annotations", .key(AttachmentRecord.ownerAnnotation)]] != nil
  }
}
