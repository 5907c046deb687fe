import CommandLine
import Contract
import DesiredState
import KubernetesAPI
import Reconciler
import SystemCalls

/// What `diff`, `apply` and `delete` begin with: a cluster, a release, and how to stop.
struct ReconcilerSetup {
  let reconciler: Reconciler
  private let facts: ClusterFacts
  private let report: (Event) -> Void

  /// How long a request that is under way when somebody wants to stop may take to end.
  private static let patience = Duration.seconds(5)

  /// - Parameter report: hears what happens.
  init(_ call: Invocation, report: @escaping (Event) -> Void) throws {
    let client = KubernetesClient(try clusterConfiguration(call), userAgent: "operator-sim")
    let signals = TerminationSignals()
    let start = ContinuousClock.now
    var stopped: ContinuousClock.Instant?
    func isStopRequested() -> Bool {
      if stopped == nil, signals.check() { stopped = .now }
      return stopped != nil
    }
    client.isCancelled = { _ in
      isStopRequested() && stopped.map { ContinuousClock.now - $0 > Self.patience } ?? false
    }
    reconciler = Reconciler(
      client,
      ReleaseScope(release: call.required("--release"), namespace: call.required("--namespace")),
      Surroundings(
        now: { ContinuousClock.now - start }, wait: { signals.wait(upTo: $0) },
        isStopRequested: isStopRequested),
      report: report)
    self.report = report
    facts = try reconciler.clusterFacts()
  }

  /// The desired state for this cluster: what the command line does not say of it, it says itself.
  func input(_ request: DesiredStateRequest) throws -> DesiredStateInput {
    var request = request
    request.kubernetesVersion =
      request.kubernetesVersion ?? facts.version.flatMap { KubernetesVersion($0) }
    request.clusterUID = request.clusterUID ?? facts.uid
    if request.clusterUID == nil {
      // Whoever applies next and may read it would roll out every pod.
      report(
        .note(
          "note: the namespace kube-system may not be read, so that the cluster's UID is not set; "
            + "--cluster-uid sets it"))
    }
    return try withFormerLayout(request)
  }

  /// A release that is switched back to one map must go on reaching the nodes' maps; that it is, the
  /// cluster shows.
  private func withFormerLayout(
    _ request: DesiredStateRequest
  ) throws -> DesiredStateInput {
    let input = try withNamespaces(request)
    guard input.offsetLayout == .shared else { return input }
    let former = try reconciler.formerLayout(assembleReleaseObjects(input))
    if let note = former.note(isDeclined: input.saysPreviousLayout && input.previousLayout == nil) {
      report(.note("note: " + note))
    }
    guard former.isNeeded, !input.saysPreviousLayout else { return input }
    var request = request
    request.formerLayout = .perNode
    return try withNamespaces(request)
  }

  /// Where namespaces are monitored automatically and the command line does not name them, the
  /// cluster's are taken.
  private func withNamespaces(_ request: DesiredStateRequest) throws -> DesiredStateInput {
    let input = try DesiredStateInput(request)
    guard input.notes.contains(.namespacesUnknown), let namespaces = try reconciler.namespaces()
    else { return input }
    var request = request
    request.namespaceObjects = namespaces
    return try DesiredStateInput(request)
  }
}

/// The options of `diff` and `apply` alike.
let applyOptions: [CommandOption] = [
  .flag(
    "--force-conflicts", help: "Take over fields that other managers own, and say which they were."),
  .flag(
    "--prune-offsets",
    help:
      "Delete offsets that nobody needs: the map when the offsets are kept on a volume of yours, "
      + "and maps of nodes that do not exist any more."),
  .flag(
    "--prune-foreign",
    help: "Delete objects with the release's labels also when operator-sim never wrote them."),
]

func applyOptions(_ call: Invocation) -> ApplyOptions {
  var options = ApplyOptions()
  options.forcesConflicts = call.has("--force-conflicts")
  options.prunesOffsets = call.has("--prune-offsets")
  options.prunesForeign = call.has("--prune-foreign")
  return options
}
