/// Fields of upstream's resources that other components act on: they have no effect here, and are
/// checked all the same, since an API server would refuse the object and nothing of it would count.
///
/// Source: the custom resource definitions and webhooks of upstream's operator 0.153.
enum ForeignFields {
  /// Versions of `Dash0Monitoring`.
  enum Version: String, CaseIterable { case v1beta1, v1alpha1 }

  /// Reads them in the `spec` of a `Dash0Monitoring`, or of the monitoring template.
  static func check(monitoring spec: ObjectReader, _ version: Version) {
    var fields: [String: Shape] = [
      "prometheusScraping": enabled, "synchronizePersesDashboards": .bool,
      "synchronizePrometheusRules": .bool,
    ]
    switch version {
    case .v1beta1:
      fields["eventCollection"] = enabled
      fields["instrumentWorkloads"] = .object(
        required: [:],
        optional: [
          "captureSqlQueryParameters": .bool, "labelSelector": .text(.labelSelector),
          "mode": instrumentation,
          "traceContext": .object(
            required: [:], optional: ["propagators": .text(.propagators)]),
        ])
    case .v1alpha1:
      fields["instrumentWorkloads"] = instrumentation
      fields["prometheusScrapingEnabled"] = .bool
    }
    read(fields, spec)
    // What upstream's webhook writes.
    normalizedTransform.read(spec.internal("__dash0_internal__normalizedTransform"))
  }

  /// Reads them in the `spec` of a `Dash0OperatorConfiguration`.
  static func check(configuration spec: ObjectReader) {
    read(
      [
        "instrumentWorkloads": .object(
          required: [:],
          optional: ["instrumentationDelivery": .word(["auto", "image-volume", "init-container"])]),
        "kubernetesInfrastructureMetricsCollection": enabled,
        "kubernetesInfrastructureMetricsCollectionEnabled": .bool, "profiling": enabled,
        "prometheusCrdSupport": enabled,
      ], spec)
  }

  /// Reads conditions on other signals in a filter.
  static func check(filter fields: ObjectReader) {
    func conditions(_ names: String...) -> Shape {
      .object(
        required: [:],
        optional: Dictionary(uniqueKeysWithValues: names.map { ($0, texts) }))
    }
    read(
      [
        "metrics": conditions("datapoint", "metric"), "profiles": conditions("profile"),
        "traces": conditions("span", "spanevent"),
      ], fields)
  }

  /// Reads statements on other signals in a transform.
  static func check(transform fields: ObjectReader) {
    for key in ["metric_statements", "profile_statements", "trace_statements"] {
      for element in fields[key].elements() {
        (element.isMapping ? group : .text(.any)).read(element)
      }
    }
  }

  private static func read(_ shapes: [String: Shape], _ fields: ObjectReader) {
    for (key, shape) in shapes.sorted(by: { $0.key < $1.key }) { shape.read(fields[key]) }
  }

  private static var texts: Shape { .list(of: .text(.any), atLeast: 0) }
  private static var enabled: Shape { .object(required: [:], optional: ["enabled": .bool]) }
  private static var instrumentation: Shape { .word(["all", "created-and-updated", "none"]) }
  private static var errorMode: Shape { .word(OTTLErrorMode.allCases.map(\.rawValue)) }

  private static var group: Shape {
    .object(
      required: [:],
      optional: [
        "conditions": texts, "context": .text(.any), "error_mode": errorMode, "statements": texts,
      ])
  }

  private static var normalizedTransform: Shape {
    let groups = Shape.list(of: group, atLeast: 0)
    return .object(
      required: [:],
      optional: [
        "error_mode": errorMode, "log_statements": groups, "metric_statements": groups,
        "profile_statements": groups, "trace_statements": groups,
      ])
  }
}

extension TextRule {
  static let labelSelector = TextRule(
    expected: "a label selector like dash0.com/enable!=false"
  ) { LabelSelector($0) != nil }

  static let propagators = TextRule(
    expected: "names of trace context propagators like tracecontext,baggage"
  ) { text in
    let known: Set<Substring> = [
      "b3", "b3multi", "baggage", "jaeger", "none", "ottrace", "tracecontext", "xray",
    ]
    return text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { name in
      known.contains(name.drop { $0 == " " }.prefix { $0 != " " })
    }
  }
}
