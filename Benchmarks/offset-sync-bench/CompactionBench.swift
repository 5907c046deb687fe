import BoltFile

/// Reads and compacts databases whose entries all lie in one tree: time must grow as their size does.
struct CompactionBench {
  let rounds: Int

  func run() throws -> [Measurement] {
    try [1, 4, 8].map { megabytes in
      let bytes = Self.database(megabytes: megabytes)
      let time = try Clocks.medianCPU(rounds: rounds) {
        let source = MemorySource(bytes[...], name: "tree")
        _ = try BoltDatabase.read(source).compactFile()
      }
      return Measurement(subject: .tree(megabytes: megabytes), quantity: .compact, value: time)
    }
  }

  private static func database(megabytes: Int) -> [UInt8] {
    let value = [UInt8](repeating: 0x61, count: 1000)
    let entries = (0..<megabytes * 1000).map { number in
      BoltBucket.Entry(
        key: [UInt8(number >> 8), UInt8(number & 0xff)], content: .value(value[...]))
    }
    let root = BoltBucket(entries: entries)
    return BoltContent(transaction: 2, pageSize: 4096, root: root).compactFile()
  }
}
