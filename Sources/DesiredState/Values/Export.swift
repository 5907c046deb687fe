/// Where records go: one or more backends that all get them.
public struct Export: Hashable, Sendable {
  /// Dash0's backend; nil: not there.
  public var dash0: Dash0Export?
  /// An OTLP backend over gRPC; nil: none.
  public var grpc: OTLPExport?
  /// An OTLP backend over HTTP; nil: none.
  public var http: OTLPExport?

  /// Where records go; all that is named here gets them.
  public init(dash0: Dash0Export? = nil, grpc: OTLPExport? = nil, http: OTLPExport? = nil) {
    self.dash0 = dash0
    self.grpc = grpc
    self.http = http
  }

  /// `exports`, or the older `export`, of a resource.
  static func read(_ spec: ObjectReader) -> [Export] {
    let list = spec["exports"]
    let single = spec["export"]
    if single.isPresent, !list.elements().isEmpty {
      single.reject(found: "both export and exports", expected: "exports alone")
    }
    return list.elements().map { Export($0) } + (single.isPresent ? [Export(single)] : [])
  }

  private init(_ reader: ValueReader) {
    let fields = reader.object()
    dash0 = fields["dash0"].isPresent ? Dash0Export(resource: fields["dash0"]) : nil
    grpc = OTLPExport(fields["grpc"], transport: .grpc)
    http = OTLPExport(fields["http"], transport: .http)
    fields.rejectUnknownKeys()
    if reader.isMapping, dash0 == nil, grpc == nil, http == nil {
      reader.reject(found: "no export", expected: "at least one of dash0, grpc and http")
    }
  }

  /// From Helm values; nil where there are none.
  /// - Parameters:
  ///   - dash0: `operator.dash0Export`, whose unknown keys the caller sorts out.
  ///   - others: `operator.export`.
  init?(dash0: ObjectReader, others: ValueReader) {
    self.dash0 = Dash0Export(values: dash0)
    let fields = others.object()
    grpc = OTLPExport(fields["grpc"], transport: .grpc)
    http = OTLPExport(fields["http"], transport: .http)
    fields.rejectUnknownKeys()
    if self.dash0 == nil, grpc == nil, http == nil { return nil }
  }
}
