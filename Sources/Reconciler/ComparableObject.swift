internal import FilelogJSON

/// What makes two versions of an object differ: neither what the server counts up at every write,
/// nor when it was, nor what controllers report.
struct ComparableObject: Hashable {
  private let content: JSONValue

  init(_ object: JSONValue) {
    guard case .object(var members) = object else {
      content = object
      return
    }
    for name in ["apiVersion", "kind", "status"] { members[name] = nil }
    if case .object(var metadata)? = members["metadata"] {
      for name in ["resourceVersion", "generation"] { metadata[name] = nil }
      metadata["managedFields"] = .array(Self.owners(metadata["managedFields"]))
      members["metadata"] = .object(metadata)
    }
    content = .object(members)
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
}
