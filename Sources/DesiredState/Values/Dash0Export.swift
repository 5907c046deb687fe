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
    let isEnabled = fields["enabled"].bool()
    let endpointField = fields["endpoint"]
    let dataset = fields["dataset"].text()
    let token = fields["token"].text(isSecret: true)
    let reference = fields["secretRef"].object(isSecret: true)
    let keepalive = Keepalive(fields["keepalive"])
    fields.accept(["apiEndpoint"])
    guard isEnabled else { return nil }
    let endpoint = endpointField.endpoint(.endpoint)
    self.init(
      endpoint: endpoint, dataset: dataset, keepalive: keepalive,
      token: Self.token(token, reference, in: fields))
  }

  /// `dash0` in an export of a resource.
  init(resource reader: ValueReader) {
    let fields = reader.object(isSecret: true)
    let authorization = fields["authorization"].object(isSecret: true)
    let token = authorization["token"].text(isSecret: true)
    let reference = authorization["secretRef"].object(isSecret: true)
    authorization.rejectUnknownKeys()
    let endpoint = fields["endpoint"].endpoint(.endpoint)
    let dataset = fields["dataset"].text()
    let keepalive = Keepalive(fields["keepalive"])
    // Of the API, which this pod does not talk to.
    fields.accept(["apiEndpoint"])
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

  /// A token wins over a reference, as in upstream's operator.
  private static func token(
    _ token: String?, _ reference: ObjectReader, in fields: ObjectReader
  ) -> Credential {
    if let token { return .literal(token) }
    if ["name", "key"].contains(where: { !reference[$0].isEmptyText }) {
      return .reference(SecretReference(reference))
    }
    fields.reject(found: "neither token nor secretRef", expected: "one of the two")
    return .literal("")
  }

  /// Whether records travel without TLS.
  public var isPlain: Bool { endpoint.lowercased().hasPrefix("http://") }
}
