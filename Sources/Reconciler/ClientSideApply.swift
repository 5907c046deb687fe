internal import FilelogJSON

/// What client-side `kubectl apply` leaves on an object: its fields belong to the manager
/// ``manager``, operation `Update`, until another manager moves them to itself, as kubectl does when
/// it goes over to server-side apply (client-go: `csaupgrade`). A server-side apply by another
/// manager that does not move them never removes what it no longer names.
enum ClientSideApply {
  static let manager = "kubectl-client-side-apply"

  /// - Parameter metadataOnly: of an offsets map nothing but metadata may become another's.
  static func owns(_ object: JSONValue?, metadataOnly: Bool) -> Bool {
    (object?["metadata"]?["managedFields"]?.array ?? []).contains {
      isEntry($0) && (!metadataOnly || $0["fieldsV1"]?["f:metadata"] != nil)
    }
  }

  private static func isEntry(_ entry: JSONValue) -> Bool {
    entry["manager"]?.string == manager && entry["operation"]?.string == "Update"
      && entry["subresource"] == nil
  }

  /// The JSON patch that moves the fields to another manager, which then owns them as if it had
  /// applied them; refused when the object has changed since.
  /// - Parameter metadataOnly: of an offsets map nothing but metadata may become the manager's.
  /// - Returns: nil when the object's managed fields cannot be read.
  static func handover(
    _ object: JSONValue, to owner: FieldOwner, metadataOnly: Bool
  ) -> [JSONValue]? {
    guard let entries = object["metadata"]?["managedFields"]?.array,
      let version = object.resourceVersion
    else { return nil }
    var moved: JSONValue = [:]
    var rest: [JSONValue] = []
    for var entry in entries {
      guard isEntry(entry) else {
        rest.append(entry)
        continue
      }
      var fields = entry["fieldsV1"]?.object ?? [:]
      let kept = metadataOnly ? fields.filter { $0.key != "f:metadata" } : [:]
      for name in kept.keys { fields[name] = nil }
      moved = union(moved, .object(fields), depth: 0)
      if !kept.isEmpty {
        entry["fieldsV1"] = .object(kept)
        rest.append(entry)
      }
    }
    place(moved, for: owner, in: &rest, like: entries.first(where: isEntry))
    return [
      ["op": "replace", "path": "/metadata/managedFields", "value": .array(rest)],
      ["op": "replace", "path": "/metadata/resourceVersion", "value": .string(version)],
    ]
  }

  private static func place(
    _ fields: JSONValue, for owner: FieldOwner, in entries: inout [JSONValue],
    like entry: JSONValue?
  ) {
    let index = entries.firstIndex {
      $0["manager"]?.string == owner.manager && $0["operation"]?.string == "Apply"
        && $0["subresource"] == nil
    }
    if let index {
      entries[index]["fieldsV1"] = union(entries[index]["fieldsV1"] ?? [:], fields, depth: 0)
      return
    }
    entries.append([
      "manager": .string(owner.manager), "operation": "Apply",
      "apiVersion": entry?["apiVersion"] ?? "v1", "fieldsType": "FieldsV1", "fieldsV1": fields,
      "time": entry?["time"] ?? .null,
    ])
  }

  /// Fields of objects that are applied lie less deep; anybody may write deeper ones.
  private static let deepest = 64

  private static func union(_ one: JSONValue, _ other: JSONValue, depth: Int) -> JSONValue {
    guard depth < deepest, case .object(var members) = one, case .object(let others) = other else {
      return one
    }
    for (name, value) in others {
      members[name] = members[name].map { union($0, value, depth: depth + 1) } ?? value
    }
    return .object(members)
  }
}
