internal import JSON
internal import KubernetesAPI

/// What is looked at of objects.
enum Substance {
  /// What makes two versions of an object differ: neither what the server counts up at every write,
  /// nor when it was, nor what controllers report.
  static func of(_ object: JSONValue) -> JSONValue {
    guard case .object(var members) = object else { return object }
    for name in ["apiVersion", "kind", "status"] { members[name] = nil }
    if case .object(var metadata)? = members["metadata"] {
      for name in ["resourceVersion", "generation"] { metadata[name] = nil }
      metadata["managedFields"] = .array(owners(metadata["managedFields"]))
      members["metadata"] = .object(metadata)
    }
    return .object(members)
  }

  /// Who owns what, without when; in an order of its own, as the server's depends on times.
  private static func owners(_ entries: JSONValue?) -> [JSONValue] {
    (entries?.array ?? [])
      .filter { $0["subresource"] == nil }
      .map { entry in
        guard case .object(var members) = entry else { return entry }
        members["time"] = nil
        return .object(members)
      }
      .sorted { JSONWriter.compact.string($0) < JSONWriter.compact.string($1) }
  }

  /// The fields that this program applied; nil when it never applied the object.
  static func ownFields(_ object: JSONValue?) -> JSONValue? {
    ownEntry(object)?.entry["fieldsV1"]
  }

  static func ownEntry(_ object: JSONValue?) -> (index: Int, entry: JSONValue)? {
    let entries = object?["metadata"]?["managedFields"]?.array ?? []
    let index = entries.firstIndex {
      $0["manager"]?.string == ReleaseScope.fieldManager && $0["operation"]?.string == "Apply"
        && $0["subresource"] == nil
    }
    return index.map { ($0, entries[$0]) }
  }

  /// Whether this program had a hand in the object, be it by an apply or by another write.
  static func isOwn(_ object: JSONValue) -> Bool {
    managers(object).contains(ReleaseScope.fieldManager)
  }

  static func managers(_ object: JSONValue) -> [String] {
    let names = (object["metadata"]?["managedFields"]?.array ?? [])
      .compactMap { $0["manager"]?.string }
    return Set(names).sorted()
  }

  static func resourceVersion(_ object: JSONValue?) -> String? {
    object?["metadata"]?["resourceVersion"]?.string
  }

  static func uid(_ object: JSONValue?) -> String? { object?["metadata"]?["uid"]?.string }
}
