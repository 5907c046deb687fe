/// Writes JSON in one canonical form: members sorted by the bytes of their names, so that equal
/// values give equal bytes.
public struct JSONWriter: Sendable {
  /// Line breaks and two spaces a level, with a final newline; otherwise no white space at all.
  public let pretty: Bool

  /// For files and people.
  public static let pretty = JSONWriter(pretty: true)
  /// For the wire.
  public static let compact = JSONWriter(pretty: false)

  /// The UTF-8 bytes of a value.
  /// - Precondition: numbers are finite; JSON has no others.
  public func bytes(_ value: JSONValue) -> [UInt8] {
    var out: [UInt8] = []
    append(value, depth: 0, to: &out)
    if pretty { out.append(UInt8(ascii: "\n")) }
    return out
  }

  /// The text of a value, as ``bytes(_:)`` encodes it.
  public func string(_ value: JSONValue) -> String {
    String(decoding: bytes(value), as: UTF8.self)
  }

  private func append(_ value: JSONValue, depth: Int, to out: inout [UInt8]) {
    switch value {
    case .null: out += "null".utf8
    case .bool(let flag): out += (flag ? "true" : "false").utf8
    case .integer(let number): out += String(number).utf8
    case .number(let number):
      precondition(number.isFinite, "JSON has no number for \(number)")
      out += "\(number)".utf8
    case .string(let text): Self.append(text, to: &out)
    case .array(let elements):
      appendList(elements, "[", "]", depth, to: &out) { append($0, depth: depth + 1, to: &$1) }
    case .object(let members):
      let sorted = members.sorted { $0.key.precedesByBytes($1.key) }
      appendList(sorted, "{", "}", depth, to: &out) { member, out in
        Self.append(member.key, to: &out)
        out += (pretty ? ": " : ":").utf8
        append(member.value, depth: depth + 1, to: &out)
      }
    }
  }

  private func appendList<Element>(
    _ elements: [Element], _ open: String, _ close: String, _ depth: Int, to out: inout [UInt8],
    _ appendElement: (Element, inout [UInt8]) -> Void
  ) {
    out += open.utf8
    for (index, element) in elements.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      breakLine(depth + 1, &out)
      appendElement(element, &out)
    }
    if !elements.isEmpty { breakLine(depth, &out) }
    out += close.utf8
  }

  private func breakLine(_ depth: Int, _ out: inout [UInt8]) {
    guard pretty else { return }
    out.append(UInt8(ascii: "\n"))
    out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
  }

  private static func append(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): out += "\\\"".utf8
      case UInt8(ascii: "\\"): out += "\\\\".utf8
      case UInt8(ascii: "\n"): out += "\\n".utf8
      case UInt8(ascii: "\r"): out += "\\r".utf8
      case UInt8(ascii: "\t"): out += "\\t".utf8
      case 0..<0x20:
        let hex = String(byte, radix: 16)
        out += ("\\u00" + (hex.count == 1 ? "0" : "") + hex).utf8
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}
