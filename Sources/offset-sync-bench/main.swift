import CommandFrame
import Glibc

let command = Command(
  name: "offset-sync-bench",
  summary: "measures the sidecar's speed and memory on databases of a real collector",
  discussion: """
    Prints one table: medians of CPU time of the parts of a sync and an init, the time of a whole \
    init process against an API server over TLS, and the peak memory of a sync process that stores \
    another state at every sync. Fails when a time is over its target by more than the tolerance, or memory at all.
    """,
  options: [
    .value("--sidecar", "FILE", help: "The program filelog-offset-sync, built for release."),
    .flag("--payloads", help: "Print how large payloads are, for operator-sim plan; no sidecar."),
    .value("--rounds", "N", help: "How often each thing is timed. Default 15."),
    .value("--syncs", "N", help: "How many syncs the memory is measured over. Default 1000."),
    .value(
      "--tolerance", "PERCENT", help: "What a busy machine may add to a time. Default 25."),
    .flag("--json", help: "Print JSON."),
  ],
  examples: [
    .init("--sidecar .build/release/filelog-offset-sync", "measure everything, as make bench does")
  ],
  run: { invocation in
    if invocation.has("--payloads") {
      let sizes = try PayloadSizes()
      for count in PayloadSizes.counts {
        invocation.console.write("\(count) log files: \(try sizes.bytes(files: count)) bytes\n")
      }
      return .success
    }
    guard let sidecar = invocation.value("--sidecar") else {
      throw UsageError("expected --sidecar or --payloads")
    }
    let rounds = try invocation.integer("--rounds", in: 1...1000, default: 15)
    let syncs = try invocation.integer("--syncs", in: 2...100_000, default: 1000)
    let tolerance = try invocation.integer("--tolerance", in: 0...1000, default: 25)
    let processes = try ProcessBench(program: sidecar)
    var measurements: [Measurement] = []
    for scenario in try Scenario.all() {
      measurements += try WorkBench(scenario: scenario, rounds: rounds).run()
      measurements.append(try processes.startAndInit(scenario, rounds: rounds))
      measurements += try processes.memory(scenario, syncs: syncs)
    }
    let report = Report(measurements: measurements, tolerance: Double(tolerance) / 100)
    invocation.console.write(invocation.has("--json") ? report.json : report.table)
    return report.isAcceptable ? .success : .failure
  })
signal(SIGPIPE, SIG_IGN)
exit(command.runAsProgram(Array(CommandLine.arguments.dropFirst())).rawValue)
