internal import FilelogJSON

/// Which plain scalars mean something else than their text.
enum CoreSchema {
  static func tag(_ name: String) -> String { "tag:yaml.org,2002:\(name)" }

  /// Source: yaml.org/type/bool.html, and gopkg.in/yaml.v2, by which Helm and kubectl read.
  private static let older: [String: Bool] = [
    "y": true, "Y": true, "yes": true, "Yes": true, "YES": true, "on": true, "On": true,
    "ON": true, "n": false, "N": false, "no": false, "No": false, "NO": false, "off": false,
    "Off": false, "OFF": false,
  ]

  /// Whether a plain scalar is a null.
  static func isNull(_ text: String) -> Bool {
    ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// The value of a plain scalar; nil for a number that JSON cannot hold (`.inf`, `.nan`, `1e999`).
  static func resolve(_ text: String, _ truthValues: YAML.TruthValues) -> JSONValue? {
    if isNull(text) { return .null }
    switch text {
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    if truthValues == .older, let flag = older[text] { return .bool(flag) }
    guard let first = text.utf8.first, couldStartNumber(first) else { return .string(text) }
    if let number = integer(text) { return .integer(number) }
    if isDecimal(text) { return finite(Double(text)) }
    let unsigned = text.utf8.first.map(isSign) == true ? text.dropFirst() : text[...]
    switch unsigned {
    case ".inf", ".Inf", ".INF": return nil
    case ".nan", ".NaN", ".NAN": return unsigned.count == text.count ? nil : .string(text)
    default: return .string(text)
    }
  }

  /// Decimal, `0x…`, `0o…`, and the older octal `0644`; nil when it is none or does not fit.
  private static func integer(_ text: String) -> Int? {
    let sign = text.utf8.first.map(isSign) == true ? String(text.prefix(1)) : ""
    let digits = text.dropFirst(sign.count)
    // Int(_:radix:) would accept a second sign.
    guard let first = digits.utf8.first, !isSign(first) else { return nil }
    if digits.hasPrefix("0x") { return parse(sign, digits.dropFirst(2), radix: 16) }
    if digits.hasPrefix("0o") { return parse(sign, digits.dropFirst(2), radix: 8) }
    if digits.count > 1, first == UInt8(ascii: "0") {
      return parse(sign, digits.dropFirst(), radix: 8) ?? parse(sign, digits, radix: 10)
    }
    return parse(sign, digits, radix: 10)
  }

  private static func parse(_ sign: String, _ digits: Substring, radix: Int) -> Int? {
    guard let first = digits.utf8.first, !isSign(first) else { return nil }
    return Int(sign + digits, radix: radix)
  }

  /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
  private static func isDecimal(_ text: String) -> Bool {
    var rest = text.utf8[...]
    if let first = rest.first, isSign(first) { rest.removeFirst() }
    let whole = dropDigits(&rest)
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fraction = dropDigits(&rest)
    }
    guard whole + fraction > 0 else { return false }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      if let first = rest.first, isSign(first) { rest.removeFirst() }
      guard dropDigits(&rest) > 0 else { return false }
    }
    return rest.isEmpty
  }

  private static func dropDigits(_ rest: inout Substring.UTF8View) -> Int {
    let before = rest.count
    rest = rest.drop { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    return before - rest.count
  }

  private static func finite(_ number: Double?) -> JSONValue? {
    guard let number, number.isFinite else { return nil }
    return .number(number)
  }

  private static func couldStartNumber(_ byte: UInt8) -> Bool {
    isSign(byte) || byte == UInt8(ascii: ".")
      || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
  }

  private static func isSign(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
  }
}
