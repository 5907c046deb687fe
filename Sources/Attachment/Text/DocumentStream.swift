internal import FilelogJSON
internal import FilelogYAML

/// A stream of documents as pieces of text that together are the stream, byte for byte.
struct DocumentStream {
  /// How documents are told apart.
  enum Form {
    /// By `---`, as YAML has it; a single document in JSON too.
    case yaml
    /// JSON values one behind the other, as `kubectl` and `jq` write them.
    case json
  }

  /// One document, and what comes before it if it is the first, and behind it.
  struct Piece {
    var text: [UInt8]
    /// Its root, with extents in `text`; or why it is not accepted. Nil before the first document is
    /// read, and where a stream has none.
    var root: Result<YAMLNode, YAMLError>?
  }

  let form: Form
  private(set) var pieces: [Piece]
  let lineBreak: String

  /// - Throws: for bytes that are not documents at all.
  init(_ bytes: [UInt8], file: String) throws(YAMLError) {
    lineBreak = Line.lineBreak(of: bytes)
    if let values = ConcatenatedJSON.split(bytes) {
      form = .json
      pieces = values.map { Piece(text: $0, root: nil) }
    } else {
      form = .yaml
      pieces = try Self.split(bytes, try Self.documents(bytes, file: file))
    }
    for index in pieces.indices {
      pieces[index].root = try Self.documents(pieces[index].text, file: file).first?.root
    }
  }

  /// Manifests as Helm and kubectl read them.
  static func documents(_ bytes: [UInt8], file: String) throws(YAMLError) -> [YAMLDocument] {
    try YAML.documents(bytes, file: file, truthValues: .older)
  }

  /// A document begins at its `---`, or behind the `...` of the one before it.
  private static func split(
    _ bytes: [UInt8], _ documents: [YAMLDocument]
  ) throws(YAMLError) -> [Piece] {
    var pieces: [Piece] = []
    var start = 0
    for (index, document) in documents.enumerated() {
      var end = index + 1 < documents.count ? documents[index + 1].start : bytes.count
      if let mark = document.end {
        end = min(bytes[mark...].firstIndex(of: Line.feed).map { $0 + 1 } ?? bytes.count, end)
      }
      pieces.append(Piece(text: Array(bytes[start..<max(end, start)]), root: nil))
      start = max(end, start)
    }
    if start < bytes.count {
      pieces.append(Piece(text: Array(bytes[start...]), root: nil))
    }
    return pieces
  }

  /// The stream again.
  var bytes: [UInt8] { pieces.flatMap(\.text) }

  /// Puts another text into the place of a document's.
  mutating func replace(_ index: Int, by text: [UInt8], _ root: YAMLNode) {
    pieces[index] = Piece(text: text, root: .success(root))
  }

  /// Adds objects behind documents, or takes documents out. Both are each other's inverse.
  /// - Parameters:
  ///   - additions: objects by the index of the document that they come behind.
  ///   - removals: indices of documents.
  mutating func change(adding additions: [Int: [JSONValue]], removing removals: Set<Int>) {
    var result: [Piece] = []
    for (index, piece) in pieces.enumerated() {
      let isLast = index == pieces.count - 1
      if removals.contains(index) {
        // It was put behind a last line without a line break.
        if isLast, piece.text.last != Line.feed { result.dropLastLineBreak(lineBreak) }
        continue
      }
      result.append(piece)
      for object in additions[index] ?? [] {
        let isUnended = result.last?.text.last != Line.feed
        if isUnended, isLast { result[result.count - 1].text += lineBreak.utf8 }
        let next = isLast ? nil : pieces[index + 1].text
        var text = self.text(of: object, before: next)
        if isUnended { text.removeLast(lineBreak.utf8.count) }
        result.append(Piece(text: text, root: nil))
      }
    }
    pieces = result
  }

  private func text(of object: JSONValue, before next: [UInt8]?) -> [UInt8] {
    var lines: [String]
    switch form {
    case .json:
      let text = JSONWriter.pretty.string(object).dropLast()
      lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    case .yaml:
      lines = ["---"] + BlockText.lines(object, indent: 0)
      // A document without `---` would become part of this one.
      if let next, !next.starts(with: "---".utf8) { lines.append("...") }
    }
    return Array(lines.map { $0 + lineBreak }.joined().utf8)
  }
}

extension [DocumentStream.Piece] {
  fileprivate mutating func dropLastLineBreak(_ lineBreak: String) {
    guard let last = indices.last,
      self[last].text.suffix(lineBreak.utf8.count)
        .elementsEqual(lineBreak.utf8)
    else { return }
    self[last].text.removeLast(lineBreak.utf8.count)
  }
}

/// JSON values one behind the other, with nothing but white space between them.
enum ConcatenatedJSON {
  /// - Returns: one text for each value, white space behind it included; nil when the bytes do not
  ///   begin with an object or are something else.
  static func split(_ bytes: [UInt8]) -> [[UInt8]]? {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    var index = bytes.starts(with: mark) ? mark.count : 0
    var start = 0
    var values: [[UInt8]] = []
    skipSpace(bytes, &index)
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "{"), skipObject(bytes, &index) else { return nil }
      skipSpace(bytes, &index)
      values.append(Array(bytes[start..<index]))
      start = index
    }
    return values.isEmpty ? nil : values
  }

  private static func skipSpace(_ bytes: [UInt8], _ index: inout Int) {
    while index < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[index]) { index += 1 }
  }

  private static func skipObject(_ bytes: [UInt8], _ index: inout Int) -> Bool {
    var depth = 0
    var isInText = false
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\\") where isInText: index += 1
      case UInt8(ascii: "\""): isInText.toggle()
      case _ where isInText: continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return true }
      // No JSON: `{a: b}` is, for YAML.
      case UInt8(ascii: "#"): return false
      default: continue
      }
    }
    return false
  }
}
