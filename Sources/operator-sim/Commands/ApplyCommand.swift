import DesiredState
import FilelogCommandLine
import Reconciler

/// `operator-sim apply`: brings a cluster into the desired state.
let applyCommand = Command(
  name: "apply", synonyms: ["install", "upgrade", "create", "rollback"],
  summary: "bring a cluster into the desired state, and remove what is no longer wanted",
  discussion: """
    Renders the manifests and applies them by server-side apply, in order, as field manager \
    operator-sim; then deletes objects of the release that are no longer wanted. Dry runs come \
    first: with a conflict, a missing permission or a refusal nothing is changed at all. Objects \
    that are as they should be are not written.

    What was changed by hand in fields that operator-sim had applied is set back. Fields that \
    another manager applies, and everything of an object that operator-sim takes over for the first \
    time, are conflicts: --force-conflicts decides them. What client-side kubectl apply made of the \
    same release is taken over as kubectl itself does when it goes over to server-side apply.

    Offsets are never touched: of an offsets map only labels are written, and it is deleted only \
    with --prune-offsets.

    With --watch it goes on: every --interval it reads the metadata of each object, and what has \
    drifted is repaired at once, with one write. Where something keeps setting the same fields, \
    repairs become ever rarer, which is reported. Values and monitoring files are read again when they \
    change. SIGTERM and Ctrl-C end it, exit code 0.

    With --wait it returns when every node has a ready pod of the new DaemonSet, and otherwise prints \
    what keeps pods from it.

    The version of the cluster and its UID are asked of the cluster unless given.
    """,
  options: desiredStateOptions + clusterOptions + applyOptions + [
    dryRunOption("Check everything, print what would happen, change nothing."),
    .flag("--wait", help: "Return when every pod is ready, or fail after --timeout."),
    .value("--timeout", "TIME", help: "With --wait: how long; 5m."),
    .flag("--watch", help: "Keep the release as it should be, until stopped."),
    .value("--interval", "TIME", help: "With --watch: between two looks; 3s."),
  ],
  examples: [
    Command.Example(
      "apply --values values.yaml --release dash0 --namespace monitoring",
      "Install or update a release in the cluster that kubectl talks to"),
    Command.Example(
      "apply --values values.yaml --release dash0 --namespace monitoring --dry-run",
      "Only print what would happen"),
    Command.Example(
      "apply -f values.yaml --release dash0 -n monitoring --wait",
      "Return when every pod is ready"),
    Command.Example(
      "apply --values values.yaml --release dash0 --namespace monitoring --watch",
      "Keep it so, as an operator would"),
    Command.Example(
      "apply --values volume.yaml --release dash0 --namespace monitoring --prune-offsets",
      "Go over to a volume of yours and delete the offsets map"),
  ]
) { call in
  var options = try applyOptions(call)
  options.isDryRun = call.has("--dry-run")
  let interval = try call.duration("--interval", default: .seconds(3))
  let patience = try call.duration("--timeout", default: .seconds(300))
  guard interval >= .milliseconds(100) else { throw UsageError("--interval: at least 100ms") }
  guard !options.isDryRun || !call.has("--watch") else {
    throw UsageError("--dry-run and --watch exclude each other")
  }
  guard call.value("--interval") == nil || call.has("--watch") else {
    throw UsageError("--interval goes with --watch")
  }
  guard !call.has("--wait") || !call.has("--watch") && !options.isDryRun else {
    throw UsageError("--wait goes neither with --watch nor with --dry-run")
  }
  guard call.value("--timeout") == nil || call.has("--wait") else {
    throw UsageError("--timeout goes with --wait")
  }
  try naming {
    let cluster = try clusterConfiguration(call)
    let namespace = try releaseNamespace(call, cluster)
    let source = try ManifestSource(call, options, namespace: namespace)
    let report = { (event: Event) in
      printEvent(event, isDryRun: options.isDryRun, hasTime: call.has("--watch"), call.console)
    }
    let reconciler = makeReconciler(call, cluster, namespace: namespace, report: report)
    if call.has("--watch") {
      try Watcher(reconciler, options, interval: interval)
        .run { try source.next(reconciler, report) }
      call.console.writeLine("stopped")
    } else if let manifests = try source.next(reconciler, report) {
      try reconciler.reconcile(manifests, options)
      if call.has("--wait") {
        try reconciler.waitForRollout(manifests, patience: patience)
      } else if !options.isDryRun {
        call.console.writeError(
          "to see how it goes: operator-sim status --release \(call.required("--release")) "
            + "--namespace \(namespace)")
      }
    }
  }
  return .success
}

/// The manifests of a command line, rendered anew when its files have changed.
private final class ManifestSource {
  private let call: Invocation
  private let options: ApplyOptions
  private var request: DesiredStateRequest
  private var isNew = true

  /// - Throws: for input that is wrong whatever the cluster, before that is asked.
  init(_ call: Invocation, _ options: ApplyOptions, namespace: String) throws {
    self.call = call
    self.options = options
    request = try desiredStateRequest(call, namespace: namespace)
    _ = try checkedInput(request)
  }

  /// - Returns: nil when nothing has changed since the last time.
  /// - Throws: when a file cannot be read or is wrong; for each change once.
  func next(_ reconciler: Reconciler, _ report: (Event) -> Void) throws -> [Manifest]? {
    if !isNew {
      let again = try reread()
      guard
        again.values != request.values || again.monitoring != request.monitoring
          || again.namespaces != request.namespaces
      else {
        return nil
      }
      request = again
    }
    isNew = false
    let input = try reconciler.desiredState(request, options)
    var notes = input.notes
    // Who renders for upstream's sidecar has nothing to choose; who applies is told what came of it.
    if let maps = input.values.offsetStorage.maps, maps.layoutReason == .upstreamSidecar {
      notes.append(.layoutChosen(maps.layout, .upstreamSidecar))
    }
    for note in notes { report(.note(Message("note: \(note)"))) }
    return assembleDesiredState(input)
  }

  /// Standard input is read once.
  private func reread() throws(CommandFailure) -> DesiredStateRequest {
    var again = request
    again.values = try refreshed(request.values, call.values("--values"))
    again.monitoring = try refreshed(request.monitoring, call.values("--monitoring"))
    again.namespaces = try refreshed(request.namespaces, call.values("--namespaces"))
    return again
  }

  private func refreshed(
    _ files: [InputFile], _ paths: [String]
  ) throws(CommandFailure) -> [InputFile] {
    var refreshed: [InputFile] = []
    for (file, path) in zip(files, paths) {
      refreshed.append(path == "-" ? file : InputFile(name: path, bytes: try File.read(path)))
    }
    return refreshed
  }
}
