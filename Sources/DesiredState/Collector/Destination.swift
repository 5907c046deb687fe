/// One exporter of the collector.
struct Destination: Hashable {
  /// Whose records it gets.
  enum Scope: Hashable {
    /// Those of every namespace that has no exports of its own.
    case standard
    case namespace(String)
  }

  enum Kind: Hashable {
    case dash0(Dash0Export)
    case grpc(OTLPExport)
    case http(OTLPExport)
  }

  let scope: Scope
  /// The place of the export in its list.
  let index: Int
  let kind: Kind

  /// The exporters of a list of exports, in its order.
  static func all(_ exports: [Export], _ scope: Scope) -> [Destination] {
    exports.enumerated().flatMap { index, export -> [Destination] in
      let kinds =
        [
          export.dash0.map(Kind.dash0), export.grpc.map(Kind.grpc), export.http.map(Kind.http),
        ] as [Kind?]
      return kinds.compactMap { $0 }.map { Destination(scope: scope, index: index, kind: $0) }
    }
  }

  /// The exporters of an input: the operator's own, then those of namespaces.
  static func all(_ input: DesiredStateInput) -> [Destination] {
    all(input.settings.exports, .standard)
      + input.namespaces.flatMap { all($0.exports, .namespace($0.name)) }
  }

  /// The component's name in the configuration, as upstream's operator forms it, with the types' older
  /// names.
  var exporterName: String {
    let suffix =
      switch scope {
      case .standard: "default_\(index)"
      case .namespace(let name): "ns/\(name)_\(index)"
      }
    return switch kind {
    case .dash0: "otlp/dash0/\(suffix)"
    case .grpc: "otlp/\(suffix)"
    case .http(let export): "otlphttp/\(suffix)/\(export.encoding.rawValue)"
    }
  }

  /// What tells the names of its secrets from those of others; empty for the first of the operator's.
  var secretSuffix: String {
    switch scope {
    case .standard: index == 0 ? "" : "-of-export-\(index)"
    case .namespace(let name): "-of-export-\(index)-of-\(name)"
    }
  }

  var headers: [Header] {
    switch kind {
    case .dash0: []
    case .grpc(let export), .http(let export): export.headers
    }
  }

  var endpoint: String {
    switch kind {
    case .dash0(let export): export.endpoint
    case .grpc(let export), .http(let export): export.endpoint
    }
  }

  var tls: OTLPExport.TLS {
    switch kind {
    case .dash0(let export): export.isPlain ? .none : .verified
    case .grpc(let export), .http(let export): export.tls
    }
  }

  private var transport: String {
    if case .http = kind { "http" } else { "grpc" }
  }

  /// Its secret texts: of Dash0 the token, otherwise those headers that are secret.
  var credentials: [Credentials.Entry] {
    if case .dash0(let export) = kind { return [token(export)] }
    return headers.indices.compactMap { credential(ofHeader: $0) }
  }

  func token(_ export: Dash0Export) -> Credentials.Entry {
    Credentials.Entry(name: "dash0-token\(secretSuffix)", credential: export.token)
  }

  /// Nil for a header that is not secret.
  func credential(ofHeader index: Int) -> Credentials.Entry? {
    guard case .secret(let credential) = headers[index].value else { return nil }
    return Credentials.Entry(
      name: "\(transport)-header-\(index)\(secretSuffix)", credential: credential)
  }
}
