public import FilelogJSON

/// YAML in and out, through libyaml.
///
/// Reading is for hostile input: size, depth and alias expansion are bounded, a duplicate key is an
/// error, and every node knows its line and column. Scalars are read by the core schema of YAML 1.2,
/// with one thing taken over from Kubernetes' own tools: a whole number with a leading zero is octal,
/// so `defaultMode: 0644` means here what it means to `kubectl`. Another one is taken over on demand:
/// ``TruthValues``.
public enum YAML {
  /// Which plain words are true or false.
  public enum TruthValues: Sendable {
    /// `true` and `false` alone, as YAML 1.2 has it: `yes` and `on` are text.
    case core
    /// Besides `yes`, `no`, `on`, `off`, `y` and `n`, as YAML 1.1, Helm and kubectl have it.
    case older
  }

  /// Reads every document of a YAML stream; JSON is YAML too.
  /// - Parameters:
  ///   - bytes: UTF-8 (or UTF-16 with a byte order mark).
  ///   - file: the name that errors give, `values.yaml` for instance; nothing is opened.
  ///   - truthValues: which plain words are true or false.
  /// - Returns: the root node of each document that is not empty, in order.
  /// - Throws: ``YAMLError`` with the place of the first problem.
  public static func parse(
    _ bytes: [UInt8], file: String, truthValues: TruthValues = .core
  ) throws(YAMLError) -> [YAMLNode] {
    try check(bytes, file)
    return try bytes.withUnsafeBufferPointer { (buffer) throws(YAMLError) in
      let events = EventReader(buffer, file: file)
      var composer = NodeComposer(events: events, file: file, truthValues: truthValues)
      return try composer.documents()
    }
  }

  /// Reads a YAML stream whose text is to be edited: every document, empty ones too, with its place.
  /// - Parameters: as of ``parse(_:file:truthValues:)``.
  /// - Throws: ``YAMLError`` for a stream that is not YAML. What is YAML but not accepted (a duplicate
  ///   key, a tag) is the error of its document alone.
  public static func documents(
    _ bytes: [UInt8], file: String, truthValues: TruthValues = .core
  ) throws(YAMLError) -> [YAMLDocument] {
    try check(bytes, file)
    return try bytes.withUnsafeBufferPointer { (buffer) throws(YAMLError) in
      let events = EventReader(buffer, file: file)
      var composer = NodeComposer(events: events, file: file, truthValues: truthValues)
      var documents: [YAMLDocument] = []
      while let document = try composer.document() { documents.append(document) }
      return documents
    }
  }

  /// Reads every document of a YAML text.
  public static func parse(_ text: String, file: String) throws(YAMLError) -> [YAMLNode] {
    try parse(Array(text.utf8), file: file)
  }

  private static func check(_ bytes: [UInt8], _ file: String) throws(YAMLError) {
    guard bytes.count <= YAMLLimits.inputBytes else {
      throw YAMLError(
        file: file, line: 1, column: 1,
        message: "the file is larger than \(YAMLLimits.inputBytes >> 20) MiB")
    }
  }

  /// Whether a text can stand without quotes, as a key or a value, and every YAML reader reads it back
  /// as the same text.
  public static func isPlain(_ text: String) -> Bool { ScalarText.style(of: text) == .plain }

  /// Writes one document in block style: members sorted by name, no line folded, text quoted
  /// wherever any YAML reader (1.1 or 1.2) would take it for something else.
  /// - Returns: text that ends in a line break and reads back as `value`.
  /// - Precondition: numbers are finite.
  public static func emit(_ value: JSONValue) -> String {
    DocumentEmitter.text(of: value)
  }
}

/// One document of a stream, for those who edit its text.
public struct YAMLDocument: Sendable {
  /// The byte at which it starts: at its directives, its `---`, or its content.
  public let start: Int
  /// Whether it starts with `---`.
  public let isExplicit: Bool
  /// The byte behind its `...`; nil without one, where only comments and white space stand between its
  /// content and the next document's start.
  public let end: Int?
  /// Its content, a null for an empty document; or why it is not accepted.
  public let root: Result<YAMLNode, YAMLError>
}

/// What a reader allows before it refuses a document as hostile.
enum YAMLLimits {
  static let inputBytes = 16 << 20
  static let depth = 100
  /// Nodes of one document, those that aliases repeat counted each time.
  static let nodes = 200_000
}
