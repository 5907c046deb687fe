internal import FilelogJSON

/// Who owns which fields of an object: `metadata.managedFields`, decoded.
struct ManagedFields: Hashable, Sendable {
  enum Operation: String, Hashable, Sendable {
    case apply = "Apply"
    case update = "Update"
  }

  /// What distinguishes two entries.
  struct Manager: Hashable, Sendable {
    var name: String
    var operation: Operation
    var apiVersion: String
    var subresource: String
  }

  struct Entry: Hashable, Sendable {
    var fields: FieldSet
    var time: String?
  }

  var entries: [Manager: Entry] = [:]

  /// Update managers beyond this number are merged, the oldest first.
  private static let maximumUpdateManagers = 10

  init() {}

  /// Reads `metadata.managedFields`; entries that are not understood are dropped.
  init(_ json: JSONValue?) {
    for entry in json?.array ?? [] {
      guard let operation = entry["operation"]?.string.flatMap(Operation.init),
        let fields = entry["fieldsV1"].flatMap(FieldSet.init)
      else { continue }
      let manager = Manager(
        name: entry["manager"]?.string ?? "", operation: operation,
        apiVersion: entry["apiVersion"]?.string ?? "",
        subresource: entry["subresource"]?.string ?? "")
      entries[manager] = Entry(fields: fields, time: entry["time"]?.string)
    }
  }

  /// The list as it stands in an object; nil when nothing is owned.
  var json: JSONValue? {
    if entries.isEmpty { return nil }
    return .array(
      ordered.map { manager, entry in
        var json: JSONValue = [
          "manager": .string(manager.name), "operation": .string(manager.operation.rawValue),
          "apiVersion": .string(manager.apiVersion), "fieldsType": "FieldsV1",
          "fieldsV1": entry.fields.json,
        ]
        json["time"] = entry.time.map { .string($0) }
        if !manager.subresource.isEmpty { json["subresource"] = .string(manager.subresource) }
        return json
      })
  }

  /// The entries in the order in which they stand in an object.
  private var ordered: [(key: Manager, value: Entry)] {
    func order(_ manager: Manager, _ entry: Entry) -> [String] {
      [
        manager.operation.rawValue, entry.time ?? "", manager.name, manager.apiVersion,
        manager.subresource,
      ]
    }
    return entries.sorted {
      order($0.key, $0.value).lexicographicallyPrecedes(order($1.key, $1.value))
    }
  }

  /// Takes paths away from all managers but one, and drops who is left with nothing.
  mutating func take(_ fields: FieldSet, fromAllBut owner: Manager?) {
    for (manager, entry) in entries where manager != owner {
      let rest = entry.fields.subtracting(fields)
      entries[manager] = rest.isEmpty ? nil : Entry(fields: rest, time: entry.time)
    }
  }

  /// Merges the oldest update managers into `ancient-changes` until there are few enough.
  mutating func capUpdateManagers() {
    var updaters = ordered.map(\.key).filter { $0.operation == .update }[...]
    guard updaters.count > Self.maximumUpdateManagers, let oldest = updaters.popFirst() else {
      return
    }
    let bucket = Manager(
      name: "ancient-changes", operation: .update, apiVersion: oldest.apiVersion, subresource: "")
    var merged = entries.removeValue(forKey: oldest)
    var count = updaters.count + 1
    while count > Self.maximumUpdateManagers, let next = updaters.popFirst() {
      guard let entry = entries.removeValue(forKey: next) else { continue }
      merged = Entry(
        fields: entry.fields.union(merged?.fields ?? FieldSet()), time: entry.time)
      count -= 1
    }
    entries[bucket] = merged
  }
}
