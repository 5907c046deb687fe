internal import DesiredState
internal import FilelogJSON
internal import FilelogKubernetesAPI

/// Objects of the whole cluster are named after the release alone: releases of one name in two
/// namespaces would take them from each other, and with them the permissions of the other's pods.
extension Reconciler {
  private static let kinds = ["ClusterRole", "ClusterRoleBinding"]

  /// Whether the object is one of those that two releases of one name would share.
  static func isShared(_ reference: ObjectReference) -> Bool {
    kinds.contains(reference.type.kind)
  }

  /// - Throws: ``ReconcileFailure`` when a binding serves a release in another namespace, whatever
  ///   manager applied it, and whatever is forced.
  func checkOtherReleases(_ manifests: [Manifest]) throws(ReconcileFailure) {
    guard let binding = manifests.first(where: { $0.kind == "ClusterRoleBinding" })?.reference,
      let other = try otherNamespace(binding)
    else { return }
    let shared = manifests.map(\.reference).filter(Self.isShared)
    throw ReconcileFailure(
      shared.map { belonging($0, to: other) } + [Message(Self.nothingChanged)], isLasting: true)
  }

  func belonging(_ reference: ObjectReference, to other: String) -> Message {
    Message(
      "\(reference): it belongs to release \(scope.release) in namespace \(other)", .changeRelease)
  }

  private func otherNamespace(
    _ binding: ObjectReference
  ) throws(ReconcileFailure) -> String? {
    do {
      let live = try attempt { () throws(KubernetesError) in try client.object(binding) }
      return try livingNamespace(binding, live)
    } catch {
      // The apply reports what is in the way.
      if error.problem == .forbidden { return nil }
      throw ReconcileFailure(binding, error)
    }
  }

  /// The namespace that a binding serves, when it is not the release's and exists.
  func livingNamespace(
    _ binding: ObjectReference, _ live: JSONValue?
  ) throws(KubernetesError) -> String? {
    guard let other = otherNamespace(binding, live), let type = ResourceType.named("Namespace")
    else { return nil }
    let reference = ObjectReference(type, namespace: nil, name: other)
    do throws(KubernetesError) {
      let namespace = try attempt { () throws(KubernetesError) in
        try client.object(reference, metadataOnly: true)
      }
      return namespace == nil ? nil : other
    } catch {
      if error.problem == .forbidden { return other }
      throw error
    }
  }

  /// The namespace that a binding of the whole cluster serves, when it is not the release's.
  func otherNamespace(_ reference: ObjectReference, _ live: JSONValue?) -> String? {
    guard reference.type.kind == "ClusterRoleBinding" else { return nil }
    let namespaces = (live?["subjects"]?.array ?? []).compactMap { $0["namespace"]?.string }
    return namespaces.contains(scope.namespace) ? nil : namespaces.first
  }
}
