public import BoltFile
public import FilelogCheckpoint
internal import FilelogJSON
internal import FilelogSystemCalls

/// A node's offsets as they move: log files that grow, come and go.
public struct GrowingNode {
  public private(set) var files: [KnownFile] = []
  private var transaction: UInt64 = 100
  private var random: SeededRandom
  private var born = 0
  /// Between the first file's birth and now, in milliseconds.
  private var clock = 0
  private let encoding: Checkpoint.Encoding

  public init(files count: Int, seed: UInt64 = 1, encoding: Checkpoint.Encoding = .protobuf) {
    random = SeededRandom(seed: seed)
    self.encoding = encoding
    for _ in 0..<count { add() }
  }

  public mutating func add() {
    born += 1
    let pod = hexadecimal(32)
    let lines = (0..<12).map { index in
      let verb = ["GET /cart", "POST /order", "GET /item"][index % 3]
      let request = hexadecimal(16)
      let time = "2026-11-28T08:00:0\(index % 10).\(number(900_000_000) + 100_000_000)Z"
      return "\(time) stdout F \(verb) level=info pod=\(born) request \(request) "
        + "served in \(number(900)) ms\n"
    }
    files.append(
      KnownFile(
        fingerprint: Array(lines.joined().utf8.prefix(1000)), offset: 1400, recordNumber: 12,
        attributes: [
          "log.file.name": "0.log",
          "log.file.path": .string("/var/log/pods/shop_app-\(born)_\(pod)/main/0.log"),
        ], lastDataChange: now()))
  }

  public mutating func remove(_ index: Int) {
    if files.indices.contains(index) { files.remove(at: index) }
  }

  /// Each of some files gets so many lines, of 110 to 140 bytes each, at some time of the last second.
  public mutating func grow(_ indices: some Sequence<Int>, lines: ClosedRange<Int> = 5...5) {
    for index in indices where index < files.count {
      let count = Int.random(in: lines, using: &random)
      files[index].offset += Int64(110 * count + number(30 * count))
      files[index].recordNumber += Int64(count)
      files[index].lastDataChange = now()
    }
  }

  /// Some time of the last second, in nanoseconds since 1970.
  private mutating func now() -> Int64 {
    Int64(Self.start + clock) * 1_000_000 - Int64(number(1_000_000_000))
  }

  /// Milliseconds since 1970.
  private static let start = 1_795_860_000_000

  public mutating func change(_ body: (inout [KnownFile]) -> Void) { body(&files) }

  public mutating func pass(milliseconds: Int = 5000) {
    clock += milliseconds
    transaction += UInt64(milliseconds / 200)
  }

  private mutating func number(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

  private mutating func hexadecimal(_ count: Int) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: (0..<count).map { _ in digits[number(16)] }, as: UTF8.self)
  }

  /// The receiver's database.
  public var content: BoltContent {
    var content = receiverDatabase(
      transaction, Checkpoint(files: files, encoding: encoding).encoded())
    content.writtenAt = .milliseconds(Int64(Self.start + clock))
    return content
  }
}

/// A database of one value, as the receiver's are.
public func receiverDatabase(_ transaction: UInt64, _ value: [UInt8]) -> BoltContent {
  let bucket = BoltBucket(entries: [
    .init(key: Checkpoint.knownFilesKey[...], content: .value(value[...]))
  ])
  let root = BoltBucket(entries: [.init(key: Checkpoint.bucket[...], content: .bucket(bucket))])
  return BoltContent(transaction: transaction, pageSize: 4096, root: root)
}
