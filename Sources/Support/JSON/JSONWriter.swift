internal import FilelogText

/// Writes JSON in one canonical form: members sorted by the bytes of their names, so that equal
/// values give equal bytes.
public struct JSONWriter: Sendable {
  /// Line breaks and two spaces a level, with a final newline; otherwise no white space at all.
  public let pretty: Bool
  /// Whether every `Unicode.Scalar.isTerminalControl` is escaped, not only those that JSON demands.
  private let escapesControls: Bool
  /// As Go writes: nil for the canonical form.
  private let leading: (@Sendable (_ depth: Int) -> [String])?

  private init(
    pretty: Bool, escapesControls: Bool = false,
    leading: (@Sendable (_ depth: Int) -> [String])? = nil
  ) {
    self.pretty = pretty
    self.escapesControls = escapesControls
    self.leading = leading
  }

  /// Not the canonical form but Go's, as an API server has it: `<`, `>` and `&` are escaped, a whole
  /// number has no fraction, and the members of `leading` come first in objects at that depth.
  package static func go(
    pretty: Bool, leading: @escaping @Sendable (_ depth: Int) -> [String]
  ) -> JSONWriter {
    JSONWriter(pretty: pretty, leading: leading)
  }

  /// For files and people.
  public static let pretty = JSONWriter(pretty: true)
  /// For the wire.
  public static let compact = JSONWriter(pretty: false)
  /// For one line of a log, which people read in a terminal: what would move the cursor or hide text
  /// is escaped too.
  public static let logLine = JSONWriter(pretty: false, escapesControls: true)

  /// The UTF-8 bytes of a value.
  /// - Precondition: numbers are finite; JSON has no others.
  public func bytes(_ value: JSONValue) -> [UInt8] {
    var out: [UInt8] = []
    append(value, to: &out)
    if pretty { out.append(UInt8(ascii: "\n")) }
    return out
  }

  /// The text of a value, as ``bytes(_:)`` encodes it.
  public func string(_ value: JSONValue) -> String {
    String(decoding: bytes(value), as: UTF8.self)
  }

  /// An array or object that is being written.
  private struct Frame {
    var elements: [JSONValue] = []
    /// In their order, for an object.
    var members: [(name: String, value: JSONValue)]?
    var next = 0

    var count: Int { members?.count ?? elements.count }
  }

  /// Without recursion: a tree may be as deep as ``JSONValue/depthLimit``.
  private func append(_ root: JSONValue, to out: inout [UInt8]) {
    var open: [Frame] = []
    append(root, to: &out, &open)
    while let frame = open.last {
      let depth = open.count
      guard frame.next < frame.count else {
        open.removeLast()
        breakLine(depth - 1, &out)
        out.append(frame.members == nil ? UInt8(ascii: "]") : UInt8(ascii: "}"))
        continue
      }
      open[depth - 1].next += 1
      if frame.next > 0 { out.append(UInt8(ascii: ",")) }
      breakLine(depth, &out)
      if let member = frame.members?[frame.next] {
        append(member.name, to: &out)
        out += (pretty ? ": " : ":").utf8
        append(member.value, to: &out, &open)
      } else {
        append(frame.elements[frame.next], to: &out, &open)
      }
    }
  }

  /// Writes a value, or the beginning of one that has others in it.
  private func append(_ value: JSONValue, to out: inout [UInt8], _ open: inout [Frame]) {
    switch value {
    case .null: out += "null".utf8
    case .bool(let flag): out += (flag ? "true" : "false").utf8
    case .integer(let number): out += String(number).utf8
    case .number(let number):
      precondition(number.isFinite, "JSON has no number for \(number)")
      let whole = leading == nil ? nil : Int(exactly: number)
      out += (whole.map { "\($0)" } ?? "\(number)").utf8
    case .string(let text): append(text, to: &out)
    case .array(let elements):
      out += (elements.isEmpty ? "[]" : "[").utf8
      if !elements.isEmpty { open.append(Frame(elements: elements)) }
    case .object(let members):
      out += (members.isEmpty ? "{}" : "{").utf8
      guard !members.isEmpty else { return }
      open.append(Frame(members: ordered(members, depth: open.count)))
    }
  }

  private func ordered(
    _ members: [String: JSONValue], depth: Int
  ) -> [(name: String, value: JSONValue)] {
    let first = (leading?(depth) ?? []).compactMap { name in
      members[name].map { (name: name, value: $0) }
    }
    if first.count == members.count { return first }
    let rest = members.filter { member in !first.contains { $0.name == member.key } }
      .sorted { $0.key.precedesByBytes($1.key) }
    return first + rest.map { (name: $0.key, value: $0.value) }
  }

  private func breakLine(_ depth: Int, _ out: inout [UInt8]) {
    guard pretty else { return }
    out.append(UInt8(ascii: "\n"))
    out += [UInt8](repeating: UInt8(ascii: " "), count: depth * 2)
  }

  private func append(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    if escapesControls, text.unicodeScalars.contains(where: \.isTerminalControl) {
      for scalar in text.unicodeScalars {
        if scalar.value >= 0x7f, scalar.isTerminalControl {
          for unit in String(scalar).utf16 { Self.append(escaped: unit, to: &out) }
        } else {
          for byte in String(scalar).utf8 { append(byte, to: &out) }
        }
      }
    } else if StringText.isPlain(text, withHTML: leading == nil) {
      out += text.utf8
    } else {
      for byte in text.utf8 { append(byte, to: &out) }
    }
    out.append(UInt8(ascii: "\""))
  }

  private func append(_ byte: UInt8, to out: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""): out += "\\\"".utf8
    case UInt8(ascii: "\\"): out += "\\\\".utf8
    case UInt8(ascii: "\n"): out += "\\n".utf8
    case UInt8(ascii: "\r"): out += "\\r".utf8
    case UInt8(ascii: "\t"): out += "\\t".utf8
    case 0..<0x20: Self.append(escaped: UInt16(byte), to: &out)
    case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"):
      if leading == nil { out.append(byte) } else { Self.append(escaped: UInt16(byte), to: &out) }
    default: out.append(byte)
    }
  }

  /// `\u00e9`
  private static func append(escaped unit: UInt16, to out: inout [UInt8]) {
    let hex = String(unit, radix: 16)
    out += ("\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex).utf8
  }
}
