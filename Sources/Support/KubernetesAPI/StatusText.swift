internal import FilelogText

/// Makes the server's text fit to be shown: several messages repeat the object that was sent, keys,
/// values and all, and a log line must not.
enum StatusText {
  /// A quoted value or a word longer than this, in bytes, is left out. Names end at 253.
  static let longestValue = 260

  /// Leaves out quoted text that is long or holds an object, objects, and words without end; takes
  /// control characters for spaces; cuts at `limit` bytes.
  static func clean(_ text: String, limit: Int = KubernetesStatus.messageLimit) -> String {
    var out = ""
    var rest = text[...]
    while let character = rest.first, out.utf8.count <= limit {
      switch character {
      case "\"": out += quoted(&rest)
      case "{": out += braced(&rest)
      case _ where character.isWhitespace || character.isControl:
        out += " "
        rest.removeFirst()
      default: out += word(&rest)
      }
    }
    while rest.isEmpty, out.last == " " { out.removeLast() }
    return out.cut(atBytes: limit)
  }

  private static func quoted(_ rest: inout Substring) -> String {
    let inner = takeQuoted(&rest)
    guard let inner else { return "\"…" }
    let isFit =
      inner.utf8.count <= longestValue && !inner.contains("{") && !inner.contains { $0.isControl }
    return isFit ? "\"\(inner)\"" : "\"…\""
  }

  /// The text up to the closing quote, escapes kept; nil when there is none.
  private static func takeQuoted(_ rest: inout Substring) -> Substring? {
    rest.removeFirst()
    var end = rest.startIndex
    while end < rest.endIndex, rest[end] != "\"" {
      let step = rest[end] == "\\" ? 2 : 1
      end = rest.index(end, offsetBy: step, limitedBy: rest.endIndex) ?? rest.endIndex
    }
    let inner = rest[..<end]
    let isClosed = end < rest.endIndex
    rest = isClosed ? rest[rest.index(after: end)...] : rest[end...]
    return isClosed ? inner : nil
  }

  private static func braced(_ rest: inout Substring) -> String {
    var depth = 0
    repeat {
      switch rest.first {
      case nil: return "{…"
      case "\"":
        guard takeQuoted(&rest) != nil else { return "{…" }
        continue
      case "{": depth += 1
      case "}": depth -= 1
      default: break
      }
      rest.removeFirst()
    } while depth > 0
    return "{…}"
  }

  private static func word(_ rest: inout Substring) -> String {
    let word = rest.prefix { !$0.isWhitespace && !$0.isControl && $0 != "\"" && $0 != "{" }
    rest = rest[word.endIndex...]
    return word.utf8.count <= longestValue ? String(word) : "…"
  }
}

extension Character {
  fileprivate var isControl: Bool {
    unicodeScalars.contains { $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) }
  }
}
