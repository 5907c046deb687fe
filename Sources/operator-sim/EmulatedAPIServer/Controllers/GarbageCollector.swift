internal import FilelogJSON

/// Deletes what has lost its last owner, as a cluster's controllers do, but at once. What a finalizer
/// holds only begins to go.
struct GarbageCollector: Sendable {
  let store: ObjectStore
  let now: Timestamp

  static let orphan = "orphan"
  static let foreground = "foregroundDeletion"

  /// Deletes the objects that an object owned alone, which is gone, and lets go of its own owners
  /// that wait for it.
  func collect(_ deleted: JSONValue) {
    deleteDependents(of: deleted)
    for owner in deleted["metadata"]?["ownerReferences"]?.array ?? []
    where owner["blockOwnerDeletion"]?.bool ?? false {
      if let key = Self.key(of: owner, for: deleted) { finish(key) }
    }
  }

  /// Does what an object's own finalizers ask for before it may go: its dependents are left alone, or
  /// deleted first.
  func finish(_ key: ObjectKey) {
    guard let owner = store.object(key)?.value, owner.isGoing else { return }
    var done: [String] = []
    if Self.finalizers(owner).contains(Self.orphan) {
      forEachDependent(of: owner) { key, _, others in disown(key, keeping: others) }
      done.append(Self.orphan)
    }
    if Self.finalizers(owner).contains(Self.foreground) {
      deleteDependents(of: owner)
      var isBlocked = false
      forEachDependent(of: owner) { _, reference, _ in
        isBlocked = isBlocked || reference["blockOwnerDeletion"]?.bool ?? false
      }
      if !isBlocked { done.append(Self.foreground) }
    }
    if done.isEmpty { return }
    let changed = change(key) { object in
      guard object.isGoing else { return object }
      let kept = Self.finalizers(object).filter { !done.contains($0) }
      var object = object
      object["metadata"]?["finalizers"] = .nonEmpty(kept.map { .string($0) })
      return Self.isReadyToGo(object) ? .none : object
    }
    if let changed, changed.isGone { collect(changed.before) }
  }

  /// Deletes everything that is in a namespace.
  /// - Returns: whether that is empty now; finalizers may hold something.
  func empty(_ namespace: String) -> Bool {
    for kind in ResourceRegistry.all where kind.isNamespaced {
      for (key, _) in store.all(kind.qualifiedPlural, namespace: namespace) { delete(key) }
    }
    return ResourceRegistry.all.allSatisfy { kind in
      !kind.isNamespaced || store.all(kind.qualifiedPlural, namespace: namespace).isEmpty
    }
  }

  /// An object that is being deleted goes when its last finalizer does.
  static func isReadyToGo(_ object: JSONValue) -> Bool {
    let metadata = object["metadata"]
    return object.isGoing && metadata?["finalizers"] == nil
      && (metadata?["deletionGracePeriodSeconds"]?.integer ?? 0) == 0
      && (object["spec"]?["finalizers"]?.array ?? []).isEmpty
  }

  /// An object that has been asked to go and stays for a while.
  static func going(_ object: JSONValue, at moment: Timestamp, grace: Int) -> JSONValue {
    var object = object
    object["metadata"]?["deletionTimestamp"] = .string(moment.text)
    object["metadata"]?["deletionGracePeriodSeconds"] = .integer(grace)
    if let generation = object["metadata"]?["generation"]?.integer {
      object["metadata"]?["generation"] = .integer(generation + 1)
    }
    return object
  }

  static func finalizers(_ object: JSONValue) -> [String] {
    (object["metadata"]?["finalizers"]?.array ?? []).compactMap(\.string)
  }

  /// - Parameter body: gets a dependent, its reference to the owner, and the owners that it has
  ///   besides.
  private func forEachDependent(
    of owner: JSONValue, _ body: (ObjectKey, JSONValue, [JSONValue]) -> Void
  ) {
    guard let uid = owner["metadata"]?["uid"]?.string else { return }
    for (key, object) in store.dependents(of: uid) {
      let owners = object.value["metadata"]?["ownerReferences"]?.array ?? []
      guard let reference = owners.first(where: { $0["uid"]?.string == uid }) else { continue }
      body(key, reference, owners.filter { $0["uid"]?.string != uid })
    }
  }

  /// Where an owner is kept: in the dependent's namespace, or in none.
  private static func key(of owner: JSONValue, for dependent: JSONValue) -> ObjectKey? {
    guard
      let kind = ResourceRegistry.find(
        apiVersion: owner["apiVersion"]?.string ?? "", kind: owner["kind"]?.string ?? "")
    else { return nil }
    let namespace = dependent["metadata"]?["namespace"]?.string ?? ""
    return ObjectKey(
      resource: kind.qualifiedPlural, namespace: kind.isNamespaced ? namespace : "",
      name: owner["name"]?.string ?? "")
  }

  private func deleteDependents(of owner: JSONValue) {
    forEachDependent(of: owner) { key, _, others in
      if others.isEmpty { delete(key) } else { disown(key, keeping: others) }
    }
  }

  private func delete(_ key: ObjectKey) {
    let deleted = change(key) { object in
      if Self.finalizers(object).isEmpty { return .none }
      return object.isGoing ? object : Self.going(object, at: now, grace: 0)
    }
    if let deleted, deleted.isGone { collect(deleted.before) }
  }

  private func disown(_ key: ObjectKey, keeping owners: [JSONValue]) {
    _ = change(key) { object in
      var object = object
      object["metadata"]?["ownerReferences"] = .nonEmpty(owners)
      return object
    }
  }

  /// - Returns: the object as it was; nil when it was gone, or was not changed.
  private func change(
    _ key: ObjectKey, _ transform: (JSONValue) -> JSONValue?
  ) -> (before: JSONValue, isGone: Bool)? {
    while let object = store.object(key) {
      let changed = transform(object.value)
      if let changed, changed == object.value { return .none }
      do {
        _ = try store.commit(key, from: object, to: changed)
        return (object.value, changed == nil)
      } catch {
        if error == .fileIsFull { return .none }
      }
    }
    return .none
  }
}
