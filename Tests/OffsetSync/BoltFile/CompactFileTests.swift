import BoltFile
import FilelogSystemCalls
import Testing

@Suite struct CompactFileTests {
  @Test(arguments: UInt64(1)...60)
  func randomContentReadsBackAndHasTheSizeForetold(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let content = BoltContent(
      transaction: UInt64.random(in: 0...9, using: &random),
      pageSize: 1024 << Int.random(in: 0...6, using: &random),
      root: Self.bucket(depth: 3, &random))
    let file = CompactFile(content)
    var bytes: [UInt8] = []
    file.write { bytes += $0 }
    #expect(bytes.count == file.size)
    #expect(content.compactFile() == bytes)
    #expect(try BoltDatabase.read(MemorySource(bytes[...], name: "compact")) == content)
  }

  /// The values themselves are handed over, however long they are: no copy of the file is made.
  @Test func longValuesArePassedThrough() {
    let value = [UInt8](repeating: 7, count: 1 << 20)
    let entry = BoltBucket.Entry(key: [1], content: .value(value[...]))
    let content = BoltContent(
      transaction: 2, pageSize: 4096, root: BoltBucket(entries: [entry]))
    var largest = 0
    var others = 0
    CompactFile(content).write { piece in
      if piece.count > largest { largest = piece.count } else { others = max(others, piece.count) }
    }
    #expect(largest == value.count && others <= 32 << 10)
  }

  /// Quadratic time would take minutes.
  @Test(.timeLimit(.minutes(1)))
  func eightMegabytesInOneTreeAreReadAndWrittenInLinearTime() throws {
    let value = [UInt8](repeating: 7, count: 1000)
    let entries = (0..<8000).map { number in
      BoltBucket.Entry(
        key: [UInt8(number >> 8), UInt8(number & 0xff)], content: .value(value[...]))
    }
    let content = BoltContent(
      transaction: 2, pageSize: 4096, root: BoltBucket(entries: entries))
    let bytes = content.compactFile()
    let again = try BoltDatabase.read(MemorySource(bytes[...], name: "compact"))
    #expect(again.root.entries.count == 8000)
  }

  @Test func moreEntriesThanTheLimitAreRefused() throws {
    let entries = (0..<20).map { BoltBucket.Entry(key: [UInt8($0)], content: .value([])) }
    let inner = BoltBucket(entries: entries)
    let root = BoltBucket(entries: [.init(key: [1], content: .bucket(inner))])
    let bytes = BoltContent(transaction: 2, pageSize: 4096, root: root).compactFile()
    func read(_ limit: Int) throws(BoltError) -> BoltContent {
      try BoltDatabase.read(
        MemorySource(bytes[...], name: "many"), limits: ReadLimits(entries: limit))
    }
    #expect(try read(21).root.entryCount == 21)
    let error = #expect(throws: BoltError.self) { _ = try read(20) }
    #expect(error?.code == .tooLarge)
  }

  private static func bucket(depth: Int, _ random: inout SeededRandom) -> BoltBucket {
    let count = Int.random(in: 0...[0, 3, 40, 200].randomElement(using: &random)!, using: &random)
    var keys: Set<[UInt8]> = []
    for _ in 0..<count {
      let length = Int.random(in: 1...[2, 9, 700].randomElement(using: &random)!, using: &random)
      keys.insert((0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
    let sorted = keys.sorted { $0.lexicographicallyPrecedes($1) }
    let entries = sorted.map { key in
      if depth > 0, Int.random(in: 0...30, using: &random) == 0 {
        return BoltBucket.Entry(
          key: key[...], content: .bucket(bucket(depth: depth - 1, &random)))
      }
      let length = Int.random(in: 0...[0, 30, 5000].randomElement(using: &random)!, using: &random)
      let value = [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: length)
      return BoltBucket.Entry(key: key[...], content: .value(value[...]))
    }
    return BoltBucket(sequence: UInt64.random(in: 0...3, using: &random), entries: entries)
  }
}
