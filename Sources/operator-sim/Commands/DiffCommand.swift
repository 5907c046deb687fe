import CommandLine
import DesiredState
import Reconciler
import Text

/// `operator-sim diff`: what `apply` would do.
let diffCommand = Command(
  name: "diff",
  summary: "show what apply would change in a cluster",
  discussion: """
    Renders the manifests, has the API server work out what applying them would come to, and prints \
    the difference to what is there, a unified diff for each object; objects that apply would prune \
    are shown as going. Nothing is changed.

    Values of secrets and offsets are never shown, only whether they differ. What apply would not \
    begin with, a conflict or a missing permission, is said on standard error.
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
  exitCodes: "0 nothing differs; 1 something differs; 2 trouble, said on standard error."
) { call in
  do {
    let request = try desiredStateRequest(call)
    _ = try checkedInput(request)
    let setup = try ReconcilerSetup(call) { call.console.writeError("\($0)") }
    let input = try setup.input(request)
    let manifests = assembleDesiredState(input)
    let options = applyOptions(call)
    let plan = try setup.reconciler.plan(manifests, options)
    let leftovers = try setup.reconciler.leftovers(beside: manifests, options)
    let text = try setup.reconciler.diff(plan, leftovers)
    call.console.write(text.printableLines)
    return text.isEmpty ? .success : .failure
  } catch let error as UsageError {
    throw error
  } catch {
    // 1 would say that something differs.
    call.console.writeError("\(error)")
    return .usage
  }
}
