internal import FilelogText

/// Text as it stands in HTML and SVG.
public enum HTML {
  /// The text with `&`, `<`, `>` and quotes written as entities, and without what moves, hides or
  /// reverses text.
  ///
  /// It works on bytes. To Swift's characters, a bracket behind U+0600 or before a combining mark is
  /// not a bracket; to a browser it is.
  public static func escape(_ text: String) -> String {
    var out: [UInt8] = []
    for byte in text.printableLines.utf8 {
      switch byte {
      case UInt8(ascii: "&"): out += "&amp;".utf8
      case UInt8(ascii: "<"): out += "&lt;".utf8
      case UInt8(ascii: ">"): out += "&gt;".utf8
      case UInt8(ascii: "\""): out += "&quot;".utf8
      case UInt8(ascii: "'"): out += "&#39;".utf8
      default: out.append(byte)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// `12.3` for a coordinate: more digits only make the page longer.
  public static func number(_ value: Double) -> String {
    let tenths = (value * 10).rounded() / 10
    return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
  }
}
