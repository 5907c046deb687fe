import CommandFrame
import DesiredState
import Reconciler

/// `operator-sim apply`: brings a cluster into the desired state.
let applyCommand = Command(
  name: "apply",
  summary: "bring a cluster into the desired state, and remove what is no longer wanted",
  discussion: """
    Renders the manifests and applies them by server-side apply, in order, as field manager \
    operator-sim; then deletes objects of the release that are no longer wanted. Dry runs come \
    first: with a conflict, a missing permission or a refusal nothing is changed at all. Objects \
    that are as they should be are not written.

    What somebody changed by hand in fields that operator-sim had applied is set back. Fields that \
    another manager applies, and everything of an object that operator-sim takes over for the first \
    time, are conflicts: --force-conflicts decides them.

    Offsets are never touched: of an offsets map only labels are written, and it is deleted only \
    with --prune-offsets.

    The version of the cluster and its UID are asked of the cluster unless given.
    """,
  options: desiredStateOptions + clusterOptions + applyOptions + [
    .flag("--dry-run", help: "Check everything, say what would happen, change nothing.")
  ],
  examples: [
    Command.Example(
      "apply --values values.yaml --release dash0 --namespace monitoring",
      "Install or update a release in the cluster that kubectl talks to"),
    Command.Example(
      "apply --values values.yaml --release dash0 --namespace monitoring --dry-run",
      "Only say what would happen"),
    Command.Example(
      "apply --values volume.yaml --release dash0 --namespace monitoring --prune-offsets",
      "Go over to a volume of yours and delete the offsets map"),
  ]
) { call in
  let request = try desiredStateRequest(call)
  var options = applyOptions(call)
  options.isDryRun = call.has("--dry-run")
  let suffix = options.isDryRun ? " (dry run)" : ""
  let setup = try ReconcilerSetup(call) { event in
    switch event {
    case .object: call.console.writeLine("\(event)\(suffix)")
    case .note: call.console.writeError("\(event)")
    }
  }
  let input = try setup.input(request)
  for note in input.notes { call.console.writeError("note: \(note)") }
  let manifests = assembleDesiredState(input)
  let plan = try setup.reconciler.plan(manifests, options)
  try setup.reconciler.apply(plan, options)
  try setup.reconciler.prune(
    setup.reconciler.leftovers(beside: manifests, options), options)
  return .success
}
