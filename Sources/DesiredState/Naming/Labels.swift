internal import FilelogContract

/// The labels and annotations that the operator sets.
enum Labels {
  private static let name = "app.kubernetes.io/name"
  private static let instance = Contract.instanceLabel
  private static let component = "app.kubernetes.io/component"
  private static let managedBy = "app.kubernetes.io/managed-by"
  private static let version = "app.kubernetes.io/version"
  /// Keeps the operator from instrumenting its own collector.
  private static let optOut = "dash0.com/enable"

  static let configChecksum = "checksum/config"
  /// Which container kubectl logs and exec mean.
  static let defaultContainer = "kubectl.kubernetes.io/default-container"

  /// On every object.
  static func common(_ release: Release) -> [String: String] {
    Contract.releaseLabels(release: release.name)
      .merging([version: release.chartVersion]) { $1 }
  }

  /// Labels as the sync container reads them: values hold neither commas nor equals signs.
  static func text(_ labels: [String: String]) -> String {
    labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
  }

  /// What tells the chart's version, which changes while objects stay.
  static let changing = version

  /// What finds the pods. It can never change for a DaemonSet that exists; these are upstream's
  /// labels for the release name of its own documentation, so that such a one can be taken over.
  static func selector(_ release: Release) -> [String: String] {
    [
      name: Contract.ContainerName.collector,
      instance: release.adoptedInstance ?? release.name,
      component: "agent-collector",
    ]
  }

  /// - Parameter users: the user's own; where both have a key, the operator's value counts.
  static func daemonSet(_ release: Release, users: [String: String]) -> [String: String] {
    // A DaemonSet that is taken over keeps its selector, and becomes the release's by its labels.
    common(release)
      .merging(selector(release)) { mine, _ in mine }
      .merging([optOut: "false"]) { $1 }
      .merging(users) { mine, _ in mine }
  }

  /// - Parameter users: the user's own; where both have a key, the operator's value counts.
  static func pod(_ release: Release, users: [String: String]) -> [String: String] {
    common(release)
      .merging(selector(release)) { $1 }
      .merging(users) { mine, _ in mine }
  }

  /// Keys on the DaemonSet whose values are the operator's, whatever a user sets.
  static let ofDaemonSet: Set<String> = [name, instance, component, managedBy, version, optOut]

  /// Keys on pods whose values are the operator's, whatever a user sets.
  static let ofPod: Set<String> = [name, instance, component, managedBy, version]

  /// Names the list of containers that GKE Autopilot lets mount directories of the node, for upstream's
  /// DaemonSet.
  static let autopilotAllowlist = [
    "cloud.google.com/matching-allowlist": "dash0-opentelemetry-collector-agent-v1.0.3"
  ]
}
