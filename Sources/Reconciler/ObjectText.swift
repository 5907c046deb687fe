internal import FilelogEncodings
internal import FilelogJSON
internal import FilelogKubernetesAPI
internal import FilelogYAML

/// Two versions of an object as people compare them: YAML without what the server keeps for itself,
/// without secrets, and without payloads.
enum ObjectText {
  /// - Parameters:
  ///   - old: nil when the object does not exist.
  ///   - new: nil when it is to go.
  static func pair(
    _ reference: ObjectReference, _ old: JSONValue?, _ new: JSONValue?
  ) -> (old: String, new: String) {
    var (old, new) = (old.map { shown($0, reference) }, new.map { shown($0, reference) })
    if reference.type.kind == "Secret" { mask(&old, &new) }
    return (old.map(YAML.emit) ?? "", new.map(YAML.emit) ?? "")
  }

  private static let hidden = [
    "managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink",
  ]

  /// Counted up by the server.
  private static let generation = "deprecated.daemonset.template.generation"

  private static func shown(_ object: JSONValue, _ reference: ObjectReference) -> JSONValue {
    guard case .object(var members) = object else { return object }
    members["apiVersion"] = .string(reference.type.apiVersion)
    members["kind"] = .string(reference.type.kind)
    members["status"] = nil
    if case .object(var metadata)? = members["metadata"] {
      for name in hidden { metadata[name] = nil }
      if case .object(var annotations)? = metadata["annotations"] {
        annotations[generation] = nil
        metadata["annotations"] = annotations.isEmpty ? nil : .object(annotations)
      }
      members["metadata"] = .object(metadata)
    }
    if case .object(let payloads)? = members["binaryData"] {
      members["binaryData"] = .object(payloads.mapValues { .string(summary($0)) })
    }
    return .object(members)
  }

  /// Enough to see whether a payload changes.
  private static func summary(_ payload: JSONValue) -> String {
    let text = payload.string ?? ""
    let padding = text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
    let digest = SHA256.hash(text.utf8).hexadecimal.prefix(8)
    return "(\(max(0, text.utf8.count / 4 * 3 - padding)) bytes, \(digest))"
  }

  /// Shows which values of a secret change, and no value.
  private static func mask(_ old: inout JSONValue?, _ new: inout JSONValue?) {
    for field in ["data", "stringData"] {
      let (before, after) = (old?[field]?.object ?? [:], new?[field]?.object ?? [:])
      func masked(_ values: [String: JSONValue], _ side: String) -> JSONValue {
        .object(
          Dictionary(
            uniqueKeysWithValues: values.keys.map { key in
              let differs = before[key] != nil && after[key] != nil && before[key] != after[key]
              return (key, .string(differs ? "*** (\(side))" : "***"))
            }))
      }
      if !before.isEmpty { old?[field] = masked(before, "before") }
      if !after.isEmpty { new?[field] = masked(after, "after") }
    }
    // kubectl's client-side apply keeps a copy of the whole secret there.
    let copy = "kubectl.kubernetes.io/last-applied-configuration"
    if old?["metadata"]?["annotations"]?[copy] != nil {
      old?["metadata"]?["annotations"]?[copy] = "***"
    }
    if new?["metadata"]?["annotations"]?[copy] != nil {
      new?["metadata"]?["annotations"]?[copy] = "***"
    }
  }
}
