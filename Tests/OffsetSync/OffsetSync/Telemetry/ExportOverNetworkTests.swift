import FilelogHTTPClient
import FilelogJSON
import FilelogText
import HTTPServer
import OffsetSync
import Synchronization
import TestSupport
import Testing

/// Exports through libcurl to endpoints on loopback.
@Suite(.waits) struct ExportOverNetworkTests {
  static let ok = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

  func telemetry(_ endpoint: String, _ lines: LogLines, timeout: Int = 30_000) -> Telemetry {
    Telemetry(
      environment: [
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "\(timeout)", "OTEL_EXPORTER_OTLP_HEADERS": "X-Team=a%20b",
      ], container: "filelog-offset-sync", log: lines.log(), now: .zero)
  }

  @Test func metricsReachAnEndpointInTheLoopsSpareMoments() throws {
    let received = Mutex<[HTTPServerRequest]>([])
    let server = HTTPServer { request in
      received.withLock { $0.append(request) }
      return .json(200, Array("{}".utf8))
    }
    let endpoint = "http://127.0.0.1:\(try server.start())"
    defer { server.stop() }
    let telemetry = telemetry(endpoint, LogLines())
    telemetry.metrics.recordUpdate(compressedSize: 41_200, duration: .milliseconds(3))
    // The third export is done when its successor is due: a poll then has nothing under way.
    var now = Duration.seconds(1)
    let deadline = ContinuousClock.now + .seconds(30)
    while received.withLock({ $0.count }) < 3, ContinuousClock.now < deadline {
      telemetry.poll(now: now)
      now = max(now + .milliseconds(1), telemetry.nextDeadline ?? now)
    }
    let requests = received.withLock { $0 }
    #expect(requests.count >= 3)
    for request in requests {
      #expect(request.method == "POST" && request.target == "/v1/metrics")
      #expect(request.headers["Content-Type"] == "application/json")
      #expect(request.headers["X-Team"] == "a b")
      #expect(try JSONValue(parsing: request.body)["resourceMetrics"]?.array?.count == 1)
    }
  }

  struct Endpoint: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let scheme: String
    let script: [ScriptedServer.Step]
  }

  static let bad = [
    Endpoint(testDescription: "never answers", scheme: "http", script: [.receive, .stayQuiet]),
    Endpoint(testDescription: "never reads", scheme: "http", script: [.stayQuiet]),
    Endpoint(testDescription: "never shakes hands", scheme: "https", script: [.stayQuiet]),
    Endpoint(
      testDescription: "drips", scheme: "http",
      script: [
        .receive, .send("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"),
        .drip([0x20], every: .milliseconds(1)),
      ]),
  ]

  @Test(arguments: bad) func badEndpointDelaysNothing(_ endpoint: Endpoint) {
    let server = ScriptedServer([endpoint.script, endpoint.script])
    defer { server.stop() }
    let telemetry = telemetry("\(endpoint.scheme)://127.0.0.1:\(server.port)", LogLines())
    var now = Duration.seconds(1)
    let start = ContinuousClock.now
    for _ in 0..<100 {
      telemetry.poll(now: now)
      now += .milliseconds(250)
    }
    telemetry.flush(until: now + .milliseconds(500)) {
      now += .milliseconds(100)
      return now
    }
    // Far below the 30 s that one export may take.
    #expect(start.duration(to: .now) < .seconds(10))
  }

  @Test func anExportThatTakesTooLongIsGivenUpAndTheNextOneSucceeds() throws {
    let server = ScriptedServer([[.receive, .stayQuiet], [.receive, Self.ok]])
    defer { server.stop() }
    let lines = LogLines()
    let telemetry = telemetry(server.url, lines, timeout: 100)
    var now = Duration.seconds(1)
    let deadline = ContinuousClock.now + .seconds(30)
    while lines.all.count < 2, ContinuousClock.now < deadline {
      telemetry.poll(now: now)
      now = max(now + .milliseconds(1), telemetry.nextDeadline ?? now)
    }
    try #require(lines.all.count == 2)
    #expect(lines.all[0].contains(#""msg":"cannot send metrics""#))
    #expect(lines.all[0].contains("timed out (no answer within 0.1 s)"))
    #expect(lines.all[1].contains(#""msg":"metrics are sent again""#))
  }
}
