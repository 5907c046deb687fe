extension String {
  /// The text on one line, without characters by which foreign text could move the cursor,
  /// colour the terminal, or reverse the direction of writing: these are written as escapes.
  public var printable: String { escaped { _ in true } }

  /// The same, but lines and tabs stay.
  public var printableLines: String { escaped { $0 != "\n" && $0 != "\t" } }

  private func escaped(_ isWanted: (Unicode.Scalar) -> Bool) -> String {
    guard unicodeScalars.contains(where: { $0.isTerminalControl }) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      guard scalar.isTerminalControl, isWanted(scalar) else {
        text.unicodeScalars.append(scalar)
        continue
      }
      switch scalar {
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      default: text += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return text
  }
}

extension Unicode.Scalar {
  /// The controls of ASCII and of ISO 6429, and the marks of direction, of breaks, of other text and
  /// of nothing: what moves the cursor, or lets text look like other text.
  public var isTerminalControl: Bool {
    switch value {
    case 0..<0x20, 0x7f..<0xa0, 0xad, 0x61c, 0x180e, 0x200b...0x200f, 0x2028...0x202e,
      0x2060...0x206f, 0xfeff, 0xfff9...0xfffb, 0xe0000...0xe007f:
      true
    default: false
    }
  }
}
