import BoltFile
import FilelogCheckpoint
import FilelogJSON
import FilelogSystemCalls

@testable import OffsetSync

/// A node's offsets as they move: log files that grow, come and go.
struct GrowingNode {
  private(set) var files: [KnownFile] = []
  private var transaction: UInt64 = 100
  private var random: SeededRandom
  private var born = 0
  /// Between the first file's birth and now, in milliseconds.
  private var clock = 0
  let encoding: Checkpoint.Encoding

  init(files count: Int, seed: UInt64 = 1, encoding: Checkpoint.Encoding = .protobuf) {
    random = SeededRandom(seed: seed)
    self.encoding = encoding
    for _ in 0..<count { add() }
  }

  mutating func add() {
    born += 1
    let pod = (0..<32).map { _ in hex() }.joined()
    let lines = (0..<12).map { index in
      let verb = ["GET /cart", "POST /order", "GET /item"][index % 3]
      let request = (0..<16).map { _ in hex() }.joined()
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
        ]))
  }

  mutating func remove(_ index: Int) {
    if files.indices.contains(index) { files.remove(at: index) }
  }

  /// Each of some files gets so many lines.
  mutating func grow(_ indices: some Sequence<Int>, lines: Int = 5) {
    for index in indices where index < files.count {
      for _ in 0..<lines { files[index].offset += Int64(110 + number(30)) }
      files[index].recordNumber += Int64(lines)
    }
  }

  mutating func change(_ body: (inout [KnownFile]) -> Void) { body(&files) }

  mutating func pass(milliseconds: Int = 5000) {
    clock += milliseconds
    transaction += UInt64(milliseconds / 200)
  }

  private mutating func hex() -> String { String(number(16), radix: 16) }
  private mutating func number(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

  var content: BoltContent {
    var content = database(transaction, Checkpoint(files: files, encoding: encoding).encoded())
    content.writtenAt = .milliseconds(1_795_860_000_000 + clock)
    return content
  }

  var snapshot: Snapshot { Snapshot(files: ["receiver_filelog_": .database(content)]) }
  var state: SnapshotState { SnapshotState(snapshot) }
}
