public import FilelogJSON

/// A field manager, and what an object's `managedFields` say of it.
struct FieldOwner: Hashable {
  let manager: String

  /// The fields that the manager applied; nil when it never applied the object.
  func fields(of object: JSONValue?) -> JSONValue? { entry(of: object)?.entry["fieldsV1"] }

  func entry(of object: JSONValue?) -> (index: Int, entry: JSONValue)? {
    let entries = object?.managedFields ?? []
    return index(in: entries).map { ($0, entries[$0]) }
  }

  /// Where among the managed fields those stand that the manager applied.
  func index(in entries: [JSONValue]) -> Int? {
    entries.firstIndex {
      $0["manager"]?.string == manager && $0["operation"]?.string == "Apply"
        && $0["subresource"] == nil
    }
  }

  /// Whether the manager had a hand in the object, be it by an apply or by another write.
  func hasWritten(_ object: JSONValue) -> Bool { object.managers.contains(manager) }
}

/// Metadata of an object that the API server answered.
extension JSONValue {
  var objectName: String { self["metadata"]?["name"]?.string ?? "" }
  var resourceVersion: String? { self["metadata"]?["resourceVersion"]?.string }
  var uid: String? { self["metadata"]?["uid"]?.string }
  var labels: JSONValue? { self["metadata"]?["labels"] }
  var isBeingDeleted: Bool { self["metadata"]?["deletionTimestamp"] != nil }
  /// Nil where they were left out.
  var managedFields: [JSONValue]? { self["metadata"]?["managedFields"]?.array }

  /// Every manager of `managedFields`, sorted, without those who only report a status.
  var managers: [String] {
    let names = (managedFields ?? [])
      .filter { $0["subresource"] == nil }.compactMap { $0["manager"]?.string }
    return Set(names).sorted()
  }

  /// The JSON patch that gives an object of this version these managed fields; refused with a conflict
  /// (409) when the object has changed since.
  public static func patch(managedFields: [JSONValue], ofVersion version: String) -> [JSONValue] {
    [
      ["op": "replace", "path": "/metadata/managedFields", "value": .array(managedFields)],
      ["op": "replace", "path": "/metadata/resourceVersion", "value": .string(version)],
    ]
  }
}
