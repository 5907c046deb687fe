/// One measured value.
struct Measurement: Equatable {
  let subject: Subject
  let quantity: Quantity
  let value: Double

  /// The most that it may be, where something is demanded.
  var target: Double? { Demands.most(quantity, of: subject) }

  var goSidecar: Double? { Demands.goSidecar(quantity, of: subject) }

  enum Verdict: String {
    case met
    /// Over the target, within the tolerance.
    case close
    case missed
  }

  /// - Parameter tolerance: the share of a time that a busy machine may add. Nothing else has one.
  func verdict(tolerance: Double) -> Verdict? {
    guard let target else { return nil }
    if value <= target { return .met }
    guard quantity.isTime else { return .missed }
    return value <= target * (1 + tolerance) ? .close : .missed
  }
}
