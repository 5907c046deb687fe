import DesiredState
import FilelogCommandLine
import FilelogText
import Reconciler

/// `operator-sim diff`: what `apply` would do.
let diffCommand = Command(
  name: "diff",
  summary: "show what apply would change in a cluster",
  discussion: """
    Renders the manifests, has the API server work out what applying them would come to, and prints \
    the difference to what is there, a unified diff for each object; objects that apply would prune \
    are shown as going. Nothing is changed.

    Values of secrets and offsets are never shown, only whether they differ. What keeps apply from \
    beginning, a conflict or a missing permission, is printed on standard error.
    """,
  options: desiredStateOptions + clusterOptions + applyOptions,
  examples: [
    Command.Example(
      "diff --values values.yaml --release dash0 --namespace monitoring",
      "What would change in the cluster that kubectl talks to"),
    Command.Example(
      "diff --values values.yaml --release dash0 --namespace monitoring \\\n"
        + "      --context production --set operator.filelogOffsetSyncImage.tag=1.1.0",
      "What a new image would change in another cluster"),
  ],
  exitCodes: "0 nothing differs; 1 something differs; 2 trouble, reported on standard error.",
  trouble: .usage
) { call in
  let options = try applyOptions(call)
  do {
    return try naming {
      let cluster = try clusterConfiguration(call)
      let namespace = try releaseNamespace(call, cluster)
      let request = try desiredStateRequest(call, namespace: namespace)
      _ = try checkedInput(request)
      let reconciler = makeReconciler(call, cluster, namespace: namespace) {
        printEvent($0, isDryRun: true, call.console)
      }
      let manifests = assembleDesiredState(try reconciler.desiredState(request, options))
      let plan = try reconciler.plan(manifests, options)
      let leftovers = try reconciler.leftovers(beside: manifests, options)
      let text = try reconciler.diff(plan, leftovers)
      call.console.write(text.printableLines)
      return text.isEmpty ? .success : .failure
    }
  } catch let error as UsageError {
    throw error
  } catch {
    // 1 would mean that something differs.
    call.console.writeError("\(error)")
    return .usage
  }
}
