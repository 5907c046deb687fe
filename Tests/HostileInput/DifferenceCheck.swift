internal import BoltFile
internal import FilelogCheckpoint
internal import FilelogEncodings
internal import OffsetSync

/// A difference is refused, or leads to a state that survives being packed. Past the compression and
/// the digest of the state chance does not come: bytes are taken as what is compressed, too.
enum DifferenceCheck {
  /// A receiver that knows one log file: five items.
  private static let base: [UInt8] = {
    let files = [KnownFile(fingerprint: Array("a log file".utf8), offset: 7, recordNumber: 1)]
    let bucket = BoltBucket(entries: [
      .init(
        key: Checkpoint.knownFilesKey[...],
        content: .value(Checkpoint(files: files).encoded()[...]))
    ])
    let root = BoltBucket(entries: [
      .init(key: Checkpoint.bucket[...], content: .bucket(bucket))
    ])
    return Payload.pack(
      Snapshot(files: [
        "receiver_filelog_": .database(BoltContent(transaction: 9, pageSize: 4096, root: root))
      ]), directory: Payload.contractDirectory)
  }()

  private static let digest = Array(SHA256.hash(base).prefix(16))
  private static let list =
    #"{"version":4,"round":1,"parts":[],"spares":[],"base":{"number":1,"sha256":"\#(digest.hexadecimal)"}}"#

  static func violation(_ bytes: [UInt8]) -> String? {
    for version in [1, 2] as [UInt8] {
      let header = [version, 1] + digest + [2]
      let changes =
        version == 1
        ? [UInt8](repeating: 0, count: 16) + sections(bytes)
        : [UInt8](repeating: 0, count: 8) + length(bytes) + bytes + sections(bytes)
      let found =
        violation(difference: header + bytes) ?? violation(difference: header + changes)
        ?? violation(steps: bytes, version)
        ?? violation(steps: length(changes) + changes + length(changes) + changes, version)
      if let found { return found }
    }
    return violation(difference: bytes)
  }

  /// The first byte says how long the first of two sections is.
  private static func sections(_ bytes: [UInt8]) -> [UInt8] {
    let rest = bytes.dropFirst()
    let control = Array(rest.prefix(Int(bytes.first ?? 0)))
    return [control, Array(rest.dropFirst(control.count))].flatMap { section in
      var out: [UInt8] = []
      Varint.append(UInt64(section.count), to: &out)
      let compressed = Deflate.compress(section)
      Varint.append(UInt64(compressed.count), to: &out)
      return out + compressed
    }
  }

  private static func length(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    Varint.append(UInt64(bytes.count), to: &out)
    return out
  }

  private static func violation(steps: [UInt8], _ version: UInt8) -> String? {
    violation(
      difference: [version, 1] + digest + [4] + length(steps) + SHA256.hash(steps).prefix(16),
      steps: steps)
  }

  private static func violation(difference: [UInt8], steps: [UInt8]? = nil) -> String? {
    let (stored, _) = NodePayload.stored(
      whole: base, list: list, difference: difference, steps: steps)
    guard let snapshot = try? Payload.unpack(stored) else { return nil }
    let packed = Payload.pack(snapshot, directory: Payload.contractDirectory)
    return (try? Payload.unpack(packed)) == nil ? "the state is refused when it is packed" : nil
  }

  /// How long the control section is, the section, and what is new.
  static let seeds: [[UInt8]] = [
    [], [0], [4, 5, 0, 0, 0], [5, 5, 1, 4, 0, 0], [8, 5, 0, 1, 4, 1, 3, 1, 1],
    [9, 5, 0, 1, 0, 1, 1, 0, 0, 0], [9, 5, 0, 2, 0, 3, 1, 1, 1, 0, 0],
    [4, 5, 0, 0, 1, 1, 1, 5, 0x6e, 0x6f, 0x74, 0x65, 0x73, 2, 1, 2],
    [4, 5, 0, 0, 1, 0x85, 0, 4, 0x0a, 2, 0x10, 5],
    [6, 5, 1, 0, 0, 1, 0, 0, 1, 1, 0x72, 0, 9, 8, 0x80, 0x20],
    [4, 5, 0, 0, 2, 0, 1, 1, 0x72, 0, 1, 0, 0x80, 0x20, 0x82, 0, 3],
    [9, 5, 5, 0, 0, 0, 0, 0, 0, 1, 3, 2, 1, 0x72, 1, 0x6b, 1, 0x31],
    [8, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xff, 0xff, 0x7f],
  ]
}
