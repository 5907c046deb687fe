/// Kubernetes quantities, as far as the emulator must know them: whether a text is one, and the
/// form in which the API server gives it back.
enum Quantity {
  static let refusal =
    "quantities must match the regular expression "
    + "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

  /// The API server's form of a quantity, nil for text that is none.
  ///
  /// A number whose mantissa is whole keeps its suffix, unless a larger suffix of the same family
  /// takes it exactly (`1024Mi` is `1Gi`, `1000m` is `1`).
  static func canonical(_ text: String) -> String? {
    guard let parsed = parse(text) else { return nil }
    switch parsed.suffix {
    case .binary(let power): return binary(parsed, power)
    case .decimal(let exponent): return decimal(parsed, exponent)
    case .scientific: return text
    }
  }

  private enum Suffix {
    case binary(Int)
    case decimal(Int)
    case scientific
  }

  private struct Parsed {
    var isNegative: Bool
    /// All digits, the decimal point taken out.
    var digits: Int
    var decimals: Int
    var suffix: Suffix
    var text: String
  }

  private static let binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
  private static let decimalSuffixes = [
    -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E",
  ]

  private static func parse(_ text: String) -> Parsed? {
    var rest = Substring(text)
    var isNegative = false
    if let sign = rest.first, sign == "-" || sign == "+" {
      isNegative = sign == "-"
      rest = rest.dropFirst()
    }
    let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    rest = rest.dropFirst(number.count)
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, number.contains(where: \.isNumber), let suffix = suffix(rest) else {
      return nil
    }
    let decimals = parts.count == 2 ? parts[1].count : 0
    guard let digits = Int(parts.joined()) else { return nil }
    return Parsed(
      isNegative: isNegative, digits: digits, decimals: decimals, suffix: suffix, text: text)
  }

  private static func suffix(_ text: Substring) -> Suffix? {
    if let exponent = decimalSuffixes.first(where: { $0.value == text })?.key {
      return .decimal(exponent)
    }
    if let power = binarySuffixes.firstIndex(of: String(text)) { return .binary(power) }
    guard let first = text.first, first == "e" || first == "E", Int(text.dropFirst()) != nil else {
      return nil
    }
    return .scientific
  }

  private static func binary(_ parsed: Parsed, _ power: Int) -> String {
    var (value, power, decimals) = (parsed.digits, power, parsed.decimals)
    if value == 0 { return "0" }
    // 1.5Gi is 1536Mi.
    while decimals > 0 {
      if value % 10 == 0 {
        value /= 10
        decimals -= 1
      } else if power > 0, value < Int.max / 1024 {
        value *= 1024
        power -= 1
      } else {
        return parsed.text
      }
    }
    while value % 1024 == 0, power + 1 < binarySuffixes.count {
      value /= 1024
      power += 1
    }
    return sign(parsed) + String(value) + binarySuffixes[power]
  }

  private static func decimal(_ parsed: Parsed, _ exponent: Int) -> String {
    var (value, exponent) = (parsed.digits, exponent - parsed.decimals)
    if value == 0 { return "0" }
    while value % 10 == 0 {
      value /= 10
      exponent += 1
    }
    while exponent % 3 != 0, value < Int.max / 10 {
      value *= 10
      exponent -= 1
    }
    guard let suffix = decimalSuffixes[exponent] else { return parsed.text }
    return sign(parsed) + String(value) + suffix
  }

  private static func sign(_ parsed: Parsed) -> String { parsed.isNegative ? "-" : "" }
}
