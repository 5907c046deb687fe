import FilelogJSON
import FilelogText
import TestSupport
import Testing

@testable import OffsetSync

@Suite struct MetricsTests {
  static let start = Timestamp(nanoseconds: 1_767_323_045_000_000_000)
  static let now = Timestamp(nanoseconds: 1_767_323_105_250_000_001)

  static func everything() -> Metrics {
    let metrics = Metrics()
    metrics.recordUpdate(compressedSize: 41_200, duration: .milliseconds(12))
    metrics.recordUpdate(compressedSize: 41_300, duration: .milliseconds(300))
    metrics.recordUpdate(compressedSize: 41_250, duration: .seconds(120))
    metrics.countError(type: "unauthenticated")
    metrics.countError(type: "serverTimedOut")
    metrics.countError(type: "serverTimedOut")
    metrics.countSnapshotRetry()
    metrics.countSnapshotRetry(4)
    metrics.setVolumeUsed(524_288)
    metrics.setMapUsed(900_000)
    metrics.setUpdateInterval(.seconds(5))
    return metrics
  }

  /// The golden file is also checked against the OTLP schema, by `Scripts/check-otlp`.
  @Test func theRequestIsTheGoldenOne() throws {
    let request = OTLPMetrics.request(
      Self.everything(),
      resource: ["service.name": "dash0-operator-collector", "k8s.node.name": "node \"1\""],
      start: Self.start, now: Self.now)
    let golden = GoldenFile("otlp-metrics.json")
    #expect(golden.difference(from: JSONWriter.pretty.string(request)) == nil)
  }

  func metrics(_ metrics: Metrics, now: Timestamp = now) throws -> [JSONValue] {
    let request = OTLPMetrics.request(metrics, resource: [:], start: Self.start, now: now)
    return try #require(request["resourceMetrics"]?[0]?["scopeMetrics"]?[0]?["metrics"]?.array)
  }

  @Test func whatNeverHappenedIsAZeroOrAbsent() throws {
    let names = try metrics(Metrics()).map { $0["name"]?.string }
    #expect(
      names == [
        "dash0.operator.filelog_offset_sync.update.counter",
        "dash0.operator.filelog_offset_sync.snapshot.retries",
      ])
    #expect(try metrics(Metrics())[0]["sum"]?["dataPoints"]?[0]?["asInt"] == "0")
  }

  @Test func kindsOfErrorsAreBounded() throws {
    let many = Metrics()
    for number in 0..<100 { many.countError(type: "type-\(number)") }
    #expect(many.errors.count == Metrics.errorTypeLimit + 1)
    #expect(many.errors[Metrics.otherErrors] == 68)
  }

  @Test func aClockThatWasSetBackGivesNoTimeBeforeTheStart() throws {
    let points = try metrics(Metrics(), now: Timestamp(nanoseconds: 5))[0]["sum"]?["dataPoints"]
    #expect(points?[0]?["timeUnixNano"] == points?[0]?["startTimeUnixNano"])
  }

  @Test func aDurationFallsIntoTheBucketWhoseBoundItDoesNotExceed() {
    var histogram = Histogram()
    for value in [0, 0.005, 0.0051, 1, 59.9, 60, 60.1, .infinity, .nan] { histogram.record(value) }
    #expect(histogram.counts == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 1])
    #expect(histogram.count == 7)
    #expect(histogram.range == 0...60.1)
  }

  @Test(
    arguments: [
      ([79, 80, 81, 99, 120], [nil, .filling, nil, nil, nil]),
      ([80, 76, 81, 75, 74, 80], [.filling, nil, nil, nil, .relieved, .filling]),
      ([0, 10], [nil, nil]),
    ] as [([Int], [UsageAlarm.Change?])])
  func fillingUpIsSaidOnce(_ used: [Int], _ said: [UsageAlarm.Change?]) {
    var alarm = UsageAlarm(limit: 100)
    #expect(used.map { alarm.note(used: $0) } == said)
  }
}
