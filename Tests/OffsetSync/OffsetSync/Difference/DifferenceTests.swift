import BoltFile
import FilelogCheckpoint
import FilelogEncodings
import FilelogSystemCalls
import TestSupport
import Testing

@testable import OffsetSync

/// Differences give the state that they were made of, whatever it holds, and are small.
@Suite struct DifferenceTests {
  /// What is stored as a whole, as it was written and as it is loaded.
  private struct Base {
    let payload: [UInt8]
    let unpacked: Snapshot
    let written: BaseIndex
    let loaded: BaseIndex

    init(_ base: Snapshot) throws {
      payload = Payload.pack(base, directory: Payload.contractDirectory)
      unpacked = try Payload.unpack(payload)
      written = try #require(BaseIndex(base, payloadBytes: payload.count))
      loaded = try #require(BaseIndex(unpacked, payloadBytes: payload.count))
    }

    /// To another state, as a store would.
    func roundTrip(
      to state: Snapshot, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Int {
      let wanted = SnapshotState(state)
      let changes = try #require(
        written.changes(to: wanted) { unpacked }?.bytes, sourceLocation: sourceLocation)
      // The index of a base that was written is the one of a base that was loaded.
      #expect(
        loaded.changes(to: wanted) { unpacked }?.bytes == changes, sourceLocation: sourceLocation)
      let found = try Payload.unpack(StoredPayload(payload, changes: [changes]))
      let (mine, theirs) = (found.withoutTimes, state.withoutTimes)
      #expect(
        StateDigest.bytes(of: mine, mine.digests)
          == StateDigest.bytes(of: theirs, theirs.digests), sourceLocation: sourceLocation)
      return changes.count
    }
  }

  private static func roundTrip(
    _ base: Snapshot, _ state: Snapshot, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Int {
    try Base(base).roundTrip(to: state, sourceLocation: sourceLocation)
  }

  static let fixtures = Fixture.all(in: "collector").filter {
    $0.name.hasSuffix("receiver_filelog_") && !$0.name.contains("2000")
  }

  /// From each real database to each other one.
  @Test(arguments: fixtures) func anyDatabaseLeadsToAnyOther(_ fixture: Fixture) throws {
    let snapshot = try Self.snapshot(fixture)
    let base = try Base(snapshot)
    for other in Self.fixtures { _ = try base.roundTrip(to: Self.snapshot(other)) }
    // The fixture again, in its own encoding, is what nothing needs to be said of.
    #expect(try base.roundTrip(to: snapshot) < 40)
    #expect(try base.roundTrip(to: Snapshot()) < 120_000)
    _ = try Self.roundTrip(Snapshot(), Snapshot(files: ["notes": .plain([1, 2, 3])]))
  }

  private static func snapshot(_ fixture: Fixture) throws -> Snapshot {
    let content = try BoltDatabase.read(MemorySource(fixture.bytes()[...], name: "receiver_a"))
    return Snapshot(files: ["receiver_a": .database(content)])
  }

  @Test(arguments: [Checkpoint.Encoding.protobuf, .json])
  func growingFilesTakeAFewBytesEach(_ encoding: Checkpoint.Encoding) throws {
    var node = GrowingNode(files: 200, encoding: encoding)
    let base = node.snapshot
    node.pass()
    node.grow(0..<200)
    #expect(try Self.roundTrip(base, node.snapshot) < 300)
    // After an hour.
    node.pass(milliseconds: 3_600_000)
    node.grow(0..<200, lines: 3600...3600)
    #expect(try Self.roundTrip(base, node.snapshot) < 500)
    var quiet = GrowingNode(files: 200, encoding: encoding)
    quiet.pass()
    quiet.grow(stride(from: 0, to: 200, by: 20))
    #expect(try Self.roundTrip(base, quiet.snapshot) < 120)
  }

  /// The nanoseconds of many files would take more than everything else of them.
  @Test(arguments: [Checkpoint.Encoding.protobuf, .json], [32, 33])
  func timesOfManyFilesAreToldToAboutASecond(
    _ encoding: Checkpoint.Encoding, _ growing: Int
  ) throws {
    var node = GrowingNode(files: 40, encoding: encoding)
    node.grow(0..<40)
    let base = try Base(node.snapshot)
    node.pass()
    node.grow(0..<growing)
    let changes = try #require(base.written.changes(to: node.state) { base.unpacked }?.bytes)
    let found = try Payload.unpack(StoredPayload(base.payload, changes: [changes]))
    #expect((found.digests == node.state.digests) == (growing == 32))
    let (times, wanted) = (found.times, node.snapshot.times)
    #expect(times.max() == wanted.max())
    for (time, wanted) in zip(times, wanted) {
      #expect(time <= wanted && wanted - time < 1 << 30)
    }
  }

  @Test func aFileThatComesTakesLittleMoreThanItsTextIsRandom() throws {
    var node = GrowingNode(files: 100)
    let base = node.snapshot
    var sizes: [Int] = []
    for _ in 0..<10 {
      node.add()
      node.remove(0)
      node.pass()
      sizes.append(try Self.roundTrip(base, node.snapshot))
    }
    #expect(sizes[0] < 400 && sizes[9] - sizes[0] < 9 * 300)
  }

  /// Whatever a component keeps in its database: keys that come, go and change, buckets in buckets.
  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func anyContentLeadsToAnyOther(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let base = Self.anySnapshot(&random)
    var state = base
    for _ in 0..<3 { state.files.merge(Self.anySnapshot(&random).files) { $1 } }
    if Bool.random(using: &random), let name = state.files.keys.sorted().first {
      state.files[name] = nil
    }
    _ = try Self.roundTrip(base, state)
    _ = try Self.roundTrip(state, base)
  }

  private static func anySnapshot(_ random: inout SeededRandom) -> Snapshot {
    var snapshot = Snapshot()
    for name in ["receiver_a", "exporter_b", "notes", "receiver_c"]
    where Int.random(in: 0..<3, using: &random) > 0 {
      if name == "notes" {
        snapshot.files[name] = .plain(anyBytes(&random))
        continue
      }
      var content = BoltContent(
        transaction: .random(in: 0...UInt64.max, using: &random), pageSize: 4096,
        root: anyBucket(&random, depth: 0))
      if Bool.random(using: &random) {
        content.writtenAt = .milliseconds(Int64.random(in: 1000...9_000_000_000, using: &random))
      }
      snapshot.files[name] = .database(content)
    }
    return snapshot
  }

  private static func anyBucket(_ random: inout SeededRandom, depth: Int) -> BoltBucket {
    var entries: [[UInt8]: BoltBucket.Entry.Content] = [:]
    for _ in 0..<Int.random(in: 0..<6, using: &random) {
      let keys = [
        Array("file_input.knownFiles".utf8), Array("file_input.knownFiles3".utf8), [1], [0xff, 2],
        Array("default".utf8),
      ]
      let key = keys.randomElement(using: &random)!
      entries[key] =
        depth < 3 && Int.random(in: 0..<3, using: &random) == 0
        ? .bucket(anyBucket(&random, depth: depth + 1)) : .value(anyValue(&random)[...])
    }
    return BoltBucket(
      sequence: Bool.random(using: &random) ? 0 : random.next(),
      entries: entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
        .init(key: $0.key[...], content: $0.value)
      })
  }

  /// Checkpoints among them, and what only looks like one.
  private static func anyValue(_ random: inout SeededRandom) -> [UInt8] {
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return anyBytes(&random)
    case 1:
      let number = "\"RecordNum\":99999999999999999999"
      return Array("2\n{\"Offset\":01}\n{\"Offset\":3,\(number)}\n".utf8)
    case 2: return [0x0a, 0x83, 0x00, 0x10, 0x80, 0x01] + anyBytes(&random)
    case 3:
      // A list with a field of another number, whose order counts.
      return [0x0a, 2, 0x10, 5, 0x12, 1, 9, 0x0a, 2, 0x10, 6]
    default:
      let files = (0..<Int.random(in: 0..<5, using: &random)).map { index in
        KnownFile(
          fingerprint: [UInt8(index)], offset: Int64.random(in: 0...(.max), using: &random),
          recordNumber: Int64.random(in: -1...1, using: &random),
          lastDataChange: Bool.random(using: &random)
            ? nil : Int64.random(in: 1...(.max), using: &random),
          lastDataLength: Int32.random(in: -5...5, using: &random))
      }
      let encoding: Checkpoint.Encoding = Bool.random(using: &random) ? .json : .protobuf
      return Checkpoint(files: files, encoding: encoding).encoded()
    }
  }

  private static func anyBytes(_ random: inout SeededRandom) -> [UInt8] {
    (0..<Int.random(in: 0..<200, using: &random)).map { _ in
      UInt8.random(in: 0...(Bool.random(using: &random) ? 3 : 255), using: &random)
    }
  }

  @Test func equalEntriesAreEach() throws {
    var node = GrowingNode(files: 3)
    node.change { $0 += $0 + $0 }
    let base = node.snapshot
    node.change { files in
      for index in files.indices { files[index].offset += Int64(index) }
      files.removeLast(2)
    }
    _ = try Self.roundTrip(base, node.snapshot)
  }

  @Test func whatTakesMoreThanADifferenceMayIsNone() throws {
    let base = GrowingNode(files: 10).snapshot
    var large = base
    large.files["notes"] = .plain([UInt8](repeating: 1, count: (1 << 20) + 1))
    let index = try #require(BaseIndex(base, payloadBytes: 3000))
    #expect(index.changes(to: SnapshotState(large)) { base }?.bytes == nil)
    var random = SeededRandom(seed: 3)
    let noise = (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    large.files["notes"] = .plain(noise)
    #expect(index.changes(to: SnapshotState(large)) { base }?.bytes == nil)
    // More items than differences are made of.
    let entries = (0..<70_000).map { number in
      let digits = String(100_000 + number)
      return BoltBucket.Entry(key: Array(digits.utf8)[...], content: .value([1]))
    }
    large.files = [
      "exporter_a": .database(
        BoltContent(transaction: 1, pageSize: 4096, root: BoltBucket(entries: entries)))
    ]
    #expect(BaseIndex(large, payloadBytes: 3000) == nil)
    #expect(index.changes(to: SnapshotState(large)) { base }?.bytes == nil)
  }

  // MARK: Damage

  private static func sample() throws -> (payload: [UInt8], difference: Difference) {
    var node = GrowingNode(files: 4)
    let base = node.snapshot
    let payload = Payload.pack(base, directory: Payload.contractDirectory)
    node.add()
    node.remove(1)
    node.grow(0..<4)
    node.pass()
    let index = try #require(BaseIndex(base, payloadBytes: payload.count))
    let changes = try #require(index.changes(to: node.state) { base }?.bytes)
    return (payload, Difference(base: .init(number: 7, payload: payload), changes: changes))
  }

  @Test func aDifferenceIsReadAsItWasWritten() throws {
    let difference = try Self.sample().difference
    #expect(try Difference(parsing: difference.bytes) == difference)
    var claim = Difference(base: difference.base)
    #expect(try Difference(parsing: claim.bytes) == claim)
    claim.isBaseUnderWay = true
    #expect(try Difference(parsing: claim.bytes) == claim)
  }

  /// Any byte changed, and any length cut off, is refused or gives the same state: never another.
  @Test func damageIsNeverTakenForAState() throws {
    let (payload, difference) = try Self.sample()
    let whole = try Payload.unpack(StoredPayload(payload, changes: [difference.changes]))
    for index in difference.changes.indices {
      for change in [0x01, 0x80, 0xff] as [UInt8] {
        var changes = difference.changes
        changes[index] ^= change
        if let found = try? Payload.unpack(StoredPayload(payload, changes: [changes])) {
          #expect(found.digests == whole.digests)
        }
      }
      let cut = Array(difference.changes[..<index])
      #expect(throws: PayloadError.self) {
        try Payload.unpack(StoredPayload(payload, changes: [cut]))
      }
    }
    let bytes = difference.bytes
    for index in 0..<19 {
      let cut = Array(bytes[..<index])
      #expect(throws: DifferenceError.self) { try Difference(parsing: cut) }
    }
    #expect(throws: DifferenceError.self) { try Difference(parsing: [9] + bytes.dropFirst()) }
  }

  @Test func aDifferenceToAnotherBaseIsRefused() throws {
    let (_, difference) = try Self.sample()
    for other in [GrowingNode(files: 4, seed: 9), GrowingNode(files: 5)] {
      let payload = Payload.pack(other.snapshot, directory: Payload.contractDirectory)
      let error = #expect(throws: PayloadError.self) {
        try Payload.unpack(StoredPayload(payload, changes: [difference.changes]))
      }
      #expect(error?.code == .difference)
    }
  }
}
