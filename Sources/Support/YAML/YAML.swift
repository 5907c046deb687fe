public import JSON

/// YAML in and out, through libyaml.
///
/// Reading is for hostile input: size, depth and alias expansion are bounded, a duplicate key is an
/// error, and every node knows its line and column. Scalars are read by the core schema of YAML 1.2
/// (`yes` and `on` are text), with one thing taken over from Kubernetes' own tools: a whole number
/// with a leading zero is octal, so `defaultMode: 0644` means here what it means to `kubectl`.
public enum YAML {
  /// Reads every document of a YAML stream; JSON is YAML too.
  /// - Parameters:
  ///   - bytes: UTF-8 (or UTF-16 with a byte order mark).
  ///   - file: the name that errors give, `values.yaml` for instance; nothing is opened.
  /// - Returns: the root node of each document that is not empty, in order.
  /// - Throws: ``YAMLError`` with the place of the first problem.
  public static func parse(_ bytes: [UInt8], file: String) throws(YAMLError) -> [YAMLNode] {
    guard bytes.count <= YAMLLimits.inputBytes else {
      throw YAMLError(
        file: file, line: 1, column: 1,
        message: "the file is larger than \(YAMLLimits.inputBytes >> 20) MiB")
    }
    return try bytes.withUnsafeBufferPointer { (buffer) throws(YAMLError) in
      let events = EventReader(buffer, file: file)
      var composer = NodeComposer(events: events, file: file)
      return try composer.documents()
    }
  }

  /// Reads every document of a YAML text.
  public static func parse(_ text: String, file: String) throws(YAMLError) -> [YAMLNode] {
    try parse(Array(text.utf8), file: file)
  }

  /// Writes one document in block style: members sorted by name, no line folded, text quoted
  /// wherever any YAML reader (1.1 or 1.2) would take it for something else.
  /// - Returns: text that ends in a line break and reads back as `value`.
  /// - Precondition: numbers are finite.
  public static func emit(_ value: JSONValue) -> String {
    DocumentEmitter.text(of: value)
  }
}

/// What a reader allows before it refuses a document as hostile.
enum YAMLLimits {
  static let inputBytes = 16 << 20
  static let depth = 100
  /// Nodes of one document, those that aliases repeat counted each time.
  static let nodes = 200_000
}
