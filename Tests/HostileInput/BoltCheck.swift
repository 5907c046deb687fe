internal import BoltFile

/// A database is refused, or read to content that survives being written compactly.
enum BoltCheck {
  static func violation(_ bytes: [UInt8]) -> String? {
    if let violation = violationAsIs(bytes) { return violation }
    // Nearly every change to a meta page breaks its checksum, and nothing behind it is looked at.
    let mended = withMendedChecksums(bytes)
    return mended == bytes ? nil : violationAsIs(mended)
  }

  private static func violationAsIs(_ bytes: [UInt8]) -> String? {
    let content: BoltContent
    do {
      content = try BoltDatabase.read(MemorySource(bytes[...], name: "fuzzed"))
    } catch {
      if error.code == .changing { return "memory is reported to change" }
      let isPlaced = error.page != nil && error.offset != nil
      return isPlaced ? nil : "damage without a place"
    }
    do {
      let compact = content.compactFile()
      // Room for every page that compacting fills less than its source did.
      if compact.count > 4 * bytes.count + 1 << 20 { return "the compact file is much larger" }
      let again = try BoltDatabase.read(MemorySource(compact[...], name: "compact"))
      return again == content ? nil : "compacting changes the content"
    } catch { return "the compact file is refused: \(error)" }
  }

  /// The bytes with the right checksum in both meta pages.
  private static func withMendedChecksums(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    let length = BoltFormat.pageHeaderSize + BoltFormat.metaSize
    guard bytes.count >= length else { return bytes }
    let pageSize = (0..<4).reduce(0) { $0 | Int(bytes[24 + $1]) << (8 * $1) }
    for start in [0, pageSize] where start <= bytes.count - length {
      let meta = start + BoltFormat.pageHeaderSize
      let end = meta + BoltFormat.metaSize
      // FNV-1a, 64 bits, over all of the meta but the checksum itself.
      var sum = bytes[meta..<end - 8].reduce(0xcbf2_9ce4_8422_2325) {
        ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3
      }
      for index in end - 8..<end {
        bytes[index] = UInt8(truncatingIfNeeded: sum)
        sum >>= 8
      }
    }
    return bytes
  }
}
