/// What is to be stored: packed as a whole only where a store asks for that.
public final class PayloadOffer {
  /// Nil where only the whole is known.
  let state: SnapshotState?
  private let directory: String
  private var known: [UInt8]?

  /// - Parameters:
  ///   - snapshot: what is to be stored.
  ///   - directory: as in ``Payload/pack(_:directory:)``.
  public convenience init(_ snapshot: Snapshot, directory: String) {
    self.init(SnapshotState(snapshot), directory: directory)
  }

  /// A payload that is packed already.
  public init(packed payload: [UInt8]) {
    state = nil
    directory = ""
    known = payload
  }

  init(_ state: SnapshotState, directory: String) {
    self.state = state
    self.directory = directory
  }

  /// The whole payload, packed when it is asked for first.
  public var whole: [UInt8] {
    if let known { return known }
    let packed = Payload.pack(state?.snapshot ?? Snapshot(), directory: directory)
    known = packed
    return packed
  }
}
