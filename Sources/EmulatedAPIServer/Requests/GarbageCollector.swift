internal import JSON

/// Deletes what nobody owns any more, as a cluster's controllers do, but at once.
struct GarbageCollector: Sendable {
  let store: ObjectStore

  /// Deletes the objects that a deleted one owned alone.
  func collect(_ deleted: JSONValue) {
    forEachDependent(of: deleted) { key, others in
      if others.isEmpty { delete(key) } else { disown(key, keeping: others) }
    }
  }

  /// Takes a deleted object out of its dependents' owners, instead of deleting them.
  func orphan(_ deleted: JSONValue) {
    forEachDependent(of: deleted) { key, others in disown(key, keeping: others) }
  }

  /// Deletes everything that is in a namespace.
  func empty(_ namespace: String) {
    for kind in ResourceRegistry.all where kind.isNamespaced {
      for (key, _) in all(kind) where key.namespace == namespace { delete(key) }
    }
  }

  /// - Parameter body: gets a dependent and the owners that it has besides.
  private func forEachDependent(
    of owner: JSONValue, _ body: (ObjectKey, [JSONValue]) -> Void
  ) {
    guard let uid = owner["metadata"]?["uid"]?.string else { return }
    for kind in ResourceRegistry.all {
      for (key, object) in all(kind) {
        let owners = object.value["metadata"]?["ownerReferences"]?.array ?? []
        let others = owners.filter { $0["uid"]?.string != uid }
        if others.count < owners.count { body(key, others) }
      }
    }
  }

  private func all(_ kind: ResourceKind) -> [(key: ObjectKey, object: StoredObject)] {
    (try? store.list(kind.qualifiedPlural, namespace: nil))?.objects ?? []
  }

  private func delete(_ key: ObjectKey) {
    change(key) { _ in .none }.map(collect)
  }

  private func disown(_ key: ObjectKey, keeping owners: [JSONValue]) {
    _ = change(key) { object in
      var object = object
      object["metadata"]?["ownerReferences"] = Self.list(owners)
      return object
    }
  }

  private static func list(_ owners: [JSONValue]) -> JSONValue? {
    if owners.isEmpty { return .none }
    return .array(owners)
  }

  /// - Returns: the object as it was; nil when it was gone, or could not be changed.
  private func change(_ key: ObjectKey, _ transform: (JSONValue) -> JSONValue?) -> JSONValue? {
    while let object = store.object(key) {
      do {
        _ = try store.commit(key, from: object, to: transform(object.value))
        return object.value
      } catch {
        if error == .fileIsFull { return .none }
      }
    }
    return .none
  }
}
