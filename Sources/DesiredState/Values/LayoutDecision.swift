internal import FilelogContract

/// `filelogOffsetSyncLayout`.
enum LayoutChoice: String, CaseIterable {
  /// As ``LayoutFacts/decide(upstreamSidecar:admissionPolicy:isSwitchedBack:)`` has it.
  case auto
  case shared
  case perNode
}

/// Why offsets lie as they do where values leave it open (`auto`).
public enum LayoutReason: Hashable, Sendable {
  /// A layout is changed by its name alone, never by an update.
  case releaseHasIt
  /// Upstream's program knows no other layout.
  case upstreamSidecar
  /// `filelogOffsetSyncPreviousLayout` is given, which belongs to a switch back to one map.
  case switchedBack
  /// The policy that keeps each node to its own maps is declined.
  case noAdmissionPolicy
  /// There is a policy that keeps each node to its own maps.
  case admissionPolicies(KubernetesVersion)
  /// There is none.
  case olderKubernetes(KubernetesVersion)
  /// Whether there is one is unknown.
  case unknownKubernetes
}

/// What is known of layouts beside the values.
struct LayoutFacts {
  /// Of the cluster.
  var version: KubernetesVersion?
  /// Of the release in the cluster.
  var live: Contract.OffsetLayout?
  /// Where the release's offsets may still lie.
  var previous: Contract.OffsetLayout?

  /// Of a request; without one, nothing.
  init(_ request: DesiredStateRequest? = nil) {
    version = request?.kubernetesVersion
    live = request?.liveLayout
    previous = request?.previousLayout
  }

  /// What `auto` comes to. New releases get a map for each node wherever a policy can guard it.
  /// - Parameter admissionPolicy: `filelogOffsetSyncAdmissionPolicy`.
  func decide(
    upstreamSidecar: Bool, admissionPolicy: Bool?, isSwitchedBack: Bool
  ) -> (layout: Contract.OffsetLayout, reason: LayoutReason) {
    if let live { return (live, .releaseHasIt) }
    if upstreamSidecar { return (.shared, .upstreamSidecar) }
    if isSwitchedBack { return (.shared, .switchedBack) }
    if admissionPolicy == false { return (.shared, .noAdmissionPolicy) }
    guard let version else { return (.shared, .unknownKubernetes) }
    return version >= .admissionPolicies
      ? (.perNode, .admissionPolicies(version)) : (.shared, .olderKubernetes(version))
  }
}

extension LayoutReason: CustomStringConvertible {
  /// What follows "since".
  public var description: String {
    switch self {
    case .releaseHasIt: "the release in the cluster has it"
    case .upstreamSidecar: "upstream's sidecar knows no other"
    case .switchedBack: "filelogOffsetSyncPreviousLayout is given"
    case .noAdmissionPolicy:
      "without filelogOffsetSyncAdmissionPolicy each node could write the maps of the others"
    case .admissionPolicies(let version):
      "Kubernetes \(version) keeps each node to its own maps by an admission policy"
    case .olderKubernetes(let version):
      "Kubernetes \(version) has no admission policy that keeps each node to its own maps"
    case .unknownKubernetes:
      "the version of Kubernetes is unknown; give it, or name the layout: pods of a release that has "
        + "a map for each node would begin all log files anew"
    }
  }
}
