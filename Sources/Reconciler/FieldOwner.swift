internal import FilelogJSON

/// A field manager, and what an object's `managedFields` say of it.
struct FieldOwner: Hashable {
  let manager: String

  /// The fields that the manager applied; nil when it never applied the object.
  func fields(of object: JSONValue?) -> JSONValue? { entry(of: object)?.entry["fieldsV1"] }

  func entry(of object: JSONValue?) -> (index: Int, entry: JSONValue)? {
    let entries = object?["metadata"]?["managedFields"]?.array ?? []
    let index = entries.firstIndex {
      $0["manager"]?.string == manager && $0["operation"]?.string == "Apply"
        && $0["subresource"] == nil
    }
    return index.map { ($0, entries[$0]) }
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

  /// Every manager of `managedFields`, sorted, without those who only report a status.
  var managers: [String] {
    let names = (self["metadata"]?["managedFields"]?.array ?? [])
      .filter { $0["subresource"] == nil }.compactMap { $0["manager"]?.string }
    return Set(names).sorted()
  }
}
