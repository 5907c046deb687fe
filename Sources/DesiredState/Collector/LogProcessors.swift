internal import FilelogJSON

/// The processors that monitoring resources ask for, one for all namespaces: each condition names its
/// namespace.
struct LogProcessors {
  private let namespaces: [MonitoredNamespace]

  static let filterName = "filter/logs/custom_telemetry_filter"
  static let transformName = "transform/logs/custom_telemetry_transform"

  init(_ input: DesiredStateInput) { namespaces = input.namespaces }

  /// Nil where no namespace has a filter.
  var filter: JSONValue? {
    let filters = namespaces.compactMap { namespace in
      namespace.filter.map { (namespace.name, $0) }
    }
    guard let mode = filters.map(\.1.errorMode).max() else { return nil }
    let conditions = filters.flatMap { name, filter in
      filter.conditions.map { Self.condition($0, in: name) }
    }
    return ["error_mode": .string(mode.rawValue), "logs": ["log_record": .texts(conditions)]]
  }

  /// Nil where no namespace has a transform.
  var transform: JSONValue? {
    let transforms = namespaces.compactMap { namespace in
      namespace.transform.map { (namespace.name, $0) }
    }
    guard let mode = transforms.map(\.1.errorMode).max() else { return nil }
    let groups = transforms.flatMap { name, transform in
      transform.groups.map { Self.group($0, in: name) }
    }
    return ["error_mode": .string(mode.rawValue), "log_statements": .array(groups)]
  }

  /// A group's conditions are alternatives, so that each must name the namespace.
  private static func group(_ group: LogTransform.Group, in namespace: String) -> JSONValue {
    let conditions = group.conditions.map { condition($0, in: namespace) }
    return .object(
      omittingNil: [
        "conditions": .texts(conditions.isEmpty ? [isIn(namespace)] : conditions),
        "statements": .texts(group.statements),
        "context": group.context.map(JSONValue.string),
        "error_mode": group.errorMode.map { .string($0.rawValue) },
      ])
  }

  private static func condition(_ text: String, in namespace: String) -> String {
    "\(isIn(namespace)) and (\(text))"
  }

  /// Names of namespaces hold no quotes.
  private static func isIn(_ namespace: String) -> String {
    "resource.attributes[\"k8s.namespace.name\"] == \"\(namespace)\""
  }
}
