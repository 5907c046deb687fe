/// A header of an exporter.
public struct Header: Hashable, Sendable {
  /// A field name of HTTP.
  public var name: String
  /// What is sent under that name.
  public var value: Value

  /// Where a header's value stands.
  public enum Value: Hashable, Sendable {
    /// Anybody may read it in the config map.
    case plain(String)
    /// In a Secret; the configuration names a variable.
    case secret(Credential)
  }

  /// Reads headers as a list of `name` and `value` (or `valueFrom.secretKeyRef`), as the operator's
  /// own resources have them, or as a mapping of names to values.
  static func read(_ reader: ValueReader) -> [Header] {
    let headers: [Header]
    if reader.isMapping, reader.typing == .printed {
      headers = reader.members().map { header(named: $0.key, $0.reader, in: reader) }
    } else {
      headers = elements(of: reader).map(element)
    }
    var seen: Set<String> = []
    for header in headers where !seen.insert(header.name.lowercased()).inserted {
      reader.reject(
        found: "the header \(SourcedValue.quote(header.name)) twice", expected: "each header once")
    }
    return headers.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private static func header(
    named name: String, _ value: ValueReader, in list: ValueReader
  ) -> Header {
    if !KubernetesName.isHeaderName(name) {
      // Who forgets the quotes has the value in the key: neither stands in the message.
      let start = name.prefix { KubernetesName.isHeaderName(String($0)) }
      list.reject(
        found: "the name \(SourcedValue.quote(start + "…"))",
        expected: TextRule.headerName.expected)
      return Header(name: name, literal: "")
    }
    return Header(name: name, literal: value.text(isSecret: true) ?? "")
  }

  private static func elements(of reader: ValueReader) -> [ValueReader] {
    switch reader.value?.kind {
    case nil, .list: return reader.elements()
    default:
      reader.reject(expected: "a list", isSecret: true)
      return []
    }
  }

  private static func element(_ reader: ValueReader) -> Header {
    let fields = reader.object(isSecret: true)
    defer { fields.rejectUnknownKeys() }
    // Who writes a whole header line here has its value in the name.
    let name = fields["name"].requiredText(.headerName, isSecret: true)
    let value = fields["value"].text(isSecret: true)
    let source = fields["valueFrom"]
    guard source.isPresent else {
      if reader.typing == .schema ? value == nil : !fields["value"].isPresent {
        reader.reject(found: "neither value nor valueFrom", expected: "one of the two")
      }
      return Header(name: name, literal: value ?? "")
    }
    if value != nil {
      reader.reject(found: "both value and valueFrom", expected: "one of the two")
    }
    let sources = source.object()
    defer { sources.rejectUnknownKeys() }
    let reference = SecretReference(sources["secretKeyRef"].object(isSecret: true))
    return Header(name: name, value: .secret(.reference(reference)))
  }

  /// A header whose value goes to a Secret of the operator's, or stands in one already.
  public init(name: String, value: Value) {
    self.name = name
    self.value = value
  }

  /// No name tells for sure that a value is not a credential, so every value goes to a Secret.
  private init(name: String, literal text: String) {
    self.init(name: name, value: text.isEmpty ? .plain("") : .secret(.literal(text)))
  }
}

extension TextRule {
  static let headerName = TextRule(
    expected: "the name of a header", accepts: KubernetesName.isHeaderName)
}
