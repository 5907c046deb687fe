import FilelogCommandLine
import FilelogKubernetesAPI
import FilelogSystemCalls
import FoundationEssentials
import Glibc
import Reconciler

/// The options of `diff` and `apply` alike.
let applyOptions: [CommandOption] = [
  .flag(
    "--force-conflicts",
    help: "Take over fields that other managers own, and report which they were."
  ).called("--force"),
  .flag(
    "--prune-offsets",
    help:
      "Delete offsets that are not needed: the map when the offsets are kept on a volume of yours, "
      + "and maps of nodes that do not exist any more."),
  .flag(
    "--prune-foreign",
    help: "Delete objects with the release's labels also when operator-sim never wrote them."),
  .flag(
    "--no-monitoring",
    help: "Confirm that a release that collects logs is to collect none any more."),
]

/// A switch that kubectl and Helm give a word: the API server does the work here, too.
func dryRunOption(_ help: String) -> CommandOption {
  .flag("--dry-run", words: ["server"], help: help)
}

func applyOptions(_ call: Invocation) throws(UsageError) -> ApplyOptions {
  var options = ApplyOptions()
  options.forcesConflicts = call.has("--force-conflicts")
  options.prunesOffsets = call.has("--prune-offsets")
  options.prunesForeign = call.has("--prune-foreign")
  options.stopsCollecting = call.has("--no-monitoring")
  guard !options.stopsCollecting || call.values("--monitoring").isEmpty else {
    throw UsageError("--monitoring and --no-monitoring exclude each other")
  }
  return options
}

/// How long a request that is under way when the user stops the program may take to end.
private let patience = Duration.seconds(5)

/// What `diff`, `apply` and `delete` begin with: a cluster, a release, and how to stop.
/// - Parameter report: hears what happens.
func makeReconciler(
  _ call: Invocation, _ cluster: ClusterConfiguration, namespace: String,
  report: @escaping (Event) -> Void
) -> Reconciler {
  let client = KubernetesClient(cluster, userAgent: fieldManager)
  let signals = TerminationSignals()
  // A reader that goes away, `| head`, must not leave a release half applied or half deleted.
  signal(SIGPIPE, SIG_IGN)
  let start = ContinuousClock.now
  var stopped: ContinuousClock.Instant?
  func isStopRequested() -> Bool {
    if stopped == nil, signals.check() { stopped = .now }
    return stopped != nil
  }
  client.isCancelled = { _ in
    isStopRequested() && stopped.map { ContinuousClock.now - $0 > patience } ?? false
  }
  return Reconciler(
    client,
    ReleaseScope(
      release: call.required("--release"), namespace: namespace, fieldManager: fieldManager),
    HostEnvironment(
      now: { ContinuousClock.now - start }, wait: { _ = signals.wait(upTo: $0) },
      isStopRequested: isStopRequested),
    report: report)
}

/// The name under which this program applies, and calls itself to API servers.
let fieldManager = "operator-sim"

/// What becomes of objects goes to standard output, everything else to standard error.
/// - Parameter hasTime: each line begins with the time.
func printEvent(
  _ event: Event, isDryRun: Bool, hasTime: Bool = false, _ console: Console
) {
  let time = hasTime ? Date.now.formatted(.iso8601) + " " : ""
  switch event {
  case .object: console.writeLine("\(time)\(event)\(isDryRun ? " (dry run)" : "")")
  case .note(let message): console.writeError(time + message.words)
  case .warning: console.writeError("\(time)\(event)")
  }
}
