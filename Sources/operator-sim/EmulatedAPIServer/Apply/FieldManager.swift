internal import FilelogJSON

/// Keeps `metadata.managedFields`, and carries out server-side apply.
///
/// An object is passed in and given back whole; which fields changed decides who owns them.
struct FieldManager {
  let kind: ResourceKind
  /// The subresource that is written through; empty for the object itself.
  let subresource: String
  let now: Timestamp

  private var shape: Shape { Shape.of(kind.type) }

  /// Fields without an owner.
  private static let unowned: FieldSet = {
    var set = FieldSet()
    for name in ["apiVersion", "kind", "metadata"] { set.insert([.field(name)]) }
    for name in [
      "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation",
      "managedFields", "resourceVersion",
    ] { set.insert([.field("metadata"), .field(name)]) }
    return set
  }()

  /// The object to store after a write other than apply.
  /// - Parameter live: nil when the object is being created.
  func updated(live: JSONValue?, new: JSONValue, manager name: String) -> JSONValue {
    var owned = ManagedFields(live?["metadata"]?["managedFields"])
    if let sent = new["metadata"]?["managedFields"]?.array, !sent.isEmpty {
      // `[{}]` resets the list.
      owned = ManagedFields(.array(sent.filter { $0 != [:] }))
    }
    let new = Self.withoutManagedFields(new)
    // An object whose list was reset is not tracked again until it is applied.
    if live != nil, owned.entries.isEmpty { return Self.object(new, ownedBy: owned) }
    owned = update(owned, live: Self.withoutManagedFields(live ?? empty), new: new, name)
    return Self.object(new, ownedBy: owned)
  }

  /// The object to store after an apply.
  /// - Throws: ``APIStatus`` for a configuration that does not fit the schema, or for conflicts.
  func applied(
    live: JSONValue?, configuration: JSONValue, manager name: String, force: Bool
  ) throws(APIStatus) -> JSONValue {
    if let problem = TypedValidation.problem(configuration, kind.type) {
      throw .unclassified(
        "failed to create typed patch object (\(describe(configuration))): \(problem)")
    }
    var owned = ManagedFields(live?["metadata"]?["managedFields"])
    let stored = Self.withoutManagedFields(live ?? empty)
    if live != nil, owned.entries.isEmpty {
      owned = update(owned, live: empty, new: stored, "before-first-apply")
    }
    do throws(Conflicts) {
      return try apply(owned, stored, configuration, name, force: force)
    } catch {
      throw error.status
    }
  }

  private func describe(_ configuration: JSONValue) -> String {
    let metadata = configuration["metadata"]
    let version = kind.group.isEmpty ? "/v1" : kind.apiVersion
    return "\(metadata?["namespace"]?.string ?? "")/\(metadata?["name"]?.string ?? ""); "
      + "\(version), Kind=\(kind.kind)"
  }

  /// What a newly made object of this kind looks like before anything is set.
  private var empty: JSONValue {
    (try? ObjectDecoder.decode([:], as: kind.typeName).value) ?? [:]
  }

  /// What a write through this subresource cannot change, so that it never owns it.
  private var untouchable: Set<PathStep> {
    if subresource == "status" { return [.field("spec")] }
    return kind.subresources.contains("status") ? [.field("status")] : []
  }

  private func compared(_ old: JSONValue, _ new: JSONValue) -> Comparison {
    let all = Comparison.of(old, new, shape)
    return Comparison(
      added: all.added.without(untouchable), modified: all.modified.without(untouchable),
      removed: all.removed.without(untouchable))
  }

  private func update(
    _ before: ManagedFields, live: JSONValue, new: JSONValue, _ name: String
  ) -> ManagedFields {
    var owned = before
    let comparison = compared(live, new)
    let changed = comparison.modified.union(comparison.added)
    let manager = ManagedFields.Manager(
      name: name.isEmpty ? "unknown" : name, operation: .update, apiVersion: kind.apiVersion,
      subresource: subresource)
    let previous = owned.entries[manager]?.fields.subtracting(comparison.removed) ?? FieldSet()
    owned.take(changed.union(comparison.removed), fromAllBut: nil)
    let taken = changed.subtracting(Self.unowned)
    if !taken.isEmpty {
      owned.entries[manager] = .init(fields: previous.union(taken), time: now.text)
    }
    owned.capUpdateManagers()
    return owned
  }

  /// Conflicting paths by their present owner.
  fileprivate struct Conflicts: Error {
    var byManager: [ManagedFields.Manager: FieldSet]
  }

  private func apply(
    _ before: ManagedFields, _ stored: JSONValue, _ configuration: JSONValue, _ name: String,
    force: Bool
  ) throws(Conflicts) -> JSONValue {
    var owned = before
    let manager = ManagedFields.Manager(
      name: name, operation: .apply, apiVersion: kind.apiVersion, subresource: subresource)
    let last = owned.entries[manager]
    let fields = TypedValue.fields(configuration, shape).without(untouchable)
    owned.entries[manager] = .init(fields: fields, time: last?.time)
    var merged = TypedValue.merging(configuration, over: stored, shape) ?? configuration
    if let last { merged = pruned(merged, last: last.fields, owned) }
    merged = completed(merged)
    let comparison = compared(stored, merged)
    let changed = comparison.modified.union(comparison.added)
    var conflicts = Conflicts(byManager: [:])
    for (other, entry) in owned.entries where other != manager {
      let common = entry.fields.intersection(changed)
      if !common.isEmpty { conflicts.byManager[other] = common }
    }
    if !force, !conflicts.byManager.isEmpty { throw conflicts }
    owned.take(changed.union(comparison.removed), fromAllBut: manager)
    let own = fields.subtracting(Self.unowned)
    let isUnchanged = merged == stored
    owned.entries[manager] =
      own.isEmpty ? nil : .init(fields: own, time: isUnchanged ? last?.time : now.text)
    return Self.object(merged, ownedBy: owned)
  }

  /// As the object will be stored, so that comparing it shows only what really changed.
  private func completed(_ value: JSONValue) -> JSONValue {
    guard let decoded = try? ObjectDecoder.decode(value, as: kind.typeName).value else {
      return value
    }
    return Defaults.filled(decoded, kind)
  }

  /// Takes out what this manager applied last time, does not apply now, and no other manager owns.
  private func pruned(_ merged: JSONValue, last: FieldSet, _ owned: ManagedFields) -> JSONValue {
    let last = last.withNamedFields(shape)
    let allOwned = owned.entries.values.reduce(FieldSet()) { $0.union($1.fields) }
      .withNamedFields(shape)
    let all = TypedValue.fields(merged, shape).withNamedFields(shape)
    func fields(_ value: JSONValue) -> FieldSet {
      TypedValue.fields(value, shape).withNamedFields(shape)
    }
    var rest = TypedValue.removing(last, from: merged, shape)
    // What others own comes back, with the containers it is in.
    rest = TypedValue.removing(
      all.subtracting(fields(rest).union(allOwned)), from: merged, shape)
    // What this manager never applied comes back.
    return TypedValue.removing(
      all.subtracting(fields(rest)).intersection(last), from: merged, shape)
  }

  private static func withoutManagedFields(_ object: JSONValue) -> JSONValue {
    var object = object
    object["metadata"]?["managedFields"] = nil
    return object
  }

  private static func object(_ object: JSONValue, ownedBy owned: ManagedFields) -> JSONValue {
    var object = object
    if object["metadata"] == nil { object["metadata"] = [:] }
    object["metadata"]?["managedFields"] = owned.json
    return object
  }
}

extension FieldManager.Conflicts {
  fileprivate var status: APIStatus {
    let managers = byManager.map { (name: Self.describe($0), fields: $1.paths) }
      .sorted { $0.name < $1.name }
    let causes = managers.flatMap { manager in
      manager.fields.map { path in
        APIStatus.Cause(
          reason: "FieldManagerConflict", message: "conflict with \(manager.name)",
          field: PathText.of(path))
      }
    }
    var text = "conflict with \(managers[0].name): \(causes[0].field ?? "")"
    if causes.count > 1 {
      text = managers.map { manager in
        (["conflicts with \(manager.name):"] + manager.fields.map { "- \(PathText.of($0))" })
          .joined(separator: "\n")
      }.joined(separator: "\n")
    }
    let noun = causes.count == 1 ? "conflict" : "conflicts"
    return APIStatus(
      code: 409, reason: "Conflict",
      message: "Apply failed with \(causes.count) \(noun): \(text)",
      details: .init(causes: causes))
  }

  private static func describe(_ manager: ManagedFields.Manager) -> String {
    var text = "\"\(manager.name)\""
    if !manager.subresource.isEmpty { text += " with subresource \"\(manager.subresource)\"" }
    return manager.operation == .update ? text + " using \(manager.apiVersion)" : text
  }
}
