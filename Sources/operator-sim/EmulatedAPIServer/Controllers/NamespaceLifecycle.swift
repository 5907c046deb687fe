internal import FilelogJSON

/// Objects live in namespaces that exist and are not being deleted.
struct NamespaceLifecycle: Sendable {
  let store: ObjectStore

  /// - Throws: when a cluster cannot do without that namespace.
  static func checkDeletion(of name: String, _ kind: ResourceKind) throws(APIStatus) {
    guard kind.kind == "Namespace", ["default", "kube-system", "kube-public"].contains(name) else {
      return
    }
    throw .forbidden(
      group: "", resource: kind.plural, name: name, "this namespace may not be deleted")
  }

  func checkCreation(
    of name: String, _ kind: ResourceKind, in namespace: String
  ) throws(APIStatus) {
    guard kind.isNamespaced else { return }
    let namespaces = ResourceRegistry.named("namespaces")
    guard let stored = store.object(Self.key(namespace)) else {
      throw .notFound(namespaces, namespace)
    }
    if Self.isTerminating(stored.value) {
      throw .forbidden(
        group: kind.group, resource: kind.plural, name: name,
        "unable to create new content in namespace \(namespace) because it is being terminated",
        causes: [
          .init(
            reason: "NamespaceTerminating", message: "namespace \(namespace) is being terminated",
            field: "metadata.namespace")
        ])
    }
  }

  /// Empties the namespaces that are being deleted, and removes those that no finalizer holds.
  /// - Returns: whether one is gone.
  @discardableResult
  func finishDeletions(at now: Timestamp) -> Bool {
    let namespaces = (try? store.list("namespaces", namespace: ""))?.objects ?? []
    var didSomething = false
    for (key, object) in namespaces where Self.isTerminating(object.value) {
      let collector = GarbageCollector(store: store, now: now)
      let isHeld = object.value["metadata"]?["finalizers"] != nil
      guard collector.empty(key.name), !isHeld else { continue }
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
