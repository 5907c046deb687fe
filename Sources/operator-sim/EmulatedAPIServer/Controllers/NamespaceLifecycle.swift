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
    let key = ObjectKey(resource: namespaces.plural, namespace: "", name: namespace)
    guard let stored = store.object(key) else { throw .notFound(namespaces, namespace) }
    if stored.value.isGoing {
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
    var didSomething = false
    for (key, object) in store.all("namespaces") where object.value.isGoing {
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
}
