import DesiredState
import FilelogCommandLine
import Reconciler

/// `operator-sim delete`: removes a release.
let deleteCommand = Command(
  name: "delete", synonyms: ["uninstall", "remove"],
  summary: "remove everything of a release from a cluster",
  discussion: """
    Deletes the DaemonSet, waits until its pods have stopped and stored their offsets, then deletes \
    every other object of the release, the offsets last. Objects belong to the release by their \
    labels, or by a name that apply gives them. The namespace stays.

    Where there are offsets, one of --prune-offsets and --keep-offsets decides what becomes of \
    them; without either nothing is deleted. Where there were none, and pods store some while they \
    stop, the maps that hold them stay, and the exit code is 1. With offsets kept, a later apply goes \
    on where the collectors stopped.
    """,
  options: [
    .required("--release", "NAME", help: "The name of the release."),
    namespaceOption,
  ] + clusterOptions + [
    .flag("--prune-offsets", help: "Delete the nodes' offsets, too."),
    .flag("--keep-offsets", help: "Leave the maps that hold the nodes' offsets."),
    .flag(
      "--prune-foreign",
      help: "Delete objects with the release's labels also when operator-sim never wrote them."),
    dryRunOption("Only print what would be deleted."),
    .flag("--ignore-not-found", help: "Succeed where there is nothing of the release."),
    .value("--timeout", "TIME", help: "How long to wait for pods to stop; 2m."),
  ],
  examples: [
    Command.Example(
      "delete --release dash0 --namespace monitoring --keep-offsets",
      "Remove the release, but for the offsets"),
    Command.Example(
      "delete --release dash0 --namespace monitoring --prune-offsets",
      "Remove everything of the release"),
  ]
) { call in
  let (prunes, keeps) = (call.has("--prune-offsets"), call.has("--keep-offsets"))
  guard !prunes || !keeps else {
    throw UsageError("--prune-offsets and --keep-offsets exclude each other")
  }
  var options = ApplyOptions()
  options.prunesForeign = call.has("--prune-foreign")
  options.isDryRun = call.has("--dry-run")
  let patience = try call.duration("--timeout", default: .seconds(120))
  try naming {
    let cluster = try clusterConfiguration(call)
    let namespace = try releaseNamespace(call, cluster)
    let input = try checkedInput(
      DesiredStateRequest(release: call.required("--release"), namespace: namespace))
    let reconciler = makeReconciler(call, cluster, namespace: namespace) {
      printEvent($0, isDryRun: options.isDryRun, call.console)
    }
    let hasFound = try reconciler.delete(
      assembleReleaseObjects(input), offsets: prunes ? .deleted : keeps ? .kept : .undecided,
      options: options, patience: patience)
    if !hasFound, !call.has("--ignore-not-found") {
      throw CommandFailure(
        "release \(call.required("--release")): not found in namespace \(namespace), nothing was "
          + "deleted; operator-sim list shows what there is")
    }
  }
  return .success
}
