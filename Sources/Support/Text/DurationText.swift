extension Duration {
  /// Longest accepted: a year, far from where a `Duration` would overflow.
  private static let longest = 366.0 * 24 * 3600

  /// A length of time as people write it, a number and one unit: `250ms`, `5s`, `2m` or `1h`. Nil
  /// for anything else.
  public init?(text: String) {
    let number = text.prefix { ("0"..."9").contains($0) || $0 == "." }
    let seconds: Double
    switch text.dropFirst(number.count) {
    case "ms": seconds = 0.001
    case "s": seconds = 1
    case "m": seconds = 60
    case "h": seconds = 3600
    default: return nil
    }
    guard let amount = Double(number), amount.isFinite, amount * seconds <= Self.longest else {
      return nil
    }
    self = .seconds(amount * seconds)
  }
}
