/// Where the collector sends what it collects: any of the three, or none.
struct Exports: Hashable, Sendable {
  let dash0: Dash0Export?
  let grpc: OTLPExport?
  let http: OTLPExport?

  var isEmpty: Bool { dash0 == nil && grpc == nil && http == nil }

  /// - Parameters:
  ///   - dash0: `operator.dash0Export`, whose unknown keys the caller sorts out.
  ///   - others: `operator.export`.
  init(dash0: ObjectReader, others: ValueReader) {
    self.dash0 = Dash0Export(dash0)
    let fields = others.object()
    grpc = OTLPExport(fields["grpc"], transport: .grpc)
    http = OTLPExport(fields["http"], transport: .http)
    fields.rejectUnknownKeys()
  }
}

/// A key of a Secret in the operator's namespace that the user made.
struct SecretReference: Hashable, Sendable {
  let name: String
  let key: String

  init(_ fields: ObjectReader) {
    // A token that was put into the wrong place must not be shown.
    name = fields["name"].requiredText(.resourceName, isSecret: true)
    key = fields["key"].requiredText(.dataKey, isSecret: true)
    fields.rejectUnknownKeys()
  }
}

/// Text that must not stand in a config map.
enum Credential: Hashable, Sendable {
  /// Given in the values: it goes to a Secret of the operator's.
  case literal(String)
  case reference(SecretReference)
}

/// `operator.dash0Export`, when enabled.
struct Dash0Export: Hashable, Sendable {
  let endpoint: String
  /// Nil: the default data set.
  let dataset: String?
  let token: Credential

  init?(_ fields: ObjectReader) {
    let isEnabled = fields["enabled"].bool()
    let endpoint = fields["endpoint"]
    let dataset = fields["dataset"].text()
    let token = fields["token"].text(isSecret: true)
    let reference = fields["secretRef"].object(isSecret: true)
    guard isEnabled else { return nil }
    self.endpoint = endpoint.endpoint(.endpoint)
    self.dataset = dataset == "default" ? nil : dataset
    if let token {
      self.token = .literal(token)
    } else if ["name", "key"].contains(where: { !reference[$0].isEmptyText }) {
      self.token = .reference(SecretReference(reference))
    } else {
      fields.reject(found: "neither token nor secretRef", expected: "one of the two")
      self.token = .literal("")
    }
  }
}

/// `operator.export.grpc` or `operator.export.http`.
struct OTLPExport: Hashable, Sendable {
  let endpoint: String
  /// Sorted by name.
  let headers: [Header]
  let tls: TLS
  /// For HTTP only.
  let encoding: Encoding

  enum Transport { case grpc, http }

  enum TLS: Hashable, Sendable { case verified, unverified, none }

  enum Encoding: String, CaseIterable, Sendable { case proto, json }

  init?(_ reader: ValueReader, transport: Transport) {
    guard reader.isPresent else { return nil }
    let fields = reader.object()
    endpoint = fields["endpoint"].endpoint(transport == .http ? .httpEndpoint : .endpoint)
    headers = Header.read(fields["headers"])
    let isPlain = endpoint.lowercased().hasPrefix("http://")
    let skipsVerification = fields["insecureSkipVerify"].bool()
    switch transport {
    case .grpc:
      let insecure = fields["insecure"].bool(default: isPlain)
      tls = insecure ? .none : skipsVerification ? .unverified : .verified
      encoding = .proto
    case .http:
      tls = isPlain ? .none : skipsVerification ? .unverified : .verified
      encoding = fields["encoding"].choice() ?? .proto
    }
    fields.rejectUnknownKeys()
  }
}

extension ValueReader {
  /// An address that anybody may read in the config map, so no user or password within it.
  fileprivate func endpoint(_ rule: TextRule) -> String {
    let text = requiredText(rule)
    let afterScheme = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text[...]
    guard !afterScheme.prefix(while: { $0 != "/" }).contains("@") else {
      reject(found: "a user or password", expected: "an address without; a header can hold them")
      return ""
    }
    return text
  }
}

extension TextRule {
  static let endpoint = TextRule(
    expected: "an OTLP/gRPC endpoint like ingress.example.com:4317"
  ) { !$0.isEmpty }

  static let httpEndpoint = TextRule(
    expected: "an OTLP/HTTP endpoint like https://ingress.example.com"
  ) { text in
    let lower = text.lowercased()
    return ["http://", "https://"].contains { lower.hasPrefix($0) && lower != $0 }
  }
}
