internal import FilelogContract
internal import FilelogJSON
internal import FilelogKubernetesAPI

/// That the manager which applies owns no offsets. An apply takes away what the same manager applied
/// before and applies no more: had it ever stated `data` or `binaryData` of an offsets map, its next
/// apply would delete every node's offsets.
enum OffsetsOwnership {
  private static let fields = ["f:data", "f:binaryData"]

  /// To whom owned offsets are handed: the sidecars, that write them.
  private static let sidecarFieldManager = Contract.sidecarFieldManager

  static func ownsData(_ map: JSONValue?, _ owner: FieldOwner) -> Bool {
    let own = owner.fields(of: map)
    return fields.contains { own?[$0] != nil }
  }

  /// The JSON patch that hands the offsets to the sidecars; it is refused when the map has changed
  /// since.
  static func handover(_ map: JSONValue, from owner: FieldOwner) -> [JSONValue]? {
    guard let (index, entry) = owner.entry(of: map),
      case .object(var own)? = entry["fieldsV1"],
      var entries = map.managedFields,
      let version = map.resourceVersion
    else { return nil }
    var handed: [String: JSONValue] = [:]
    for field in fields {
      handed[field] = own.removeValue(forKey: field)
    }
    if own.isEmpty {
      entries.remove(at: index)
    } else {
      entries[index]["fieldsV1"] = .object(own)
    }
    merge(handed, into: &entries, like: entry)
    return JSONValue.patch(managedFields: entries, ofVersion: version)
  }

  /// The sidecars may own fields of the map already, and then in one entry.
  private static func merge(
    _ fields: [String: JSONValue], into entries: inout [JSONValue], like entry: JSONValue
  ) {
    let version = entry["apiVersion"] ?? "v1"
    let index = entries.firstIndex {
      $0["manager"]?.string == sidecarFieldManager && $0["operation"]?.string == "Update"
        && $0["apiVersion"] == version && $0["subresource"] == nil
    }
    guard let index else {
      entries.append([
        "manager": .string(sidecarFieldManager), "operation": "Update", "apiVersion": version,
        "fieldsType": "FieldsV1", "fieldsV1": .object(fields), "time": entry["time"] ?? .null,
      ])
      return
    }
    var merged = entries[index]["fieldsV1"]?.object ?? [:]
    for (name, keys) in fields {
      let both = (merged[name]?.object ?? [:]).merging(keys.object ?? [:]) { mine, _ in mine }
      merged[name] = .object(both)
    }
    entries[index]["fieldsV1"] = .object(merged)
  }
}
