internal import FilelogEncodings

/// Changes that were set aside: each leads from the state after the one before it, the first from the
/// base. A difference that refers to them begins where they end.
///
/// They lie in a part map of their own, and steps are only ever added to those that a difference in
/// force refers to: bytes behind them are of a store that did not come to its end.
struct Steps: Hashable {
  /// What a difference refers to.
  struct Reference: Hashable {
    /// Of the map's bytes, from its first on.
    let bytes: Int
    /// The first half of those bytes' SHA-256.
    let digest: [UInt8]
  }

  /// The most of one base: a reader takes them one after the other.
  static let most = 8
  static let mostBytes = Difference.mostBytes

  private(set) var changes: [[UInt8]] = []
  /// As they lie in the map.
  private(set) var bytes: [UInt8] = []

  init() {}

  /// Reads the steps that a difference refers to.
  /// - Parameters:
  ///   - found: what the map holds; nil for nothing.
  ///   - version: of the form of the difference that refers to them, which is theirs.
  init(
    _ reference: Reference, in found: [UInt8]?, version: UInt8
  ) throws(DifferenceError) {
    guard let found, found.count >= reference.bytes else {
      throw DifferenceError(.steps, "the steps that it refers to are missing")
    }
    bytes = Array(found.prefix(reference.bytes))
    guard Self.digest(bytes) == reference.digest else {
      throw DifferenceError(.steps, "the steps that it refers to are not those that are stored")
    }
    var cursor = DifferenceCursor(bytes[...])
    while !cursor.rest.isEmpty {
      guard changes.count < Self.most else {
        throw DifferenceError(.tooLarge, "it refers to more than \(Self.most) steps")
      }
      let step = try cursor.bytes(try cursor.number(atMost: Difference.mostBytes))
      changes.append([version] + step)
    }
  }

  mutating func append(_ step: [UInt8]) {
    changes.append(step)
    Varint.append(UInt64(step.count - 1), to: &bytes)
    bytes += step.dropFirst()
  }

  /// Nil where there are none.
  var reference: Reference? {
    bytes.isEmpty ? nil : Reference(bytes: bytes.count, digest: Self.digest(bytes))
  }

  private static func digest(_ bytes: [UInt8]) -> [UInt8] {
    Array(SHA256.hash(bytes).prefix(Difference.Base.digestSize))
  }
}
