extension Duration {
  /// Longest accepted: a year, far from where a `Duration` would overflow.
  private static let longest = 366.0 * 24 * 3600

  /// A length of time as people write it, a number and a unit: `250ms`, `5s`, `2m` or `1h`; or several
  /// of them, the larger unit first, as Go prints it: `1h30m`, `5m0s`. Nil for anything else.
  public init?(text: String) {
    var rest = text[...]
    var seconds = 0.0
    var unit = Double.infinity
    repeat {
      let number = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
      rest = rest.dropFirst(number.count)
      let name = rest.prefix { ("a"..."z").contains($0) }
      rest = rest.dropFirst(name.count)
      guard let next = Self.seconds(name), next < unit, let amount = Double(number),
        amount.isFinite
      else { return nil }
      unit = next
      seconds += amount * next
      guard seconds <= Self.longest else { return nil }
    } while !rest.isEmpty
    self = .seconds(seconds)
  }

  private static func seconds(_ unit: Substring) -> Double? {
    switch unit {
    case "ms": 0.001
    case "s": 1
    case "m": 60
    case "h": 3600
    default: nil
    }
  }
}
