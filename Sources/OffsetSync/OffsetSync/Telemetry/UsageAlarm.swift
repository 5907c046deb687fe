/// Decides when filling storage is worth a warning: once when it reaches four fifths, and not again
/// before it was clearly below.
public struct UsageAlarm: Hashable, Sendable {
  /// What there is to say.
  public enum Change: Hashable, Sendable {
    /// Four fifths are used.
    case filling
    /// Less than three quarters are used again.
    case relieved
  }

  /// In bytes.
  public let limit: Int
  private var isRaised = false

  /// - Precondition: `limit` is above zero.
  public init(limit: Int) {
    precondition(limit > 0, "storage holds something")
    self.limit = limit
  }

  /// - Returns: what to say now; nil when nothing is new.
  public mutating func note(used: Int) -> Change? {
    let share = Double(used) / Double(limit)
    if !isRaised, share >= 0.8 {
      isRaised = true
      return .filling
    }
    if isRaised, share < 0.75 {
      isRaised = false
      return .relieved
    }
    return nil
  }
}
