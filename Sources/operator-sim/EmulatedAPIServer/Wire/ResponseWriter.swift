internal import JSON

/// Writes responses as the API server writes them: kind and version first, then metadata, then the
/// rest by name; `<`, `>` and `&` escaped, as Go does.
struct ResponseWriter {
  private enum Order {
    case response
    case status
    case byName
  }

  /// Indented by two spaces, for people; otherwise no white space at all.
  private let isIndented: Bool
  private let order: Order

  static func bytes(_ value: JSONValue, isIndented: Bool = false) -> [UInt8] {
    var out: [UInt8] = []
    let order = value["kind"] == .some("Status") ? Order.status : .response
    ResponseWriter(isIndented: isIndented, order: order).append(value, depth: 0, to: &out)
    return out
  }

  /// As Go writes a value without a type: every member by name.
  static func untyped(_ value: JSONValue) -> String {
    var out: [UInt8] = []
    ResponseWriter(isIndented: false, order: .byName).append(value, depth: 0, to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// The members that come first in an object at that depth.
  private func leading(_ depth: Int) -> [String] {
    switch (order, depth) {
    case (.byName, _): []
    case (.response, _): ["kind", "apiVersion", "type", "metadata"]
    case (.status, 0):
      ["kind", "apiVersion", "metadata", "status", "message", "reason", "details", "code"]
    case (.status, 1): ["name", "group", "kind", "uid", "causes", "retryAfterSeconds"]
    case (.status, _): ["reason", "message", "field"]
    }
  }

  private func append(_ value: JSONValue, depth: Int, to out: inout [UInt8]) {
    switch value {
    case .null: out += "null".utf8
    case .bool(let flag): out += (flag ? "true" : "false").utf8
    case .integer(let number): out += String(number).utf8
    case .number(let number): out += Self.text(number).utf8
    case .string(let text): Self.append(text, to: &out)
    case .array(let elements):
      appendList(elements, "[", "]", depth, to: &out) { append($0, depth: depth + 1, to: &$1) }
    case .object(let members):
      appendList(ordered(members, depth), "{", "}", depth, to: &out) { name, out in
        Self.append(name, to: &out)
        out += (isIndented ? ": " : ":").utf8
        append(members[name] ?? .null, depth: depth + 1, to: &out)
      }
    }
  }

  private func ordered(_ members: [String: JSONValue], _ depth: Int) -> [String] {
    let first = leading(depth).filter { members[$0] != nil }
    if first.count == members.count { return first }
    var rest = Array(members.keys)
    if !first.isEmpty { rest.removeAll { first.contains($0) } }
    rest.sort { $0.precedesByBytes($1) }
    return first + rest
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
    guard isIndented else { return }
    out.append(UInt8(ascii: "\n"))
    out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
  }

  private static func text(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? "\(number)"
  }

  private static let escaped = "\"\\<>&" + TextScan.controls

  static func append(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    if TextScan.span(text, without: escaped) == text.utf8.count {
      out += text.utf8
      out.append(UInt8(ascii: "\""))
      return
    }
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): out += "\\\"".utf8
      case UInt8(ascii: "\\"): out += "\\\\".utf8
      case UInt8(ascii: "\n"): out += "\\n".utf8
      case UInt8(ascii: "\r"): out += "\\r".utf8
      case UInt8(ascii: "\t"): out += "\\t".utf8
      case 0..<0x20, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"):
        let hex = String(byte, radix: 16)
        out += ("\\u00" + (hex.utf8.count == 1 ? "0" : "") + hex).utf8
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}
