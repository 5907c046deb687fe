internal import Glibc

/// How a value is written so that every YAML reader reads it back as the same value.
enum ScalarText {
  enum Style { case plain, quoted, literal }

  /// Plain only where no reader of YAML 1.1 or 1.2 could see a number, a boolean, a date or syntax:
  /// names, paths, addresses. All else is quoted; text of several lines is a literal block.
  static func style(of text: String) -> Style {
    guard let first = text.utf8.first, let last = text.utf8.last else { return .quoted }
    // By the C library: whole configurations are scalars, and this is asked of each.
    if text.withCString({ strchr($0, Int32(UInt8(ascii: "\n"))) != nil }) {
      return isLiteral(Array(text.utf8)) ? .literal : .quoted
    }
    guard isLetter(first) || first == UInt8(ascii: "/"), last != UInt8(ascii: ":"),
      text.withCString({ strspn($0, plainBytes) }) == text.utf8.count,
      !words.contains(text.lowercased())
    else { return .quoted }
    return hasSyntax(text) ? .quoted : .plain
  }

  /// With a point in it always: without one, `1e+20` is text to readers of YAML 1.1.
  static func of(_ number: Double) -> String {
    precondition(number.isFinite, "no number for \(number)")
    let text = "\(number)"
    guard let mark = text.firstIndex(of: "e"), !text.contains(".") else { return text }
    return text[..<mark] + ".0" + text[mark...]
  }

  /// What YAML 1.1 readers take for booleans or nulls.
  private static let words: Set<String> = [
    "true", "false", "yes", "no", "on", "off", "y", "n", "null",
  ]

  private static let plainBytes =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./: =()$+@;~*"

  /// `: ` would start a mapping; a space at the end would be lost.
  private static func hasSyntax(_ text: String) -> Bool {
    text.utf8.last == UInt8(ascii: " ") || text.withCString { strstr($0, ": ") != nil }
  }

  /// Lines of printable ASCII that neither begin nor end in white space, so that no indentation
  /// indicator is needed and nothing is trimmed.
  private static func isLiteral(_ bytes: [UInt8]) -> Bool {
    guard bytes.allSatisfy({ $0 == UInt8(ascii: "\n") || ($0 >= 0x20 && $0 < 0x7f) }),
      let first = bytes.first, first != 0x20, first != UInt8(ascii: "\n")
    else { return false }
    let endsInSpace = zip(bytes, bytes.dropFirst()).contains {
      $0 == 0x20 && $1 == UInt8(ascii: "\n")
    }
    let endsInBlankLine = bytes.suffix(2).elementsEqual([UInt8(ascii: "\n"), UInt8(ascii: "\n")])
    return !endsInSpace && !endsInBlankLine && bytes.last != 0x20
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
  }
}
