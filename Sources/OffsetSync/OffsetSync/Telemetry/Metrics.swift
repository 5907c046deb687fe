/// What the sidecar counts and measures, under the names that dashboards of the existing operator
/// know.
///
/// Values accumulate from the start of the process; `OTLPMetrics` writes them down.
public final class Metrics {
  /// Prefix of every name, and the name of the instrumentation scope.
  static let scope = "dash0.operator.filelog_offset_sync"

  /// How many kinds of errors are told apart; further ones count as ``otherErrors``.
  static let errorTypeLimit = 32
  static let otherErrors = "_OTHER"

  private(set) var updates = 0
  private(set) var compressedSize: Int?
  private(set) var durations = Histogram()
  private(set) var errors: [String: Int] = [:]
  private(set) var snapshotRetries = 0
  private(set) var volumeUsed: Int?
  private(set) var mapUsed: Int?
  private(set) var updateInterval: Duration?

  /// Nothing counted yet.
  public init() {}

  /// The offsets were stored.
  /// - Parameters:
  ///   - compressedSize: of the payload, in bytes.
  ///   - duration: from the look at the directory to the API server's answer.
  public func recordUpdate(compressedSize: Int, duration: Duration) {
    updates += 1
    self.compressedSize = compressedSize
    durations.record(duration / .seconds(1))
  }

  /// An update failed.
  /// - Parameter type: one of few words, such as `unauthenticated`; never a message.
  public func countError(type: String) {
    let isKnown = errors[type] != nil || errors.count < Self.errorTypeLimit
    errors[isKnown ? type : Self.otherErrors, default: 0] += 1
  }

  /// A database changed while it was read and had to be read again.
  public func countSnapshotRetry(_ times: Int = 1) {
    snapshotRetries += times
  }

  /// Bytes that the files in the offsets directory occupy.
  public func setVolumeUsed(_ bytes: Int) {
    volumeUsed = bytes
  }

  /// How far apart stores are by now, which the API server decides when it is slow.
  public func setUpdateInterval(_ interval: Duration) {
    updateInterval = interval
  }

  /// Bytes of all values of the config map, where they are known.
  public func setMapUsed(_ bytes: Int) {
    mapUsed = bytes
  }
}
