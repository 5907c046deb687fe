/// An amount of memory, processor or storage as Kubernetes writes it: `500Mi`, `0.5`, `100m`, `1e3`.
///
/// Source: k8s.io/apimachinery/pkg/api/resource. Comparisons are exact enough to tell a request from
/// a limit; the text itself is passed through.
public struct Quantity: Hashable, Sendable {
  /// As it was written.
  public let text: String
  /// In units of one: bytes or processors.
  public let amount: Double

  /// Nil for a text that is not a quantity.
  public init?(_ text: String) {
    let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
    guard digits.contains(where: { $0 != "." }), digits.count(where: { $0 == "." }) <= 1,
      let number = Double(digits.hasSuffix(".") ? digits + "0" : digits),
      let factor = Self.factor(text.dropFirst(digits.count))
    else { return nil }
    self.text = text
    amount = number * factor
    guard amount.isFinite else { return nil }
  }

  private static func factor(_ suffix: Substring) -> Double? {
    if let known = factors[String(suffix)] { return known }
    guard let mark = suffix.first, mark == "e" || mark == "E" else { return nil }
    guard let exponent = Int(suffix.dropFirst()), abs(exponent) <= 30 else { return nil }
    return Double("1e\(exponent)")
  }

  private static let factors: [String: Double] = [
    "": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
    "E": 1e18, "Ki": 0x1p10, "Mi": 0x1p20, "Gi": 0x1p30, "Ti": 0x1p40, "Pi": 0x1p50, "Ei": 0x1p60,
  ]
}
