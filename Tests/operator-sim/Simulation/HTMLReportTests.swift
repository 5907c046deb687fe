import Testing

@testable import Simulation

@Suite struct HTMLReportTests {
  @Test func chartOfManyPointsKeepsPeaksAndStaysSmall() {
    var points = (0..<100_000).map {
      LineChart.Point(time: .seconds($0), value: Double($0 % 7))
    }
    points[54_321].value = 1000
    let svg = LineChart(label: "x", points: points, axis: TimeAxis(.seconds(100_000))).svg()
    #expect(svg.utf8.count < 60_000)
    #expect(svg.contains(">1,000<") || svg.contains(">800<"))
  }

  static func result(duplicated: Int = 0, isGood: Bool = true, nodes: Int = 2) -> RunResult {
    var record = RunRecord()
    record.nodes = (1...nodes).map { "node-\($0)" }
    record.end = .seconds(12)
    record.parameters = [("seed", "1")]
    record.pods = [
      .init(
        node: "node-1", started: .zero, ready: .seconds(1), stopping: .seconds(5),
        ended: .seconds(6)),
      .init(node: "node-1", started: .seconds(6), ready: nil, stopping: nil, ended: nil),
    ]
    record.patches = [
      .init(time: .seconds(2), node: "node-1", bytes: 1000, isRefused: false),
      .init(time: .seconds(3), node: "node-1", bytes: 1001, isRefused: true),
    ]
    record.faults = [
      .init(time: .seconds(7), node: "node-1", kind: .duplicated, records: 5),
      .init(time: .seconds(8), node: "node-1", kind: .lost, records: 6),
    ]
    record.crashes = [.init(time: .seconds(4), node: "node-1", container: "a <b>", exit: "\"c\"")]
    record.outages = [.seconds(9)...(.seconds(10))]
    record.samples = [
      .init(time: .zero, count: .init(written: 3, delivered: 1, duplicated: 0)),
      .init(time: .seconds(12), count: .init(written: 90, delivered: 90, duplicated: 0)),
    ]
    record.mapSizes = [.init(time: .seconds(1), bytes: 900_000)]
    let node = RunResult.Node(
      name: "node-1", written: 90, delivered: 90, duplicated: duplicated, lost: 0, patches: 2,
      patchBytes: 2001, podGenerations: 2)
    return RunResult(
      scenario: "rollout", setup: ["an <API> server"], nodes: [node],
      duration: .seconds(12), unknownRecords: 0, expectedLoss: nil, isGood: isGood, record: record,
      notes: ["a <script>alert(1)</script> note"])
  }

  @Test func pageNeedsNothingFromElsewhere() {
    let page = HTMLReport.page(Self.result())
    for foreign in ["src=", "href=", "url(", "@import", "<script", "http:", "https:"] {
      #expect(!page.contains(foreign), "\(foreign)")
    }
    #expect(page.contains("prefers-color-scheme: dark"))
    #expect(page.contains("a &lt;script&gt;alert(1)&lt;/script&gt; note"))
    #expect(page.contains("a &lt;b&gt; ended with &quot;c&quot;"))
  }

  @Test(arguments: [1, 30, 200])
  func everyTagIsClosed(_ nodes: Int) {
    let page = HTMLReport.page(Self.result(nodes: nodes))
    var open: [Substring] = []
    for part in page.split(separator: "<").dropFirst() {
      let name = part.prefix { $0.isLetter || $0.isNumber }
      if part.hasPrefix("/") {
        #expect(open.popLast() == part.dropFirst().prefix { $0.isLetter || $0.isNumber })
      } else if !part.hasPrefix("!"), name != "meta",
        !part.prefix(while: { $0 != ">" }).hasSuffix("/")
      {
        open.append(name)
      }
    }
    #expect(open.isEmpty)
  }

  @Test func everyEventIsDrawn() {
    let page = HTMLReport.page(Self.result())
    for drawn in [
      "<title>starting: 1 s</title>", "<title>running: 4 s</title>",
      "<title>stopping: 1 s</title>", "<title>patch of 1000 bytes stored</title>",
      "<title>patch of 1001 bytes refused</title>", "<title>5 records arrived again</title>",
      "<title>6 records lost</title>", "<title>no API server for 1 s</title>",
      "limit of a config map",
    ] {
      #expect(page.contains(drawn), "\(drawn)")
    }
  }

  @Test func headlineGivesVerdict() {
    #expect(
      HTMLReport.page(Self.result()).contains(
        "<h1 class=\"good\">Nothing lost, nothing duplicated</h1>"))
    #expect(
      HTMLReport.page(Self.result(duplicated: 1234, isGood: false)).contains(
        "<h1 class=\"bad\">0 lost, 1,234 duplicated</h1>"))
    #expect(
      HTMLReport.page(Self.result(duplicated: 7)).contains(
        "<h1 class=\"allowed\">0 lost, 7 duplicated, as the scenario explains</h1>"))
  }

  /// An hour of a fleet with a store every five seconds, and something of its own on one in ten nodes.
  @Test func pageOfThreeHundredNodesIsSmallAndShowsTheWorst() {
    var result = Self.result(nodes: 300)
    result.record.end = .seconds(3600)
    result.record.pods = []
    result.record.crashes = []
    result.record.patches = []
    result.record.faults = []
    for number in 1...300 {
      let node = "node-\(number)"
      for generation in 0..<4 {
        result.record.pods.append(
          .init(
            node: node, started: .seconds(generation * 900), ready: .seconds(generation * 900 + 2)))
      }
      for second in stride(from: number % 5, to: 3600, by: 5) {
        result.record.patches.append(
          .init(time: .seconds(second), node: node, bytes: 900, isRefused: false))
      }
      if number.isMultiple(of: 10) {
        result.record.faults.append(
          .init(time: .seconds(number), node: node, kind: .duplicated, records: number))
      }
    }
    result.record.faults.append(
      .init(time: .seconds(9), node: "node-17", kind: .lost, records: 1))
    let page = HTMLReport.page(result)
    #expect(page.utf8.count < 500_000)
    let rows = TimelineRow.rows(of: result.record)
    #expect(rows.count == 32)
    #expect(rows.first == TimelineRow(node: "node-17"))
    #expect(rows.last == TimelineRow(node: "node-1", others: 268))
    #expect(page.contains("node-1 +268"))
  }

  @Test func nodesBeyondRowsOfTimelineAreCounted() {
    var record = RunRecord()
    record.nodes = (1...100).map { "node-\($0)" }
    record.faults = (1...100).map {
      .init(time: .zero, node: "node-\($0)", kind: .lost, records: $0)
    }
    let rows = TimelineRow.rows(of: record)
    #expect(rows.count == 40)
    #expect(rows.first?.node == "node-100")
    #expect(rows.reduce(0) { $0 + $1.others + 1 } == 100)
    #expect(rows.last?.isRest == true)
  }
}
