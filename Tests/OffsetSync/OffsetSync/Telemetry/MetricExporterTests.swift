import FilelogHTTPClient
import FilelogJSON
import FilelogText
import OffsetSync
import Testing

/// Exports against an endpoint and a clock that do what the test says.
@Suite struct MetricExporterTests {
  enum Answer {
    case after(polls: Int, HTTPResponse)
    case fails(HTTPFailure)
    case refusesToBegin(HTTPFailure)
    case never
  }

  final class Channel: MetricChannel {
    var answers: [Answer]
    var requests: [HTTPRequest] = []
    var waits: [Duration] = []
    var cancelled = 0
    init(_ answers: [Answer]) { self.answers = answers }

    func begin(_ request: HTTPRequest) throws(HTTPFailure) -> any MetricTransfer {
      requests.append(request)
      let answer = answers.isEmpty ? .never : answers.removeFirst()
      if case .refusesToBegin(let failure) = answer { throw failure }
      return Transfer(answer, self)
    }
  }

  final class Transfer: MetricTransfer {
    let answer: Answer
    let channel: Channel
    var polls = 0
    init(_ answer: Answer, _ channel: Channel) {
      self.answer = answer
      self.channel = channel
    }

    func poll(waitingUpTo time: Duration) throws(HTTPFailure) -> HTTPResponse? {
      polls += 1
      channel.waits.append(time)
      switch answer {
      case .after(let needed, let response): return polls >= needed ? response : nil
      case .fails(let failure): throw failure
      case .never, .refusesToBegin: return nil
      }
    }

    func cancel() { channel.cancelled += 1 }
  }

  static let ok = HTTPResponse(status: 200, body: Array("{}".utf8))
  static let refused = HTTPFailure(.connectionRefused, origin: "c:4318")

  func exporter(
    _ channel: Channel, _ lines: LogLines = LogLines(), metrics: Metrics = Metrics()
  ) -> MetricExporter {
    var settings = TelemetrySettings(endpoint: "http://c:4318/v1/metrics")
    settings.headers = [.init(name: "Authorization", value: "Bearer s3cr3t")]
    return MetricExporter(
      settings: settings, metrics: metrics, log: lines.log(), now: .seconds(100),
      channel: channel, clock: { LogTests.moment })
  }

  @Test func nothingIsSentBeforeTheFirstInterval() {
    let channel = Channel([])
    let exporter = exporter(channel)
    #expect(exporter.nextDeadline == .seconds(160))
    exporter.poll(now: .seconds(159))
    #expect(channel.requests.isEmpty)
  }

  @Test func anExportIsOnePostOfJSON() throws {
    let channel = Channel([.after(polls: 1, Self.ok)])
    let metrics = Metrics()
    let exporter = exporter(channel, metrics: metrics)
    metrics.setVolumeUsed(7)
    exporter.poll(now: .seconds(160))
    let request = try #require(channel.requests.first)
    #expect(request.method == "POST")
    #expect(request.url == "http://c:4318/v1/metrics")
    #expect(request.headers.map(\.name) == ["Content-Type", "Authorization"])
    #expect(request.headers.map(\.value) == ["application/json", "Bearer s3cr3t"])
    #expect(request.timeout == .seconds(10))
    let body = try JSONValue(parsing: try #require(request.body))
    #expect(body["resourceMetrics"]?.array?.count == 1)
    #expect(exporter.nextDeadline == .seconds(220))
  }

  @Test func aSlowEndpointIsLookedAfterInSlicesAndNeverWaitedFor() {
    let channel = Channel([.after(polls: 9, Self.ok)])
    let exporter = exporter(channel)
    var now = Duration.seconds(160)
    var looks: [Duration] = []
    while channel.requests.isEmpty || exporter.nextDeadline < .seconds(200) {
      exporter.poll(now: now)
      let next = exporter.nextDeadline
      looks.append(next - now)
      now = next
    }
    #expect(channel.waits.allSatisfy { $0 == .zero })
    #expect(
      looks.dropLast() == [
        .milliseconds(5), .milliseconds(10), .milliseconds(20), .milliseconds(40),
        .milliseconds(80), .milliseconds(160), .milliseconds(250), .milliseconds(250),
      ])
    #expect(exporter.nextDeadline == .seconds(220))
  }

  @Test func anEarlyPollDoesNothing() {
    let channel = Channel([.never])
    let exporter = exporter(channel)
    exporter.poll(now: .seconds(160))
    exporter.poll(now: .seconds(160))
    #expect(channel.waits.count == 1)
  }

  @Test func failuresAreSaidOnceUntilMetricsAreSentAgain() {
    let channel = Channel([
      .fails(Self.refused), .fails(Self.refused), .after(polls: 1, HTTPResponse(status: 404)),
      .after(polls: 1, Self.ok), .refusesToBegin(Self.refused),
    ])
    let lines = LogLines()
    let exporter = exporter(channel, lines)
    for second in [160, 220, 280, 340, 400] { exporter.poll(now: .seconds(second)) }
    #expect(channel.requests.count == 5)
    let failed =
      #"{"time":"2026-01-02T03:04:05.678Z","level":"warn","msg":"cannot send metrics","error":"c:4318: connection refused"}"#
      + "\n"
    let again =
      #"{"time":"2026-01-02T03:04:05.678Z","level":"info","msg":"metrics are sent again"}"# + "\n"
    #expect(lines.all == [failed, again, failed])
  }

  @Test func aRefusalNamesItsStatusOnly() {
    let channel = Channel([
      .after(polls: 1, HTTPResponse(status: 415, body: Array("s3cr3t".utf8)))
    ])
    let lines = LogLines()
    exporter(channel, lines).poll(now: .seconds(160))
    #expect(lines.all.count == 1)
    #expect(lines.all[0].contains(#""error":"the endpoint answered 415""#))
    #expect(!lines.all[0].contains("s3cr3t"))
  }

  @Test(arguments: [("90", 250), ("5", 220), ("-1", 220), ("x", 220), ("999999", 160 + 3600)])
  func aRequestedWaitDelaysTheNextExport(_ header: String, _ next: Int) {
    let channel = Channel([
      .after(polls: 1, HTTPResponse(status: 429, headers: ["Retry-After": header]))
    ])
    let exporter = exporter(channel)
    exporter.poll(now: .seconds(160))
    #expect(exporter.nextDeadline == .seconds(next))
  }

  @Test func aPartialRejectionIsSaidOnce() {
    let body = #"{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"too old"}}"#
    let answer = HTTPResponse(status: 200, body: Array(body.utf8))
    let channel = Channel([.after(polls: 1, answer), .after(polls: 1, answer)])
    let lines = LogLines()
    let exporter = exporter(channel, lines)
    exporter.poll(now: .seconds(160))
    exporter.poll(now: .seconds(220))
    #expect(lines.all.count == 1)
    #expect(
      lines.all[0].contains(
        #""msg":"the endpoint rejected a part of the metrics","rejected_data_points":"3","reason":"too old""#
      ))
  }

  @Test(arguments: [
    "", "{", #"{"partialSuccess":{}}"#, #"{"partialSuccess":{"rejectedDataPoints":"0"}}"#,
  ])
  func anAnswerWithoutARejectionIsASuccess(_ body: String) {
    let lines = LogLines()
    let channel = Channel([.after(polls: 1, HTTPResponse(status: 200, body: Array(body.utf8)))])
    exporter(channel, lines).poll(now: .seconds(160))
    #expect(lines.all.isEmpty)
  }

  @Test func flushingSendsTheLatestValuesAndWaits() {
    let channel = Channel([.never, .after(polls: 3, Self.ok)])
    let exporter = exporter(channel)
    exporter.poll(now: .seconds(160))
    exporter.flush(until: .seconds(162)) { .seconds(161) }
    #expect(channel.cancelled == 1)
    #expect(channel.requests.count == 2)
    #expect(channel.waits.last == .milliseconds(100))
  }

  @Test func flushingEndsAtItsDeadline() {
    let channel = Channel([.never])
    let lines = LogLines()
    let exporter = exporter(channel, lines)
    var now = Duration.seconds(160)
    exporter.flush(until: .seconds(161)) {
      now += .milliseconds(100)
      return now
    }
    #expect(channel.cancelled == 1)
    #expect(now <= .milliseconds(161_100))
    #expect(lines.all.count == 1)
    #expect(lines.all[0].contains("no answer before the process ended"))
  }

  @Test func flushingAfterItsDeadlineSendsNothing() {
    let channel = Channel([])
    exporter(channel).flush(until: .seconds(160)) { .seconds(160) }
    #expect(channel.requests.isEmpty)
  }
}
