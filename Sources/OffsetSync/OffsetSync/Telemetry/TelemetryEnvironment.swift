internal import FilelogContract
internal import FilelogEncodings
internal import FilelogText

/// Reads OpenTelemetry's variables.
///
/// Source: OpenTelemetry specification, "Environment Variable Specification" and "OTLP Exporter".
/// An empty variable is one that is not set; where there is one for metrics, it counts first.
struct TelemetryEnvironment {
  let variables: [String: String]
  private(set) var problems: [TelemetrySettings.Problem] = []

  init(variables: [String: String]) {
    self.variables = variables
  }

  func text(_ name: String) -> String? {
    let value = Self.trim(variables[name] ?? "")
    return value.isEmpty ? nil : value
  }

  /// `OTEL_EXPORTER_OTLP_METRICS_…` if it is set, else `OTEL_EXPORTER_OTLP_…`.
  func variable(_ suffix: String) -> String {
    let specific = "OTEL_EXPORTER_OTLP_METRICS_" + suffix
    return text(specific) == nil ? "OTEL_EXPORTER_OTLP_" + suffix : specific
  }

  var isEnabled: Bool {
    text("OTEL_SDK_DISABLED")?.lowercased() != "true"
      && (text("OTEL_METRICS_EXPORTER") ?? "otlp") == "otlp"
  }

  /// An endpoint for metrics is taken as it is; to the general one the signal's path is added.
  mutating func endpoint() -> String? {
    let name = variable("ENDPOINT")
    guard var url = text(name) else { return nil }
    let lower = url.lowercased()
    guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else {
      note(name, "expected a URL with http or https; no metrics are sent")
      return nil
    }
    guard !name.holds("METRICS") else { return url }
    while url.hasSuffix("/") { url.removeLast() }
    return url + "/v1/metrics"
  }

  mutating func noteProtocol() {
    let name = variable("PROTOCOL")
    guard let asked = text(name), asked != "http/json" else { return }
    note(name, "\(asked) is not supported; metrics are sent as http/json")
  }

  /// A value may hold texts of other variables (``Contract/HeaderVariable``), which are not encoded.
  mutating func headers() -> [TelemetrySettings.Header] {
    let name = variable("HEADERS")
    guard let text = text(name) else { return [] }
    guard let pairs = Self.pairs(text, value: decoded) else {
      note(name, "expected name=value,name=value; no headers are sent")
      return []
    }
    return pairs.map { TelemetrySettings.Header(name: $0.key, value: $0.value) }
  }

  /// Nil where an escape is broken, or a variable is not set.
  private func decoded(_ value: String) -> String? {
    var decoded = ""
    // All parts but the first follow a dollar sign.
    for (index, part) in value.split(separator: "$", omittingEmptySubsequences: false).enumerated()
    {
      var plain = (index == 0 ? "" : "$") + part
      if index > 0, part.first == "{", let end = part.firstIndex(of: "}") {
        guard let text = variables[String(part[..<end].dropFirst())] else { return nil }
        decoded += text.dollarsHalved
        plain = String(part[part.index(after: end)...])
      }
      guard let text = PercentEncoding.decode(plain) else { return nil }
      decoded += text
    }
    return decoded
  }

  /// What the container knows of itself, then what the user says, who has the last word.
  mutating func resource(container: String) -> [String: String] {
    var resource = [
      "service.namespace": "dash0-operator", "service.name": "dash0-operator-collector",
      "k8s.container.name": container,
    ]
    let known: [String: Contract.Variable] = [
      "service.version": .serviceVersion, "k8s.cluster.uid": .clusterUID,
      "k8s.cluster.name": .clusterName, "k8s.node.name": .nodeName,
      "k8s.namespace.name": .operatorNamespace, "k8s.daemonset.name": .daemonSetName,
      "k8s.daemonset.uid": .daemonSetUID, "k8s.pod.uid": .podUID, "k8s.pod.name": .podName,
    ]
    for (attribute, variable) in known {
      if let value = text(variable.rawValue) { resource[attribute] = value }
    }
    let name = "OTEL_RESOURCE_ATTRIBUTES"
    if let text = text(name) {
      if let pairs = Self.pairs(text) {
        for (key, value) in pairs { resource[key] = value }
      } else {
        note(name, "expected name=value,name=value; none of it is used")
      }
    }
    if let service = text("OTEL_SERVICE_NAME") { resource["service.name"] = service }
    return resource
  }

  mutating func milliseconds(_ name: String) -> Duration? {
    guard let text = text(name) else { return nil }
    guard let number = Int64(text), (1...86_400_000).contains(number) else {
      note(name, "expected milliseconds from 1 to 86400000; the default is used")
      return nil
    }
    return .milliseconds(number)
  }

  private mutating func note(_ variable: String, _ text: String) {
    problems.append(TelemetrySettings.Problem(variable: variable, text: text))
  }

  // MARK: Lists

  /// `a=1,b=x%20y`: percent-encoded values, white space around names and values left out; nil when
  /// any part is no such pair.
  static func pairs(
    _ text: String, value decode: (String) -> String? = { PercentEncoding.decode($0) }
  ) -> [(key: String, value: String)]? {
    var pairs: [(key: String, value: String)] = []
    for part in text.split(separator: ",") where !trim(part).isEmpty {
      guard let equals = part.firstIndex(of: "="),
        let key = PercentEncoding.decode(trim(part[..<equals])), !key.isEmpty,
        let value = decode(trim(part[part.index(after: equals)...]))
      else { return nil }
      pairs.append((key, value))
    }
    return pairs
  }

  private static func trim(_ text: some StringProtocol) -> String {
    var text = text[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
