import FilelogJSON
import FilelogText
import Testing

/// Text of others stays text in every target, also where Swift takes its characters together.
@Suite struct EscapingTests {
  /// Combining marks, prepended marks and what is invisible.
  static let companions: [Unicode.Scalar] = (0x80...0x1ffff).compactMap { Unicode.Scalar($0) }
    .filter {
      switch $0.properties.generalCategory {
      case .nonspacingMark, .spacingMark, .enclosingMark, .format, .control: true
      default: false
      }
    }

  /// The sign with such a scalar before and behind it, and text around.
  static func surrounded(_ sign: String) -> [String] {
    companions.flatMap { ["a\($0)\(sign)b", "a\(sign)\($0)b"] }
  }

  @Test func everyDollarIsDoubled() {
    #expect(Self.companions.count > 2000)
    for text in Self.surrounded("${env:X}") {
      let doubled = text.dollarsDoubled
      #expect(doubled.utf8.count { $0 == UInt8(ascii: "$") } == 2)
      #expect(doubled.utf8.count == text.utf8.count + 1)
    }
  }

  @Test(arguments: [("", ""), ("$", "$"), ("$$", "$"), ("$$$", "$$"), ("a$$b$c$$$$", "a$b$c$$")])
  func twoDollarsAreReadAsOne(_ text: String, _ read: String) {
    #expect(text.dollarsHalved == read)
    #expect(text.dollarsDoubled.dollarsHalved == text)
  }

  @Test func logLinesHoldNoControls() throws {
    let logLine = JSONWriter.logLine
    for text in Self.surrounded("\u{1b}[31m\u{2028}\u{202e}\u{85}\n") {
      let line = logLine.string(.string(text))
      #expect(!line.unicodeScalars.contains { $0.isTerminalControl })
      #expect(try JSONValue(parsing: line) == .string(text))
    }
    let tag = "\u{e0041}"
    #expect(logLine.string(.string(tag)) == #""\udb40\udc41""#)
    #expect(JSONWriter.compact.string(.string(tag)) == "\"\(tag)\"")
  }

  @Test func printableTextHoldsNoControls() {
    for text in Self.surrounded("\u{1b}[2J\u{7}") {
      #expect(!text.printable.unicodeScalars.contains { $0.isTerminalControl })
    }
    #expect("a\nb\t\u{202e}".printableLines == "a\nb\t\\u{202e}")
  }
}
