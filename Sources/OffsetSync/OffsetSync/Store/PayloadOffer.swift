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
  public func whole() throws(StoreError) -> [UInt8] {
    if let known { return known }
    let snapshot = state?.snapshot ?? Snapshot()
    let limits = PayloadLimits()
    guard let packed = Payload.pack(snapshot, directory: directory, within: limits) else {
      throw StoreError(
        .full,
        "this node's offsets take more memory than there is to store them: \(snapshot.size) bytes "
          + "and twice their payload, together more than \(limits.memoryBytes); what helps: fewer "
          + "log files a node, or a volume of your own "
          + "(operator.collectors.filelogOffsetSyncStorageVolume)")
    }
    known = packed
    return packed
  }
}
