import BoltFile
import FilelogCheckpoint
import FilelogSystemCalls
import Glibc
import TestSupport

@testable import OffsetSync

/// The filelog receiver as far as rotated files are concerned: `fileconsumer` of v0.156 with
/// `compression: auto`, patterns for logs that are written and for links.
///
/// It knows a file by its beginning, forgets it when it has not matched for three polls, reads a file
/// that vanished between two polls to its end, and counts what it read of a packed file in packed
/// bytes.
final class ModelReceiver {
  /// What it stores at the end of a poll.
  struct State {
    var files: [KnownFile] = []
    /// When it was stored, or what the sync container makes of that.
    var time: Duration?
    var transaction: BoltFormat.TransactionID = 7

    var database: BoltContent {
      let value = Checkpoint(files: files).encoded()
      let bucket = BoltBucket(entries: [
        .init(key: Checkpoint.knownFilesKey[...], content: .value(value[...]))
      ])
      var content = BoltContent(
        transaction: transaction, pageSize: 4096,
        root: BoltBucket(entries: [.init(key: Checkpoint.bucket[...], content: .bucket(bucket))]))
      content.writtenAt = time
      return content
    }
  }

  private let node: ModelNode
  /// Three generations of closed files.
  private var known: [[KnownFile]]
  private var open: [Reader] = []
  /// Lines by container, as they were delivered.
  private(set) var delivered: [[Int]]
  private(set) var errors = 0
  /// The newest.
  private(set) var transaction: BoltFormat.TransactionID

  private struct Reader {
    var file: KnownFile
    let path: String
    let descriptor: Int32
  }

  init(_ node: ModelNode, containers: Int = 1, from state: State) {
    self.node = node
    known = [state.files, [], []]
    // Opening the database commits twice.
    transaction = state.transaction + 2
    delivered = Array(repeating: [], count: containers)
  }

  deinit { for reader in open { close(reader.descriptor) } }

  /// One poll: it looks for files, and reads them.
  /// - Parameter delivering: what happens until it commits.
  /// - Returns: what it stores.
  func poll(_ delivering: () throws -> Void = {}) throws -> State {
    var current: [Reader] = []
    for path in matches() {
      let descriptor = Glibc.open(path, O_RDONLY)
      guard descriptor >= 0 else { continue }
      let beginning = Array(try content(descriptor).prefix(1000))
      if beginning.isEmpty || current.contains(where: { $0.file.fingerprint == beginning }) {
        close(descriptor)
        continue
      }
      var file = take(beginning) ?? KnownFile(fingerprint: beginning)
      file.fingerprint = beginning
      file.lastDataChange = file.lastDataChange ?? Self.nanoseconds(node.time)
      current.append(Reader(file: file, path: path, descriptor: descriptor))
    }
    // Files that were there at the last poll and are not any more.
    for index in open.indices {
      try readToEnd(&open[index])
      close(open[index].descriptor)
    }
    known[0] += open.map(\.file)
    open = current
    for index in open.indices { try readToEnd(&open[index]) }
    try delivering()
    let state = commit()
    known = [[], known[0], known[1]]
    return state
  }

  /// The end of it: it commits once more, and looks at nothing.
  func stop() -> State { commit() }

  private func commit() -> State {
    transaction += 1
    return State(
      files: known.flatMap(\.self) + open.map(\.file), time: node.time, transaction: transaction)
  }

  private func matches() -> [String] {
    let logs = HostFiles.list(node.pods).filter { $0.hasSuffix("/0.log") }
      .map { node.pods + "/" + $0 }
    return logs + HostFiles.list(node.links).map { node.links + "/" + $0 }
  }

  /// What was known of a file that begins so.
  private func take(_ beginning: [UInt8]) -> KnownFile? {
    func isOf(_ file: KnownFile) -> Bool {
      !file.fingerprint.isEmpty && beginning.starts(with: file.fingerprint)
    }
    if let index = open.firstIndex(where: { isOf($0.file) }) {
      close(open[index].descriptor)
      return open.remove(at: index).file
    }
    for generation in known.indices {
      if let index = known[generation].firstIndex(where: isOf) {
        return known[generation].remove(at: index)
      }
    }
    return nil
  }

  private func readToEnd(_ reader: inout Reader) throws {
    let raw = try bytes(reader.descriptor)
    let isPacked = raw.starts(with: [0x1f, 0x8b])
    var content = raw
    if isPacked {
      if reader.file.fileType == ".gz", reader.file.offset > 0 { return }
      content = try ModelNode.content(reader.path)
    } else if reader.file.fileType == ".gz" {
      reader.file.offset = 0
    }
    guard reader.file.offset <= content.count else {
      errors += 1
      return
    }
    let lines = Self.lines(Array(content.dropFirst(Int(reader.file.offset))))
    if !lines.isEmpty { reader.file.lastDataChange = Self.nanoseconds(node.time) }
    if let container = Self.container(content) { delivered[container] += lines }
    reader.file.offset = Int64(raw.count)
    reader.file.fileType = isPacked ? ".gz" : ""
  }

  private func content(_ descriptor: Int32) throws -> [UInt8] {
    let head = try LogFileHead.read(descriptor, .host)
    return head?.prefix ?? []
  }

  private func bytes(_ descriptor: Int32) throws -> [UInt8] {
    let size = try SystemCalls.host.status(descriptor).st_size
    return [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, filled in
      filled = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
    }
  }

  private static func nanoseconds(_ time: Duration) -> Int64 {
    time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000
  }

  /// The numbers of the lines in a piece of a log.
  static func lines(_ bytes: [UInt8]) -> [Int] {
    bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      Int(String(decoding: line.split(separator: UInt8(ascii: " ")).last ?? [], as: UTF8.self))
    }
  }

  private static func container(_ bytes: [UInt8]) -> Int? {
    let words = bytes.prefix { $0 != UInt8(ascii: "\n") }.split(separator: UInt8(ascii: " "))
    return words.count > 4 ? Int(String(decoding: words[4], as: UTF8.self)) : nil
  }
}
