internal import FilelogJSON
internal import FilelogYAML

/// What has to be different in a collector's configuration so that it runs on this machine instead
/// of in its container.
struct CollectorAdaptation {
  /// What a real collector needs beyond its paths; a stand-in needs none of it.
  struct RealCollector {
    /// Where its health check listens: nodes have addresses of their own, simulated ones only ports.
    var healthCheckPort: UInt16
  }

  let paths: PathMap
  let realCollector: RealCollector?
  /// Whether exporters keep what waits on disk, where receivers keep their offsets.
  var queuesOnDisk = false

  /// What is changed, in words for the user.
  static let realCollectorNotes = [
    "paths of the container are mapped to directories of the simulated node",
    "health_check listens on 127.0.0.1, on a port of its own for each node",
    "k8s_attributes reads a kubeconfig of the pod's service account (auth_type: kubeConfig)",
    "the collector's own metrics are off (service.telemetry.metrics.level: none)",
  ]

  /// Changes a file of a config map if it is a collector configuration.
  func adapt(file name: String, _ bytes: [UInt8]) throws -> [UInt8] {
    guard name.hasSuffix(".yaml") || name.hasSuffix(".yml"),
      let root = try YAML.parse(bytes, file: name).first?.value, root["service"] != nil
    else { return bytes }
    return Array(YAML.emit(adapt(root)).utf8)
  }

  /// Changes the paths in an argument, in those of a configuration within it too.
  func adapt(argument: String) -> String {
    let inline = "--config=yaml:"
    guard argument.hasPrefix(inline),
      let configuration = try? JSONValue(parsing: String(argument.dropFirst(inline.count)))
    else { return paths.translate(argument) }
    return inline + JSONWriter.compact.string(translate(configuration))
  }

  func adapt(_ configuration: JSONValue) -> JSONValue {
    var adapted = translate(configuration)
    if queuesOnDisk,
      let storage = adapted["receivers"]?.object?.values.compactMap({ $0["storage"]?.string }).first
    {
      adapted.mapMembers(of: "exporters", ofType: ["otlphttp", "otlp_http"]) { settings in
        settings.set(["sending_queue", "storage"], to: .string(storage))
      }
    }
    guard let realCollector else { return adapted }
    adapted.mapMembers(of: "extensions", ofType: ["health_check"]) { settings in
      settings["endpoint"] = "127.0.0.1:\(realCollector.healthCheckPort)"
    }
    adapted.mapMembers(of: "processors", ofType: ["k8sattributes", "k8s_attributes"]) { settings in
      settings["auth_type"] = "kubeConfig"
    }
    adapted.set(["service", "telemetry", "metrics"], to: ["level": "none"])
    return adapted
  }

  private func translate(_ value: JSONValue) -> JSONValue {
    value.mappingStrings(paths.translate)
  }
}

extension JSONValue {
  /// The same with every text in it changed, but for keys.
  func mappingStrings(_ change: (String) -> String) -> JSONValue {
    switch self {
    case .string(let text): .string(change(text))
    case .array(let elements): .array(elements.map { $0.mappingStrings(change) })
    case .object(let members): .object(members.mapValues { $0.mappingStrings(change) })
    default: self
    }
  }

  /// Changes the settings of every component of a section that is of one of the types; settings
  /// that are null become an object.
  fileprivate mutating func mapMembers(
    of section: String, ofType types: [String], _ change: (inout JSONValue) -> Void
  ) {
    guard var components = self[section]?.object else { return }
    for (id, settings) in components where types.contains(String(id.prefix { $0 != "/" })) {
      var changed = settings.object == nil ? JSONValue.object([:]) : settings
      change(&changed)
      components[id] = changed
    }
    self[section] = .object(components)
  }

  /// Sets a member of nested objects, which are made where they are missing.
  fileprivate mutating func set(_ path: [String], to value: JSONValue) {
    guard let first = path.first else {
      self = value
      return
    }
    var member = self[first] ?? .object([:])
    if member.object == nil { member = .object([:]) }
    member.set(Array(path.dropFirst()), to: value)
    self[first] = member
  }
}
