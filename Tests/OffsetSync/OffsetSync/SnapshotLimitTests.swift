import BoltFile
import FilelogSystemCalls
import TestSupport
import Testing

@testable import OffsetSync

/// What is packed of any directory, at and over every limit, is what is unpacked again.
@Suite struct SnapshotLimitTests {
  @Test(arguments: UInt64(1)...80)
  func everythingThatIsPackedIsUnpacked(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let limits = PayloadLimits(
      volumeBytes: Int.random(in: 0...200_000, using: &random),
      entries: Int.random(in: 1...12, using: &random),
      databaseEntries: Int.random(in: 0...60, using: &random))
    var budget = SnapshotBudget(limits)
    var list = FileList(limit: limits.entries - 1)
    var files: [String: Snapshot.File] = [:]
    for _ in 0..<Int.random(in: 0...20, using: &random) {
      let name = Self.name(&random)
      // Anything else under a database's name is unreadable to a scan.
      files[name] = Self.file(isDatabase: FileName.isDatabase(name), &random)
      list.add(name)
    }
    var snapshot = Snapshot()
    for name in list.names where budget.take(files[name]!) { snapshot.files[name] = files[name] }
    let payload = Payload.pack(snapshot, directory: "/var/otelcol/filelogreceiver_offsets")
    #expect(try Payload.unpack(payload, limits: limits) == snapshot)
    #expect(try Payload.verify(payload, limits: limits).damaged.isEmpty)
  }

  @Test func listKeepsReceiversFirstAndCountsTheRest() {
    var list = FileList(limit: 2)
    for name in ["exporter_a", "tempdb1", "z", "receiver_b", "bad\u{1}name", "receiver_a"] {
      list.add(name)
    }
    #expect(list.names == ["receiver_a", "receiver_b"])
    #expect(list.leftOut == 3)
  }

  @Test func twoHundredThousandNamesTakeNoMoreThanTheLimit() {
    var list = FileList(limit: 1023)
    for number in 0..<200_000 { list.add("file-\(number)") }
    #expect(list.names.count == 1023 && list.leftOut == 200_000 - 1023)
    #expect(list.names == list.names.sorted())
  }

  private static func name(_ random: inout SeededRandom) -> String {
    let kinds = ["receiver_", "exporter_", "x", "é", "tempdb", "a\u{7f}", "b\n", "\u{600}"]
    let length = [0, 1, 60, 110, 160, 240, 300].randomElement(using: &random)!
    return kinds.randomElement(using: &random)!
      + String((0..<length).map { _ in "abc".randomElement(using: &random)! })
  }

  private static func file(
    isDatabase: Bool, _ random: inout SeededRandom
  ) -> Snapshot.File {
    let count = Int.random(in: 0...[0, 30, 90].randomElement(using: &random)!, using: &random)
    guard isDatabase || Bool.random(using: &random) else {
      return .plain([UInt8](repeating: 1, count: count * 1500))
    }
    let entries = (0..<count).map {
      BoltBucket.Entry(key: [UInt8($0)], content: .value([UInt8](repeating: 2, count: 700)[...]))
    }
    return .database(
      BoltContent(transaction: 5, pageSize: 4096, root: BoltBucket(entries: entries)))
  }
}
