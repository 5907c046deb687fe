/// Dash0's own backend.
public struct Dash0Export: Hashable, Sendable {
  /// Host and port; with `http://` before it, without TLS.
  public var endpoint: String
  /// Nil: the default data set.
  public var dataset: String?
  /// What the backend authorizes records by.
  public var token: Credential
  /// Nil: the exporter's own default.
  public var keepalive: Keepalive?

  /// `operator.dash0Export`, when enabled.
  init?(values fields: ObjectReader) {
    let isEnabled = fields["enabled"].bool(as: .condition)
    let dataset = fields["dataset"].text(isPrinted: true)
    let token = fields["token"].text(isSecret: true, isPrinted: true)
    let reference = fields["secretRef"].unlessFalsy.object(isSecret: true)
    let keepalive = Keepalive(fields["keepalive"])
    fields.accept(["apiEndpoint"])
    guard isEnabled else {
      for key in ["dataset", "endpoint", "keepalive", "token"] {
        fields[key].noteUnused(because: "operator.dash0Export.enabled is not true")
      }
      return nil
    }
    let endpoint = fields["endpoint"].endpoint(.endpoint, isPrinted: true)
    let hasReference = ["name", "key"].contains { !reference[$0].isEmptyText }
    if token != nil, hasReference {
      fields["secretRef"].noteUnused(because: "operator.dash0Export.token counts")
    }
    self.init(
      endpoint: endpoint, dataset: dataset, keepalive: keepalive,
      token: Self.token(token, hasReference ? SecretReference(reference) : nil, in: fields))
  }

  /// `dash0` in an export of a resource.
  init(resource reader: ValueReader) {
    let fields = reader.object(isSecret: true)
    let authorization = fields["authorization"].object(isSecret: true)
    let token = authorization["token"].text(isSecret: true)
    let source = authorization["secretRef"]
    // Of the schema's defaults a reference may have both.
    let reference =
      source.isPresent
      ? SecretReference(
        source.object(isSecret: true), usualName: "dash0-authorization-secret", usualKey: "token")
      : nil
    if token != nil, reference != nil {
      authorization.reject(found: "both token and secretRef", expected: "one of the two")
    }
    authorization.rejectUnknownKeys()
    let endpoint = fields["endpoint"].endpoint(.endpoint)
    let dataset = fields["dataset"].text()
    let keepalive = Keepalive(fields["keepalive"])
    // Of the API, which this pod does not talk to.
    _ = fields["apiEndpoint"].text()
    fields.rejectUnknownKeys()
    self.init(
      endpoint: endpoint, dataset: dataset, keepalive: keepalive,
      token: Self.token(token, reference, in: authorization))
  }

  /// Dash0 at an endpoint.
  public init(
    endpoint: String, dataset: String? = nil, keepalive: Keepalive? = nil, token: Credential
  ) {
    self.endpoint = endpoint
    self.dataset = dataset == "default" ? nil : dataset
    self.keepalive = keepalive
    self.token = token
  }

  /// A token wins over a reference, as in upstream's chart.
  private static func token(
    _ token: String?, _ reference: SecretReference?, in fields: ObjectReader
  ) -> Credential {
    if let token { return .literal(token) }
    if let reference { return .reference(reference) }
    fields.reject(found: "neither token nor secretRef", expected: "one of the two")
    return .literal("")
  }

  /// Whether records travel without TLS.
  public var isPlain: Bool { endpoint.lowercased().hasPrefix("http://") }
}
