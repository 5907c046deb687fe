/// Which release the manifests belong to.
public struct Release: Hashable, Sendable {
  /// A Helm release name: up to 53 of a-z, 0-9, - and .
  public let name: String
  /// The operator's namespace, which holds every object but those of the whole cluster.
  public let namespace: String
  /// The tag of images that have none of their own, and the label `app.kubernetes.io/version`.
  public let chartVersion: String
  /// The UID of the namespace kube-system; nil when it is unknown.
  public let clusterUID: String?
  /// The UID of the DaemonSet, where it exists already; nil when it is unknown.
  public let daemonSetUID: String?
  /// The value of `app.kubernetes.io/instance` in the selector of a DaemonSet that is taken over; nil:
  /// the release's name.
  let adoptedInstance: String?
}
