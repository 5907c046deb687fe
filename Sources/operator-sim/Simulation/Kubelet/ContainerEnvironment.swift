internal import FilelogEncodings
internal import FilelogJSON
internal import FilelogText

/// Works a container's environment out, as the kubelet does.
struct ContainerEnvironment {
  let pod: PodIdentity
  /// Reads a config map or secret of the pod's namespace; nil when there is none.
  let object: (_ kind: String, _ name: String) throws -> JSONValue?

  /// The values of all variables that have one, in terms of the container's own paths.
  /// - Throws: ``SimulationError`` for a source that is neither known nor optional.
  func values(of container: ContainerSpec) throws -> [String: String] {
    var values: [String: String] = [:]
    for variable in container.environment {
      if let source = variable.source {
        values[variable.name] = try value(of: source, variable.name, container)
      } else {
        values[variable.name] = Self.expand(variable.value ?? "", values)
      }
    }
    return values
  }

  /// Replaces `$(NAME)` by a variable's value; `$$` stands for `$`, and what is not known stays as
  /// it is.
  static func expand(_ text: String, _ values: [String: String]) -> String {
    text.replacingReferences("(", ")") { values[$0] }
  }

  private func value(
    of source: JSONValue, _ name: String, _ container: ContainerSpec
  ) throws -> String? {
    if let path = source["fieldRef"]?["fieldPath"]?.string, let value = pod.field(path) {
      return value
    }
    // Nothing limits a simulated container: it is told of a gibibyte and one processor.
    if let resource = source["resourceFieldRef"]?["resource"]?.string {
      return resource.hasSuffix("memory") ? "1073741824" : "1"
    }
    for (member, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
      guard let reference = source[member], let object = reference["name"]?.string,
        let key = reference["key"]?.string
      else { continue }
      if let value = try text(kind, object, key) { return value }
      if reference["optional"]?.bool == true { return nil }
      throw SimulationError(
        "container \(container.name): \(name) comes from key \(key) of \(kind) \(object), "
          + "which is not there")
    }
    throw SimulationError("container \(container.name): the source of \(name) is not understood")
  }

  private func text(_ kind: String, _ name: String, _ key: String) throws -> String? {
    guard let text = try object(kind, name)?["data"]?[key]?.string else { return nil }
    guard kind == "Secret" else { return text }
    return Base64.decode(text).map { String(decoding: $0, as: UTF8.self) }
  }
}
