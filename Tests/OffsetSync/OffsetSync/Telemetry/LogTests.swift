import CSockets
import FilelogJSON
import FilelogText
import Glibc
import OffsetSync
import Testing

@Suite struct LogTests {
  static let moment = Timestamp(nanoseconds: 1_767_323_045_678_999_999)

  @Test func aLineIsOneJSONObjectWithItsFieldsInOrder() {
    let lines = LogLines()
    lines.log().info(
      "stored", ["node": "n-1", "bytes": 41_200, "seconds": 0.25, "changed": true])
    #expect(
      lines.all == [
        #"{"time":"2026-01-02T03:04:05.678Z","level":"info","msg":"stored","node":"n-1","bytes":41200,"seconds":0.25,"changed":true}"#
          + "\n"
      ])
  }

  @Test func contextComesBeforeTheFieldsOfALine() {
    let lines = LogLines()
    lines.log().with(["pod": "p"]).with(["node": "n"]).warn("slow", ["after": 2])
    #expect(
      lines.all == [
        #"{"time":"2026-01-02T03:04:05.678Z","level":"warn","msg":"slow","pod":"p","node":"n","after":2}"#
          + "\n"
      ])
  }

  @Test func linesBelowTheThresholdAreNeitherWrittenNorEvaluated() {
    let lines = LogLines()
    var evaluated = 0
    func fields() -> Log.Fields {
      evaluated += 1
      return [:]
    }
    let log = lines.log(.warn)
    log.debug("a", fields())
    log.info("b", fields())
    log.warn("c", fields())
    log.error("d", fields())
    #expect(lines.all.count == 2)
    #expect(evaluated == 2)
  }

  @Test func textCannotBreakOutOfItsLine() throws {
    let lines = LogLines()
    let text = "\"},\n{\"level\":\"error\u{0}\u{1b}[31m\u{2028}"
    lines.log().info(text, [text: .string(text)])
    let line = try #require(lines.all.first)
    #expect(line.filter { $0 == "\n" }.count == 1)
    let read = try JSONValue(parsing: line)
    #expect(read["msg"]?.string == text)
    #expect(read[text]?.string == text)
    #expect(read["level"] == "info")
  }

  @Test func longTextIsCutBetweenCharacters() throws {
    let lines = LogLines()
    lines.log().info("x", ["long": .string("a" + String(repeating: "é", count: 2000))])
    let read = try JSONValue(parsing: try #require(lines.all.first))
    #expect(read["long"]?.string == "a" + String(repeating: "é", count: 1023) + "…")
  }

  @Test func aNumberThatJSONCannotHoldBecomesText() {
    let lines = LogLines()
    lines.log().info("x", ["rate": .number(.nan)])
    #expect(lines.all.first?.contains(#""rate":"nan""#) == true)
  }

  @Test(arguments: [
    (nil, LogLevel.info), ("", .info), ("debug", .debug), ("INFO", .info), ("Warning", .warn),
    ("warn", .warn), ("error", .error),
  ]) func theLevelComesFromTheEnvironment(_ name: String?, _ level: LogLevel) {
    let lines = LogLines()
    let environment = name.map { ["LOG_LEVEL": $0] } ?? [:]
    let log = Log.fromEnvironment(environment, output: { lines.take($0) })
    #expect(log.threshold == level)
    #expect(lines.all.isEmpty)
  }

  @Test func aLevelThatIsNoneIsSaidOnce() {
    let lines = LogLines()
    let log = Log.fromEnvironment(
      ["LOG_LEVEL": "loud"], clock: { Self.moment }, output: { lines.take($0) })
    #expect(log.threshold == .info)
    #expect(
      lines.all == [
        #"{"time":"2026-01-02T03:04:05.678Z","level":"warn","msg":"LOG_LEVEL is not a level, using info","found":"loud","expected":"debug, info, warn or error"}"#
          + "\n"
      ])
  }

  @Test(arguments: [
    (Int64(0), "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
    (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
    (4_107_542_399_999_999_999, "2100-02-28T23:59:59.999Z"),
    (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
    (Int64.max, "2262-04-11T23:47:16.854Z"), (Int64.min, "1677-09-21T00:12:43.145Z"),
  ]) func momentsReadAsRFC3339(_ nanoseconds: Int64, _ text: String) {
    #expect(Timestamp(nanoseconds: nanoseconds).description == text)
  }

  @Test func aLineReachesItsDescriptorInOneWrite() throws {
    var ends: [Int32] = [0, 0]
    // Packets keep the boundaries of writes.
    try #require(shim_packet_pair(&ends) == 0)
    defer { for end in ends { close(end) } }
    let output = LogOutput(descriptor: ends[0])
    let line = Array(#"{"msg":"x"}"#.utf8) + [0x0a]
    output.write(line)
    output.write(line)
    var packet = [UInt8](repeating: 0, count: 100)
    #expect(recv(ends[1], &packet, 100, 0) == line.count)
    #expect(Array(packet.prefix(line.count)) == line)
  }

  /// A log that cannot be written must not stop the container: the next line is tried again.
  @Test func lineAfterFailedWriteIsWritten() throws {
    // Below the limit of a process, above what other tests of this one have open.
    let descriptor: Int32 = 1000
    let output = LogOutput(descriptor: descriptor)
    output.write([0x61, 0x0a])
    #expect(errno == EBADF)
    var ends: [Int32] = [0, 0]
    try #require(shim_packet_pair(&ends) == 0)
    try #require(dup2(ends[0], descriptor) == descriptor)
    defer { for end in ends + [descriptor] { close(end) } }
    output.write([0x62, 0x0a])
    var packet = [UInt8](repeating: 0, count: 10)
    #expect(recv(ends[1], &packet, 10, 0) == 2)
    #expect(packet.prefix(2) == [0x62, 0x0a])
  }
}
