internal import FilelogJSON

/// What a container may use and what is reserved for it.
public struct ContainerResources: Hashable, Sendable {
  /// By resource name: `memory`, `cpu`, …
  public var limits: [String: Quantity]
  /// By resource name; what the scheduler reserves.
  public var requests: [String: Quantity]
  /// For Go programs: their collector works harder near it, instead of being killed at the limit.
  public var goMemoryLimit: String?

  /// - Parameter usual: what upstream's operator takes in place of zero and of an empty text.
  init(_ reader: ValueReader, usual: SourcedValue? = nil) {
    let fields = reader.object()
    limits = Self.quantities(fields["limits"], usual: usual?[["limits"]])
    requests = Self.quantities(fields["requests"], usual: usual?[["requests"]])
    let go = fields["gomemlimit"]
    goMemoryLimit = go.text(.goMemoryLimit)
    if go.isPresent, go.isEmptyText { goMemoryLimit = usual?[["gomemlimit"]]?.json.string }
    fields.rejectUnknownKeys()
    for (name, request) in requests.sorted(by: { $0.key < $1.key }) {
      guard let limit = limits[name], request.amount > limit.amount else { continue }
      Self.rejectExcess(fields, name, request: request, limit: limit)
    }
  }

  /// The `resources` of a container.
  var json: JSONValue {
    .object(omittingNil: ["limits": Self.json(limits), "requests": Self.json(requests)])
  }

  private static func json(_ quantities: [String: Quantity]) -> JSONValue? {
    quantities.isEmpty ? nil : .object(quantities.mapValues { .string($0.text) })
  }

  private static func quantities(
    _ reader: ValueReader, usual: SourcedValue?
  ) -> [String: Quantity] {
    var result: [String: Quantity] = [:]
    for (name, value) in reader.members() {
      if isResourceName(name) {
        let given = quantity(value)
        let fallback = usual?[[name]]?.json.string.flatMap(Quantity.init)
        result[name] = given?.amount == 0 ? fallback ?? given : given
      } else {
        value.rejectUnknownKey(
          name, among: resourceNames,
          otherwise: "one of " + resourceNames.joined(separator: ", "))
      }
    }
    return result
  }

  private static func quantity(_ reader: ValueReader) -> Quantity? {
    let text: String?
    switch reader.value?.kind {
    case .scalar(.string(let written)): text = written
    case .scalar(.integer(let number)): text = String(number)
    case .scalar(.number(let number)): text = "\(number)"
    default: text = nil
    }
    guard let quantity = text.flatMap(Quantity.init) else {
      reader.reject(expected: "a quantity like 500Mi, 0.5 or 100m")
      return nil
    }
    return quantity
  }

  /// One of the two may be a default; the place to look at is the other.
  private static func rejectExcess(
    _ fields: ObjectReader, _ name: String, request: Quantity, limit: Quantity
  ) {
    let requested = fields["requests"].members().first { $0.key == name }?.reader
    let limited = fields["limits"].members().first { $0.key == name }?.reader
    if let requested, requested.origin != .chartDefaults {
      requested.reject(expected: "at most \(limit.text), the limit")
    } else {
      limited?.reject(expected: "at least \(request.text), the request")
    }
  }

  private static let resourceNames = ["cpu", "ephemeral-storage", "memory"]

  private static func isResourceName(_ name: String) -> Bool {
    resourceNames.contains(name) || name.hasPrefix("hugepages-")
      || name.contains("/") && KubernetesName.isQualifiedName(name)
  }
}

extension TextRule {
  /// Source: the Go runtime's documentation of GOMEMLIMIT.
  static let goMemoryLimit = TextRule(
    expected: "a Go memory limit like 400MiB, or off"
  ) { text in
    let digits = text.prefix { ("0"..."9").contains($0) }
    let units: Set<Substring> = ["", "B", "KiB", "MiB", "GiB", "TiB"]
    return text == "off"
      || (1...18).contains(digits.count) && units.contains(text.dropFirst(digits.count))
  }
}
