/// What a store holds: a whole payload, and what changed since it was written.
public struct StoredPayload: Hashable, Sendable {
  /// gzip(tar(offsets directory)).
  public let whole: [UInt8]
  /// The changes of a difference that belongs to `whole`; nil where nothing changed.
  let changes: [UInt8]?

  /// A payload without a difference.
  public init(_ whole: [UInt8]) { self.init(whole, changes: nil) }

  init(_ whole: [UInt8], changes: [UInt8]?) {
    self.whole = whole
    self.changes = changes
  }

  /// Bytes of both.
  public var count: Int { whole.count + changedBytes }

  /// Bytes of the difference.
  public var changedBytes: Int { changes?.count ?? 0 }

  /// Without the difference.
  public var base: Self { Self(whole) }
}
