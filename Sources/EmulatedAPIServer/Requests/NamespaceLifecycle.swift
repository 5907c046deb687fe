internal import JSON

/// Objects live in namespaces that exist and are not being deleted.
struct NamespaceLifecycle: Sendable {
  let store: ObjectStore

  func checkCreation(of name: String, _ context: RequestContext) throws(APIStatus) {
    guard context.kind.isNamespaced else { return }
    let namespaces = ResourceRegistry.named("namespaces")
    let namespace = context.target.namespace
    let key = ObjectKey(resource: "namespaces", namespace: "", name: namespace)
    guard let stored = store.object(key) else { throw .notFound(namespaces, namespace) }
    if stored.value["metadata"]?["deletionTimestamp"] != nil {
      throw .forbidden(
        group: context.kind.group, resource: context.kind.plural, name: name,
        "unable to create new content in namespace \(namespace) because it is being terminated",
        causes: [
          .init(
            reason: "NamespaceTerminating", message: "namespace \(namespace) is being terminated",
            field: "metadata.namespace")
        ])
    }
  }
}

/// Deletes what nobody owns any more, as a cluster's controllers do, but at once.
struct GarbageCollector: Sendable {
  let store: ObjectStore

  /// Deletes the objects that a deleted one owned alone; of a namespace, all that is in it.
  func collect(_ deleted: JSONValue) {
    guard let uid = deleted["metadata"]?["uid"]?.string else { return }
    if deleted["kind"] == .some("Namespace") {
      empty(deleted["metadata"]?["name"]?.string ?? "")
    }
    for kind in ResourceRegistry.all {
      for (key, object) in all(kind) {
        let owners = object.value["metadata"]?["ownerReferences"]?.array ?? []
        guard owners.contains(where: { $0["uid"]?.string == uid }) else { continue }
        let others = owners.filter { $0["uid"]?.string != uid }
        if others.isEmpty { delete(key) } else { disown(key, keeping: others) }
      }
    }
  }

  private func all(_ kind: ResourceKind) -> [(key: ObjectKey, object: StoredObject)] {
    (try? store.list(kind.qualifiedPlural, namespace: nil))?.objects ?? []
  }

  private func empty(_ namespace: String) {
    for kind in ResourceRegistry.all where kind.isNamespaced {
      for (key, _) in all(kind) where key.namespace == namespace { delete(key) }
    }
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
        if error == .fileIsFull { return nil }
      }
    }
    return nil
  }

  /// Takes a deleted object out of its dependents' owners, instead of deleting them.
  func orphan(_ deleted: JSONValue) {
    guard let uid = deleted["metadata"]?["uid"]?.string else { return }
    for kind in ResourceRegistry.all {
      for (key, object) in all(kind) {
        let owners = object.value["metadata"]?["ownerReferences"]?.array ?? []
        let others = owners.filter { $0["uid"]?.string != uid }
        if others.count < owners.count { disown(key, keeping: others) }
      }
    }
  }
}
