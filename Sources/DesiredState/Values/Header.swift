/// A header of an exporter.
struct Header: Hashable, Sendable {
  let name: String
  let value: Value

  enum Value: Hashable, Sendable {
    /// Anybody may read it in the config map.
    case plain(String)
    case secret(Credential)
  }

  /// Reads headers as a list of `name` and `value` (or `valueFrom.secretKeyRef`), as the operator's
  /// own resources have them, or as a mapping of names to values.
  static func read(_ reader: ValueReader) -> [Header] {
    let headers: [Header]
    if case .mapping = reader.value?.kind {
      headers = reader.members().map { header(named: $0.key, $0.reader) }
    } else {
      headers = reader.elements().map(element)
    }
    var seen: Set<String> = []
    for header in headers where !seen.insert(header.name.lowercased()).inserted {
      reader.reject(
        found: "the header \(SourcedValue.quote(header.name)) twice", expected: "each header once")
    }
    return headers.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private static func header(named name: String, _ value: ValueReader) -> Header {
    if !KubernetesName.isHeaderName(name) {
      value.reject(
        found: "the name \(SourcedValue.quote(name))", expected: TextRule.headerName.expected)
    }
    return Header(name: name, literal: value.text(isSecret: isSensitive(name)) ?? "")
  }

  private static func element(_ reader: ValueReader) -> Header {
    let fields = reader.object()
    defer { fields.rejectUnknownKeys() }
    let name = fields["name"].requiredText(.headerName)
    let value = fields["value"].text(isSecret: isSensitive(name))
    let source = fields["valueFrom"]
    guard source.isPresent else {
      if !fields["value"].isPresent {
        reader.reject(found: "neither value nor valueFrom", expected: "one of the two")
      }
      return Header(name: name, literal: value ?? "")
    }
    if value != nil {
      reader.reject(found: "both value and valueFrom", expected: "one of the two")
    }
    let sources = source.object()
    defer { sources.rejectUnknownKeys() }
    let reference = SecretReference(sources["secretKeyRef"].object())
    return Header(name: name, value: .secret(.reference(reference)))
  }

  private init(name: String, value: Value) {
    self.name = name
    self.value = value
  }

  private init(name: String, literal text: String) {
    let isSecret = Self.isSensitive(name) && !text.isEmpty
    self.init(name: name, value: isSecret ? .secret(.literal(text)) : .plain(text))
  }

  /// Headers by which a client proves who it is: their values go to a Secret.
  private static func isSensitive(_ name: String) -> Bool {
    let lower = name.lowercased()
    return ["auth", "token", "secret", "key", "password", "cookie", "credential"].contains {
      lower.contains($0)
    }
  }
}

extension TextRule {
  static let headerName = TextRule(
    expected: "the name of a header", accepts: KubernetesName.isHeaderName)
}
