internal import Encodings

/// The folder that a payload's entries lie in: its first entry, which every sidecar writes first.
///
/// A sidecar packs its own offsets directory, which is the contract's but in tests and simulations.
enum PayloadRoot {
  private static let headerSize = 512

  /// - Returns: the absolute path, or nil when the first entry is no folder.
  static func find(in payload: [UInt8]) -> String? {
    guard let header = firstHeader(payload), header[156] == UInt8(ascii: "5") else { return nil }
    let name = text(header[0..<100])
    let prefix = text(header[345..<500])
    let path = prefix.isEmpty ? name : prefix + "/" + name
    return path.hasPrefix("/") ? path : nil
  }

  private static func firstHeader(_ payload: [UInt8]) -> [UInt8]? {
    let header = try? GzipReader(payload, limit: headerSize).read(headerSize)
    return header?.count == headerSize ? header : nil
  }

  /// The text before the first zero byte.
  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }
}
