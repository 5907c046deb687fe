internal import FilelogJSON

/// Any OTLP backend, over gRPC or HTTP.
public struct OTLPExport: Hashable, Sendable {
  /// Host and port, or a URL.
  public var endpoint: String
  /// Sorted by name.
  public var headers: [Header]
  /// How the connection is protected.
  public var tls: TLS
  /// For HTTP only.
  public var encoding: Encoding
  /// For gRPC only.
  public var keepalive: Keepalive?
  /// For gRPC only; nil: the collector's own.
  public var balancer: Balancer?

  enum Transport { case grpc, http }

  /// How the connection is protected.
  public enum TLS: Hashable, Sendable {
    /// With TLS, the server's certificate being checked.
    case verified
    /// With TLS to any server: `insecureSkipVerify`.
    case unverified
    /// In plain text.
    case none
  }

  /// The form of OTLP over HTTP, under the exporter's names.
  public enum Encoding: String, CaseIterable, Sendable {
    /// Protobuf.
    case proto
    /// JSON.
    case json
  }

  /// How gRPC chooses among a name's addresses, under the exporter's names.
  public enum Balancer: String, CaseIterable, Sendable {
    /// The first address that answers.
    case pickFirst = "pick_first"
    /// All of them in turn.
    case roundRobin = "round_robin"
  }

  /// A backend at an endpoint; plain text follows from `http://` before it.
  public init(endpoint: String, headers: [Header] = [], verifiesServer: Bool = true) {
    self.endpoint = endpoint
    self.headers = headers
    let isPlain = endpoint.lowercased().hasPrefix("http://")
    tls = isPlain ? .none : verifiesServer ? .verified : .unverified
    encoding = .proto
  }

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
      if fields["insecure"].value?.kind == .scalar(.bool(true)), skipsVerification {
        fields["insecureSkipVerify"].reject(
          found: "both insecure and insecureSkipVerify", expected: "one of the two")
      }
      tls = insecure ? .none : skipsVerification ? .unverified : .verified
      encoding = .proto
      keepalive = Keepalive(fields["keepalive"])
      balancer = fields["balancer_name"].choice()
    case .http:
      tls = isPlain ? .none : skipsVerification ? .unverified : .verified
      encoding = fields["encoding"].choice() ?? .proto
      keepalive = nil
      balancer = nil
    }
    fields.rejectUnknownKeys()
  }
}

/// Pings on a gRPC connection.
public struct Keepalive: Hashable, Sendable {
  /// As Go writes durations: `30s`.
  public var time: String?
  /// How long an answer to a ping may take, as Go writes durations.
  public var timeout: String?
  /// Whether pings are sent while no request is under way.
  public var permitsWithoutStream: Bool

  /// Pings as the exporter's settings name them.
  public init(time: String? = nil, timeout: String? = nil, permitsWithoutStream: Bool = false) {
    self.time = time
    self.timeout = timeout
    self.permitsWithoutStream = permitsWithoutStream
  }

  /// Nil where nothing is set.
  init?(_ reader: ValueReader) {
    let fields = reader.object()
    time = fields["time"].text(.goDuration, isPrinted: true)
    timeout = fields["timeout"].text(.goDuration, isPrinted: true)
    permitsWithoutStream = fields["permit_without_stream"].unlessFalsy.bool()
    fields.rejectUnknownKeys()
    if time == nil, timeout == nil, !permitsWithoutStream { return nil }
  }
}

extension ValueReader {
  /// An address that anybody may read in the config map, so no user or password within it.
  /// - Parameter isPrinted: as of ``text(_:isSecret:takesDecimals:isPrinted:)``.
  func endpoint(_ rule: TextRule, isPrinted: Bool = false) -> String {
    let text = requiredText(rule, isPrinted: isPrinted)
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

  /// One or more numbers with units, as Go's `time.ParseDuration` reads them.
  static let goDuration = TextRule(expected: "a duration like 30s or 1m30s") { text in
    var rest = text[...]
    var parts = 0
    while !rest.isEmpty {
      let number = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
      rest = rest.dropFirst(number.count)
      guard Double(number) != nil,
        let unit = ["ms", "us", "ns", "s", "m", "h"].first(where: { rest.hasPrefix($0) })
      else { return false }
      rest = rest.dropFirst(unit.count)
      parts += 1
    }
    return parts > 0
  }
}
