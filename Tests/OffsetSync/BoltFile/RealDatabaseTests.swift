import BoltFile
import FilelogEncodings
import FilelogJSON
import TestSupport
import Testing

@Suite struct RealDatabaseTests {
  static let sound = Fixture.all(in: "collector") + Fixture.all(in: "bbolt")

  @Test(arguments: sound)
  func isReadToItsExpectedContent(_ fixture: Fixture) throws {
    let bytes = try fixture.bytes()
    let expected = try fixture.expected()
    let content = try BoltDatabase.read(MemorySource(bytes[...], name: fixture.name))
    #expect(content.transaction == UInt64(expected["txid"]?.integer ?? -1))
    #expect(content.pageSize == expected["pageSize"]?.integer)
    try expect(content, equals: expected)
  }

  @Test(arguments: sound)
  func holdsTheSameAfterItWasWrittenCompactly(_ fixture: Fixture) throws {
    let bytes = try fixture.bytes()
    let content = try BoltDatabase.read(MemorySource(bytes[...], name: fixture.name))
    let compact = content.compactFile()
    let again = try BoltDatabase.read(MemorySource(compact[...], name: "compact"))
    #expect(again == content)
    #expect(again.compactFile() == compact)
    if fixture.name.hasPrefix("collector/") { #expect(compact.count <= bytes.count) }
  }

  @Test func thereAreAllThirteenScenariosOfTheCollector() {
    let directories = Set(Fixture.all(in: "collector").map { $0.name.split(separator: "/")[1] })
    #expect(directories.count == 13)
  }
}

@Suite struct DamagedDatabaseTests {
  @Test(arguments: Fixture.all(in: "damaged"))
  func isReadOrRefusedAsItsExpectedFileSays(_ fixture: Fixture) throws {
    let expected = try fixture.expected()
    let bytes = try fixture.bytes()
    let source = MeteredSource(MemorySource(bytes[...], name: "receiver_filelog_"))
    let result = Result { () throws(BoltError) in try BoltDatabase.read(source) }
    // A reader allocates what it asks for: never more at once than there is or one page can hold.
    #expect(source.largest <= max(bytes.count, BoltFormat.pageSizes.upperBound))
    #expect(source.total <= 2 * bytes.count + BoltFormat.pageSizes.upperBound)
    switch expected["strictReader"]?.string {
    case "reads":
      try expectRealContent(of: try result.get(), fixture: expected)
    case "rejects":
      let error = #expect(throws: BoltError.self) { try result.get() }
      #expect(error?.file == "receiver_filelog_")
      #expect(error?.page != nil)
      #expect(error?.offset != nil)
      let size = UInt64(bytes.count)
      #expect(try #require(error?.offset) <= max(size, UInt64(BoltFormat.pageSizes.upperBound)))
    case "either":
      if case .success(let content) = result {
        try expectRealContent(of: content, fixture: expected)
      }
    default: Issue.record("unknown expectation")
    }
  }

  @Test func elementsThatShareTheirBytesAreRefused() throws {
    let entries = (10..<50).map {
      BoltBucket.Entry(
        key: Array("key-\($0)".utf8)[...], content: .value(Array("value of the key".utf8)[...]))
    }
    let root = BoltBucket(entries: [
      .init(key: Array("default".utf8)[...], content: .bucket(BoltBucket(entries: entries)))
    ])
    var file = BoltContent(transaction: 2, pageSize: 4096, root: root).compactFile()
    // The bucket's page is written before the root's. Every value now reaches to the page's end.
    let page = 2 * 4096
    for index in entries.indices {
      let element = 16 + index * 16
      let position = Int(file[page + element + 4]) | Int(file[page + element + 5]) << 8
      let size = 4096 - (element + position + 6)
      file[page + element + 12] = UInt8(size & 0xff)
      file[page + element + 13] = UInt8(size >> 8)
    }
    let error = #expect(throws: BoltError.self) {
      try BoltDatabase.read(MemorySource(file[...], name: "receiver_filelog_"))
    }
    #expect(
      error?.description == "receiver_filelog_: page 2, offset 8224: its elements overlap")
  }

  @Test func aBucketInAnInlineBucketIsRefused() throws {
    // An empty inline bucket: its header, and a leaf page without elements.
    let empty =
      [UInt8](repeating: 0, count: 16) + [0, 0, 0, 0, 0, 0, 0, 0, 2] + [0, 0, 0, 0, 0, 0, 0]
    let value = BoltBucket.Entry(key: [1], content: .value(empty[...]))
    let root = BoltBucket(entries: [
      .init(key: [0], content: .bucket(BoltBucket(entries: [value])))
    ])
    var file = BoltContent(transaction: 2, pageSize: 1024, root: root).compactFile()
    // The only page: its bucket is inline, and that one's value is now said to be a bucket too.
    let inline = 2 * 1024 + 16 + 16 + 1 + 16
    file[inline + 16] = 1
    let error = #expect(throws: BoltError.self) {
      try BoltDatabase.read(MemorySource(file[...], name: "receiver_filelog_"))
    }
    #expect(
      error?.description
        == "receiver_filelog_: page 2, offset 2113: an inline bucket holds a bucket")
  }

  @Test func aSparseFileOfManyPagesIsRefusedBeforeAnyIsRead() throws {
    let file = BoltContent(transaction: 2, pageSize: 1024, root: BoltBucket()).compactFile()
    let source = MeteredSource(MemorySource(file[...], name: "sparse"), claiming: 1 << 40)
    let error = #expect(throws: BoltError.self) { try BoltDatabase.read(source) }
    #expect(error?.code == .tooLarge)
    #expect(
      error?.description
        == "sparse: page 16777216, offset 17179869184: 1073741824 pages are too many")
    #expect(source.total < 1024)
  }

  /// What the real library read: written out, or the source's content.
  private func expectRealContent(of content: BoltContent, fixture: JSONValue) throws {
    let read = fixture["bbolt"]?["read"]?["content"]
    if let read, read["buckets"]?.array != nil {
      try expect(content, equals: read)
    } else {
      var name = try #require(fixture["source"]?.string)
      if name.hasSuffix(".db.gz") { name.removeLast(3) }
      try expect(content, equals: try Fixture(name: name).expected())
    }
  }
}

/// Counts what a reader asks for.
private final class MeteredSource: ByteSource {
  private let base: MemorySource
  private let claimed: UInt64?
  private(set) var largest = 0
  private(set) var total = 0

  init(_ base: MemorySource, claiming claimed: UInt64? = nil) {
    self.base = base
    self.claimed = claimed
  }

  var name: String { base.name }
  func size() -> UInt64 { claimed ?? base.size() }

  func read(at offset: UInt64, count: Int) -> ArraySlice<UInt8> {
    largest = max(largest, count)
    total += count
    return base.read(at: offset, count: count)
  }
}
