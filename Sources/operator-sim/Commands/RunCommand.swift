import FilelogCommandLine
import FilelogContract
import Simulation
import StandInCollector

/// `operator-sim run`: the whole life of a DaemonSet, as an experiment.
let runCommand = Command(
  name: "run",
  summary: "play a DaemonSet's life with real sidecars, count lost and duplicated records",
  discussion: """
    Starts an API server on loopback, applies the rendered manifests to it, and plays the kubelet for \
    a few nodes: the init and sync containers run the real filelog-offset-sync program, the collector \
    is a stand-in or a real one, applications write log lines all the while. Every record is counted \
    where it is written and where it arrives. Exits 1 on any loss or duplicate beyond what the scenario \
    declares as expected. Ctrl-C ends it at once with what is known until then, and 130.

    With --in-process nothing is started: the sidecars' own code runs in virtual time against the \
    emulated API server, with models of collectors and applications. Then intervals are those of \
    production (5s), --life is 2m, --outage 10m, the scenario fleet, and a rollout replaces a tenth of \
    the nodes at once, unless flags change that; with more than 1,000 nodes --life is 30s and --outage 2m. Exits 1 also when a fleet comes back from an outage of \
    the API server as a thundering herd: with more than twice as many writes in a second as before.

    The scenario backend-outage is played twice, with filelogDelivery atLeastOnce and bestEffort and \
    the same outages, and both stand in one table, with the reasons of what was duplicated and lost; \
    --delivery chooses.

    With --kubeconfig, --context or --server the objects go to that API server, simulated nodes among \
    them; without, to the emulated one, whatever KUBECONFIG says. It must be a \
    cluster for tests: an API server alone, or one whose controllers leave nodes without a kubelet \
    alone for as long as the run takes. The DaemonSet is kept to simulated nodes by a label that only \
    they have, so that no real node starts a collector; the run stops with exit code 1 when one of \
    its pods is deleted by a controller or a user. What was made there is removed in the end, unless \
    --keep is given.

    Scenarios: \(RunWording.scenarios).

    A scenario file is YAML with steps in order, each a word or what is done, when and how long: \
    {do: rollout, nodes: [node-1]}, {do: outage, at: 8s, for: 3s}, {do: live, for: 4s}. It may set what \
    options set (settings) and declares which losses are expected. docs/simulation.md lists everything.
    """,
  options: [
    .value(
      "--nodes", "N", help: "Simulated nodes, 1 to 200; to 5000 with --in-process (default 3)."),
    .flag(
      "--in-process",
      help: "No processes: the sidecars' own code in virtual time, up to 5000 nodes; see below."),
    .value(
      "--scenario", "NAME", choices: Scenario.allCases.map(\.rawValue), takesFile: true,
      help: "What happens: a name, see below, or a file, which has a dot or a slash in its name "
        + "(default rollout)."),
    .value("--rollouts", "N", help: "How often the scenario disturbs every pod (default 2)."),
    .value("--life", "TIME", help: "How long pods live undisturbed in between (default 4s)."),
    .value("--rate", "N", help: "Log lines a second on each node (default 100)."),
    .value(
      "--interval", "TIME",
      help: "How often sidecars look for changes (default: as the values have it, or 1s)."),
    .value("--grace-period", "TIME", help: "Replaces the rendered grace period."),
    .value("--max-unavailable", "N", help: "Replaces the rendered number of pods at once."),
    .value(
      "--outage", "TIME", help: "How long the API server or the backend is away (default 5s)."),
    .repeated("--values", short: "-f", "FILE", help: "Helm values, YAML or JSON; later files win."),
    .repeated("--set", "KEY=VALUE", help: "One Helm value; wins over all files."),
    .value(
      "--delivery", "MODE", choices: RunDelivery.allCases.map(\.rawValue),
      help: "atLeastOnce, bestEffort, or both one after the other (default: as the values have it; "
        + "where they say nothing, both for backend-outage, atLeastOnce for slow-backend)."),
    .value(
      "--layout", "NAME", choices: Contract.OffsetLayout.allCases.map(\.rawValue),
      help:
        "Where offsets are stored: shared (the default with programs) or perNode (the default with "
        + "--in-process)."),
    .value("--release", "NAME", help: "The name of the Helm release (default sim)."),
    .value(
      "--namespace", short: "-n", "NS",
      help: "The operator's own namespace (default operator-sim)."),
    .value("--kubernetes-version", "X.Y", help: "From 1.29 on the sidecar is a native one."),
    .value("--collector", "PATH", help: "A real OpenTelemetry Collector, not the stand-in."),
    .value(
      "--collector-delay", "TIME",
      help: "How long the stand-in goes on after SIGTERM, or never (default 0s)."),
    .repeated(
      "--sync-program", "PATH",
      help: "The sync container's program (default: beside this one). Given several times, each "
        + "pod of a node gets the next."),
    .repeated(
      "--init-program", "PATH", help: "The init container's (default: as --sync-program)."),
    .value("--seed", "N", help: "For applications and names (default 1)."),
    .value(
      "--work-dir", "DIR",
      help:
        "Where everything is written, tokens of the pods included (default: a temporary directory "
        + "that only you may read)."),
    .flag(
      "--keep",
      help: "Keep the temporary directory and, with --kubeconfig, what was made in the cluster."),
    .value("--report", "FILE", help: "Write the result as an HTML page, charts included."),
    .flag("--all", help: "Show every node in the table, not only the worst ten of many."),
    .flag("--json", help: "Print the result as JSON; progress goes to standard error."),
    formatOption,
  ] + clusterOptions,
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
      "run --sync-program ./upstream-sync --sync-program ./filelog-offset-sync --rollouts 4",
      "Programs swapped at every rollout, back and forth"),
    Command.Example(
      "run --collector ./otelcol --rollouts 5", "The same with a real OpenTelemetry Collector"),
  ]
) { invocation in
  // Before anything starts a thread, so that no thread takes the signals away.
  let stopRequested = StandInCollector.terminationSignals()
  let settings = try RunSettings(invocation)
  return try Run(settings, invocation.console, stopRequested).play()
}
