internal import FilelogEncodings
internal import OffsetSync

/// A payload is refused, or unpacked to a snapshot that survives being packed, and whose files all
/// have names of files right in the directory.
enum PayloadCheck {
  private static let directory = Payload.contractDirectory

  static func violation(_ bytes: [UInt8]) -> String? {
    // Past gzip's checksum chance does not come, nor past the one of a tar header.
    let isGzip = bytes.starts(with: [0x1f, 0x8b])
    let payload = isGzip ? bytes : Gzip.compress(TarRepair.withMendedChecksums(bytes), .stored)
    guard let snapshot = try? Payload.unpack(payload) else { return nil }
    for name in snapshot.files.keys
    where name.isEmpty || name.utf8.contains(UInt8(ascii: "/")) || [".", ".."].contains(name) {
      return "a name leads elsewhere"
    }
    let packed = Payload.pack(snapshot, directory: directory)
    do {
      let again = try Payload.unpack(packed)
      guard again == snapshot else { return "packing changes the content" }
      return Payload.pack(again, directory: directory) == packed
        ? nil : "equal content is packed to different bytes"
    } catch { return "the packed snapshot is refused: \(error)" }
  }
}

enum TarRepair {
  /// The archive with the right checksum in every header, as far as sizes lead from one to the next.
  static func withMendedChecksums(_ archive: [UInt8]) -> [UInt8] {
    var archive = archive
    var start = 0
    while start <= archive.count - 512 {
      archive.replaceSubrange(start + 148..<start + 156, with: repeatElement(0x20, count: 8))
      let sum = archive[start..<start + 512].reduce(0) { $0 + Int($1) }
      guard sum != 8 * 0x20 else { return archive }
      let digits = String(sum, radix: 8)
      let text = String(repeating: "0", count: 6 - digits.count) + digits + "\0"
      archive.replaceSubrange(start + 148..<start + 155, with: text.utf8)
      let size = archive[start + 124..<start + 135].reduce(0) { ($0 << 3) | Int($1 & 7) }
      start += 512 + (size + 511) / 512 * 512
    }
    return archive
  }
}
