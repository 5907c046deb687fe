import FilelogCommandLine
import Glibc
import TestSupport

let command = Command(
  name: "offset-sync-bench",
  summary: "measures the sidecar's size, speed and memory on databases of a real collector",
  discussion: """
    Prints one table: the image's sizes; medians of CPU time of the parts of a sync and an init; the \
    time of a whole init process against an API server over TLS; the peak memory of a sync process \
    that stores another state at every sync, and its growth; how often an idle one wakes up. Beside \
    each figure stands how it compares with the Go sidecar and with the run that is committed for \
    this kind of machine. Fails when a time is over its target by more than the tolerance, or \
    anything else at all.
    """,
  options: [
    .value("--image", "DIRECTORY", help: "What Image/build left: the image and its program."),
    .flag("--payloads", help: "Print how large payloads are, for operator-sim plan; no image."),
    .value("--rounds", "N", help: "How often each thing is timed. Default 15."),
    .value("--syncs", "N", help: "How many syncs the memory is watched over. Default 10000."),
    .value(
      "--tolerance", "PERCENT", help: "What a busy machine may add to a time. Default 25."),
    .value("--runs", "DIRECTORY", help: "Where committed runs lie. Default Benchmarks/runs."),
    .flag("--record", help: "Write this run there, to be committed."),
    .flag("--json", help: "Print JSON."),
  ],
  examples: [.init("--image .build/image", "measure everything, as make bench does")],
  run: { invocation in
    if invocation.has("--payloads") {
      let sizes = try PayloadSizes()
      for count in PayloadSizes.counts {
        invocation.console.write("\(count) log files: \(try sizes.bytes(files: count)) bytes\n")
      }
      return .success
    }
    guard let image = invocation.value("--image") else {
      throw UsageError("expected --image or --payloads")
    }
    let bench = Bench(
      image: image, rounds: try invocation.integer("--rounds", in: 1...1000, default: 15),
      syncs: try invocation.integer("--syncs", in: 2...100_000, default: 10_000))
    let tolerance = try invocation.integer("--tolerance", in: 0...1000, default: 25)
    let machine = try MachineKind.current()
    let path = invocation.value("--runs", default: "Benchmarks/runs") + "/\(machine.name).json"
    let lastRun = try (try? HostFiles.read(path)).map { try LastRun(parsing: $0, path: path) }
    let report = Report(
      machine: machine, syncs: bench.syncs, measurements: try bench.run(),
      tolerance: Double(tolerance) / 100, lastRun: lastRun)
    invocation.console.write(invocation.has("--json") ? report.json : report.text)
    if invocation.has("--record") { try HostFiles.write(Array(report.record.utf8), to: path) }
    return report.isAcceptable ? .success : .failure
  })
signal(SIGPIPE, SIG_IGN)
exit(command.runAsProgram(Array(CommandLine.arguments.dropFirst())).rawValue)
