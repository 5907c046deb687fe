import CommandLine
import Contract
import DesiredState
import FoundationEssentials
import Glibc
import JSON
import Simulation
import StandInCollector
import Text

/// `operator-sim run`: the whole life of a DaemonSet, as an experiment.
let runCommand = Command(
  name: "run",
  summary: "play a DaemonSet's life with real sidecars, count lost and duplicated records",
  discussion: """
    Starts an API server on loopback, applies the rendered manifests to it, and plays the kubelet for \
    a few nodes: the init and sync containers run the real filelog-offset-sync program, the collector \
    is a stand-in or a real one, applications write log lines all the while. Every record is counted \
    where it is written and where it arrives. Exit code 1 when any was lost or duplicated that the \
    scenario does not declare unavoidable.

    With --in-process nothing is started: the sidecars' own code runs in virtual time against the \
    emulated API server, with models of collectors and applications. Then intervals are those of \
    production (5s), --life is 2m, --outage 10m, the scenario fleet, and a rollout replaces a tenth of \
    the nodes at once, unless flags say otherwise. Exit code 1 also when a fleet comes back from an \
    outage of the API server as a herd: with more than twice as many writes in a second as before.

    The scenario backend-outage is played twice, with filelogDelivery atLeastOnce and bestEffort and \
    the same outages, and both stand in one table, with the reasons of what was duplicated and lost; \
    --delivery chooses.

    With --kubeconfig the objects go to that API server, simulated nodes among them: use one that is \
    for tests. What was made there is removed in the end, unless --keep says otherwise.

    Scenarios: \(scenarioList).

    A scenario file is YAML with steps in order, each a word or what is done, when and how long: \
    {do: rollout, nodes: [node-1]}, {do: outage, at: 8s, for: 3s}, {do: live, for: 4s}. It may set what \
    options set (settings) and says which losses are unavoidable. docs/simulation.md lists everything.
    """,
  options: [
    .value(
      "--nodes", "N", help: "Simulated nodes, 1 to 200; to 2000 with --in-process (default 3)."),
    .flag(
      "--in-process",
      help: "No processes: the sidecars' own code in virtual time, up to 2000 nodes; see below."),
    .value(
      "--scenario", "NAME", choices: Scenario.allCases.map(\.rawValue),
      help: "What happens: a name, see below, or a file, which has a dot or a slash in its name "
        + "(default rollout)."),
    .value("--rollouts", "N", help: "How often the scenario disturbs every pod (default 2)."),
    .value("--life", "TIME", help: "How long pods live undisturbed in between (default 4s)."),
    .value("--rate", "N", help: "Log lines a second on each node (default 100)."),
    .value("--interval", "TIME", help: "How often sidecars look for changes (default 1s)."),
    .value("--grace-period", "TIME", help: "Replaces the rendered grace period."),
    .value("--max-unavailable", "N", help: "Replaces the rendered number of pods at once."),
    .value(
      "--outage", "TIME", help: "How long the API server or the backend is away (default 5s)."),
    .repeated("--values", "FILE", help: "Helm values, YAML or JSON; later files win."),
    .repeated("--set", "KEY=VALUE", help: "One Helm value; wins over all files."),
    .value(
      "--delivery", "MODE", choices: RunDelivery.allCases.map(\.rawValue),
      help: "atLeastOnce, bestEffort, or both one after the other (default: as the values have it; "
        + "both for backend-outage where they say nothing)."),
    .value(
      "--layout", "NAME", choices: Contract.OffsetLayout.allCases.map(\.rawValue),
      help: "Where offsets are stored: shared or perNode, as the value has it."),
    .value("--release", "NAME", help: "The name of the Helm release (default sim)."),
    .value("--namespace", "NS", help: "The operator's own namespace (default operator-sim)."),
    .value("--kubernetes-version", "X.Y", help: "From 1.29 on the sidecar is a native one."),
    .value("--collector", "PATH", help: "A real OpenTelemetry Collector, not the stand-in."),
    .value(
      "--collector-delay", "TIME",
      help: "How long the stand-in goes on after SIGTERM, or never (default 0s)."),
    .repeated(
      "--sync-image", "PATH",
      help: "The sync container's program (default: beside this one). Given several times, each "
        + "pod of a node gets the next."),
    .repeated(
      "--init-image", "PATH", help: "The init container's (default: as --sync-image)."),
    .value("--kubeconfig", "FILE", help: "An existing API server, not the emulated one."),
    .value("--context", "NAME", help: "The context of the kubeconfig."),
    .value("--seed", "N", help: "For applications and names (default 1)."),
    .value(
      "--work-dir", "DIR",
      help: "Where everything is written, tokens of the pods included (default: a temporary folder "
        + "that only you may read)."),
    .flag(
      "--keep",
      help: "Keep the temporary folder and, with --kubeconfig, what was made in the cluster."),
    .value("--report", "FILE", help: "Write the result as an HTML page, charts included."),
    .flag("--json", help: "Print the result as JSON; progress goes to standard error."),
  ],
  examples: [
    Command.Example("run --nodes 3 --rollouts 2", "Three nodes, every pod replaced twice"),
    Command.Example(
      "run --in-process --nodes 1000 --report fleet.html",
      "A fleet in virtual time: a rollout, a long outage, nodes that come and go"),
    Command.Example("run --scenario kill --report kill.html", "An experiment to look at"),
    Command.Example("run --scenario ./my-scenario.yaml", "What a file says"),
    Command.Example(
      "run --scenario backend-outage --rollouts 20 --nodes 1",
      "Twenty outages of the log backend, with both ways of delivering records"),
    Command.Example(
      "run --collector-delay 2s --kubernetes-version 1.31",
      "Collectors that react late, sidecars that the kubelet stops last"),
    Command.Example(
      "run --sync-image ./upstream-sync --sync-image ./filelog-offset-sync --rollouts 4",
      "Images swapped at every rollout, back and forth"),
    Command.Example(
      "run --collector ./otelcol --rollouts 5", "The same with a real OpenTelemetry Collector"),
  ]
) { invocation in
  // Before anything starts a thread, so that no thread takes the signals away.
  let stopRequested = StandInCollector.terminationSignals()
  let settings = try RunSettings(invocation)
  let console = invocation.console
  let output = Simulation.Output(
    write: { text in
      if settings.printsJSON {
        console.writeError(String(text.dropLast()))
      } else {
        console.write(text)
      }
    },
    isTerminal: !settings.printsJSON && isatty(STDOUT_FILENO) == 1)
  func play(_ options: SimulationOptions) throws -> RunResult {
    if settings.isInProcess {
      return try InProcessSimulation(options, output: output, stopRequested: stopRequested).run()
    }
    return try Simulation(
      options, programs: settings.programs, hostEnvironment: ProcessInfo.processInfo.environment,
      output: output, stopRequested: stopRequested
    ).run()
  }
  let outcome: RunOutcome
  if !settings.isInProcess { try settings.temporary?.begin() }
  do {
    let modes = try settings.plays.map { delivery, options in
      if settings.plays.count > 1, let delivery { output.write("playing \(delivery.rawValue)\n") }
      return DeliveryComparison.Mode(
        delivery: delivery?.rawValue ?? "", result: try play(options))
    }
    outcome = modes.count == 1 ? .single(modes[0].result) : .compared(DeliveryComparison(modes))
  } catch {
    if (error as? SimulationError) == .interrupted, let folder = settings.temporary {
      folder.remove()
      throw CommandFailure("interrupted")
    }
    guard RunFolder.holdsLogs(settings.workFolder) else {
      settings.temporary?.remove()
      throw CommandFailure("\(error)")
    }
    settings.temporary?.keep()
    throw CommandFailure(
      "\(error)\nwhat the containers wrote is below \(settings.workFolder)")
  }
  if let path = invocation.value("--report") {
    try File.write(Array(outcome.page.utf8), to: path)
  }
  console.write(settings.printsJSON ? JSONWriter.pretty.string(outcome.json) : summary(of: outcome))
  if settings.isInProcess || outcome.isGood, let folder = settings.temporary {
    folder.remove()
  } else if !settings.isInProcess {
    settings.temporary?.keep()
    console.writeError("everything that was written is below \(settings.workFolder)")
  }
  return outcome.isGood ? .success : .failure
}

private let scenarioList = Scenario.allCases.map { "\($0.rawValue) (\($0.summary))" }
  .joined(separator: "; ")

/// Of a comparison its table, and in full what one of its modes should not have lost.
private func summary(of outcome: RunOutcome) -> String {
  switch outcome {
  case .single(let result): summary(of: result)
  case .compared(let comparison):
    comparison.modes.filter { !$0.result.isGood }.map { summary(of: $0.result) }.joined()
      + comparison.text
  }
}

/// The table, what should be known beside it, and the verdict.
private func summary(of result: RunResult) -> String {
  let seconds = result.duration.components.seconds
  var lines = [ResultTable.text(result)]
  lines += result.notes.map { $0 + "\n" }
  lines += (result.fleetFigures?.lines ?? []).map { $0 + "\n" }
  let total = result.total
  lines.append(
    "\(result.scenario): \(total.duplicated) duplicated, \(total.lost) lost of "
      + "\(total.written.grouped) records in \(seconds) s\n")
  if let allowance = result.allowance, total.duplicated + total.lost > 0 {
    lines.append("unavoidable here: \(allowance)\n")
  }
  return lines.joined()
}
