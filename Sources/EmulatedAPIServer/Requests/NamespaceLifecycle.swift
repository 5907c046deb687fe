internal import JSON

/// Objects live in namespaces that exist and are not being deleted.
struct NamespaceLifecycle: Sendable {
  let store: ObjectStore

  func checkCreation(of name: String, _ context: RequestContext) throws(APIStatus) {
    guard context.kind.isNamespaced else { return }
    let namespaces = ResourceRegistry.named("namespaces")
    let namespace = context.target.namespace
    guard let stored = store.object(Self.key(namespace)) else {
      throw .notFound(namespaces, namespace)
    }
    if Self.isTerminating(stored.value) {
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

  /// Empties the namespaces that are being deleted, and removes those that nobody holds.
  /// - Returns: whether there was anything to do.
  @discardableResult
  func finishDeletions() -> Bool {
    let namespaces = (try? store.list("namespaces", namespace: ""))?.objects ?? []
    var didSomething = false
    for (key, object) in namespaces where Self.isTerminating(object.value) {
      let collector = GarbageCollector(store: store)
      collector.empty(key.name)
      let isHeld = object.value["metadata"]?["finalizers"] != nil
      if isHeld { continue }
      didSomething = true
      if (try? store.commit(key, from: object, to: .none)) != nil {
        collector.collect(object.value)
      }
    }
    return didSomething
  }

  private static func key(_ name: String) -> ObjectKey {
    ObjectKey(resource: "namespaces", namespace: "", name: name)
  }

  private static func isTerminating(_ namespace: JSONValue) -> Bool {
    namespace["metadata"]?["deletionTimestamp"] != nil
  }
}
