internal import FilelogJSON
internal import FilelogText

/// The environment of the collector's container, as far as the stream tells.
struct ContainerVariables {
  /// What is known of one variable.
  enum Value: Hashable {
    case text(String)
    /// It may be set, and its value is not in the stream.
    case unknown
    /// `ConfigMap agent, key config` has it, and is not in the stream.
    case absent(source: String)
    case unset
  }

  private var values: [String: Value] = [:]
  /// Whether it has all variables of an object that is not in the stream.
  private var hasUnknownNames = false

  init(_ workload: Workload, _ objects: ClusterObjects) {
    for source in workload.collector["envFrom"]?.array ?? [] {
      addAll(of: source, workload.namespace, objects)
    }
    // Each may name those before it.
    for variable in workload.collector["env"]?.array ?? [] {
      guard let name = variable["name"]?.string else { continue }
      guard let source = variable["valueFrom"]?.object else {
        let text = variable["value"]?.string ?? ""
        values[name] = expand(text).map(Value.text) ?? .unknown
        continue
      }
      values[name] = Self.value(source, workload.namespace, objects)
    }
  }

  subscript(name: String) -> Value { values[name] ?? (hasUnknownNames ? .unknown : .unset) }

  /// What Kubernetes makes of `$(NAME)` and `$$` in a container's words.
  /// - Returns: nil when a variable has no value that the stream tells.
  func expand(_ text: String) -> String? {
    var isKnown = true
    let result = expand(text) { _ in
      isKnown = false
      return ""
    }
    return isKnown ? result : nil
  }

  /// The same with the collector's own `${env:NAME}` for values that the stream does not tell.
  func expandForCollector(_ text: String) -> String { expand(text) { "${env:\($0)}" } }

  private func expand(_ text: String, unknown: (String) -> String) -> String {
    text.replacingReferences("(", ")") { name in
      switch self[name] {
      case .text(let value): value
      case .unknown, .absent: unknown(name)
      // An unknown name stays as it is written.
      case .unset: "$(\(name))"
      }
    }
  }

  // MARK: Sources

  private mutating func addAll(
    of source: JSONValue, _ namespace: String?, _ objects: ClusterObjects
  ) {
    for (member, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
      guard let name = source[member]?["name"]?.string else { continue }
      guard let files = objects.files(kind, name, namespace: namespace) else {
        hasUnknownNames = true
        continue
      }
      for (key, bytes) in files {
        values[(source["prefix"]?.string ?? "") + key] = .text(
          String(decoding: bytes, as: UTF8.self))
      }
    }
  }

  private static func value(
    _ source: [String: JSONValue], _ namespace: String?, _ objects: ClusterObjects
  ) -> Value {
    for (member, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
      guard let reference = source[member], let key = reference["key"]?.string,
        let name = reference["name"]?.string
      else { continue }
      guard let bytes = objects.files(kind, name, namespace: namespace)?[key] else {
        return .absent(source: "\(kind) \(name), key \(key)")
      }
      return .text(String(decoding: bytes, as: UTF8.self))
    }
    return .unknown
  }
}
