/// What a store holds: a whole payload, and what changed since it was written, one step after the
/// other.
public struct StoredPayload: Hashable, Sendable {
  /// gzip(tar(offsets directory)).
  public let whole: [UInt8]
  /// What steps and a difference that belong to `whole` change; empty where nothing changed.
  let changes: [[UInt8]]

  /// A payload without a difference.
  public init(_ whole: [UInt8]) { self.init(whole, changes: []) }

  init(_ whole: [UInt8], changes: [[UInt8]]) {
    self.whole = whole
    self.changes = changes
  }

  /// - Parameter changes: of the difference; empty where there are none.
  init(_ whole: [UInt8], _ steps: Steps, _ changes: [UInt8]) {
    self.init(whole, changes: steps.changes + (changes.isEmpty ? [] : [changes]))
  }

  /// Bytes of both.
  public var count: Int { whole.count + changedBytes }

  /// Bytes of steps and difference.
  public var changedBytes: Int { changes.reduce(0) { $0 + $1.count } }

  /// Without the difference.
  public var base: Self { Self(whole) }
}
