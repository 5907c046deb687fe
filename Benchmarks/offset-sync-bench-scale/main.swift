import FilelogCommandLine
import FilelogContract
import FilelogJSON
import Glibc
import OffsetSync

let command = Command(
  name: "offset-sync-bench-scale",
  summary: "measures what fleets of sidecars cost an API server, in both layouts",
  discussion: """
    Stores through the sidecar's own code, with real requests over loopback, and says for both layouts \
    and several sizes of fleets: bytes that the server has to write for one store, bytes of requests, \
    answers and to a watcher, latencies and failures; and of a node whose log files grow, come and go, in \
    the perNode layout, what its differences put into etcd. Then fifty nodes store at once, and idle nodes \
    whose collectors commit all the time are watched for writes.

    Exit code 1 when one of these is missed: what a store writes is independent of the number of nodes \
    in the perNode layout (the largest fleet's within 1.05 of the smallest's); of 50 nodes that store \
    10 kB at once, ten times, no store fails, and 99 of 100 take at most a second; a store of 200 \
    growing log files puts at most 1.5 kB into etcd, one of 10 of them 0.8 kB, and of 100 of which ten \
    come and go a minute 3 kB, all in the mean; idle nodes write nothing; the figures that operator-sim plan is fitted to are those that were measured.

    The emulated API server has no etcd: what it does not show is that patches of one shared map that \
    meet are written again and again there, and end in 504 (docs/layouts.md).
    """,
  options: [
    .flag("--quick", help: "Smaller fleets and shorter times, for CI."),
    .flag("--growth", help: "Only nodes whose log files grow, come and go; no fleets."),
    .value("--kubeconfig", "FILE", help: "An API server for tests, not the emulated one."),
    .value(
      "--etcd", "URL",
      help: "Also put objects as large into this etcd, one for tests, and ask it what it wrote."),
    .flag("--json", help: "Print JSON."),
  ],
  examples: [
    .init("--quick", "What CI runs"),
    .init("--etcd http://127.0.0.1:2379", "With the bytes that a real etcd receives"),
  ],
  run: { invocation in
    let isQuick = invocation.has("--quick")
    let server = try Server(kubeconfig: invocation.value("--kubeconfig"))
    var report = Report()
    report.server = server.title
    func finish() throws -> ExitCode {
      try server.clear()
      invocation.console.write(
        invocation.has("--json") ? JSONWriter.pretty.string(report.json) : report.text)
      return report.isGood ? .success : .failure
    }
    report.growth = try GrowthBench.cases.map { try GrowthBench(server: server).run($0) }
    report.verdicts += report.growth.compactMap(Verdict.growth)
    if let verdict = Verdict.differences(report.growth) { report.verdicts.append(verdict) }
    guard !invocation.has("--growth") else { return try finish() }
    let traffic = TrafficBench(server: server)
    let sizes: [Contract.OffsetLayout: [Int]] = [
      .shared: [10, 25, 50, 100], .perNode: isQuick ? [10, 50, 200] : [10, 50, 200, 1000],
    ]
    for layout in Contract.OffsetLayout.allCases {
      for nodes in sizes[layout] ?? [] {
        report.rows.append(
          try traffic.run(layout, nodes: nodes, atOnce: 4, rounds: isQuick ? 1 : 3, isWatched: true)
        )
      }
    }
    for layout in Contract.OffsetLayout.allCases {
      report.herds.append(
        try traffic.run(
          layout, nodes: Verdict.herdNodes, atOnce: Verdict.herdNodes, rounds: Verdict.herdRounds,
          isWatched: false))
    }
    if let url = invocation.value("--etcd") {
      report.etcd = try EtcdBench(url: url).run(report.rows)
      report.verdicts.append(Verdict.etcd(report.etcd))
    }
    if let verdict = Verdict.independence(report.rows) { report.verdicts.append(verdict) }
    if let verdict = Verdict.model(report.rows) { report.verdicts.append(verdict) }
    report.verdicts += report.herds.filter { $0.layout == .perNode }.map(Verdict.herd)
    for layout in Contract.OffsetLayout.allCases {
      let idle = try IdleBench(server: server).run(
        layout, nodes: 20, for: .seconds(isQuick ? 5 : 20))
      report.verdicts.append(Verdict.idle(layout.rawValue, idle))
    }
    return try finish()
  })
signal(SIGPIPE, SIG_IGN)
exit(command.runAsProgram(Array(CommandLine.arguments.dropFirst())).rawValue)
