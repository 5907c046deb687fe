internal import JSON

/// Reads `Dash0Monitoring` objects: each asks for one namespace to be monitored.
enum MonitoringResources {
  /// The namespaces whose logs are to be collected, in no particular order.
  static func collectedNamespaces(
    _ request: DesiredStateRequest, log: ProblemLog
  ) -> [String] {
    var namespaces: [String: Bool] = [:]
    for (index, file) in request.monitoring.enumerated() {
      // After all values files, before the options.
      let rank = 10_000 + index
      for object in objects(in: file, rank: rank, log: log) {
        guard let (namespace, collects) = read(object) else { continue }
        if namespaces.updateValue(collects, forKey: namespace) != nil {
          object.object()["metadata"].object()["namespace"].reject(
            found: "a second Dash0Monitoring for \(SourcedValue.quote(namespace))",
            expected: "one for each namespace")
        }
      }
    }
    return namespaces.filter(\.value).map(\.key)
  }

  /// A file holds documents, and each is an object, a list of objects, or a Kubernetes `List`.
  private static func objects(
    in file: InputFile, rank: Int, log: ProblemLog
  ) -> [ValueReader] {
    InputDocuments.read(file, rank: rank, log: log).flatMap { document -> [ValueReader] in
      // `items: null` is a list without objects.
      if case .mapping(let members) = document.kind, members["items"]?.isNull == true { return [] }
      return objects(in: document.withoutNulls, log: log)
    }
  }

  private static func objects(in tree: SourcedValue, log: ProblemLog) -> [ValueReader] {
    let reader = ValueReader(keyPath: "", value: tree, parent: tree.origin, log: log)
    switch tree.kind {
    case .scalar(.null): return []
    case .list: return reader.elements()
    case .mapping(let members):
      guard let items = members["items"] else { return [reader] }
      return ValueReader(keyPath: "items", value: items, parent: tree.origin, log: log).elements()
    case .scalar: return [reader]
    }
  }

  private static func read(_ reader: ValueReader) -> (namespace: String, collects: Bool)? {
    let object = reader.object()
    guard reader.isMapping else { return nil }
    let kind = object["kind"]
    if kind.requiredText() != "Dash0Monitoring" { kind.reject(expected: "Dash0Monitoring") }
    let version = object["apiVersion"]
    if let text = version.text(), !text.hasPrefix("operator.dash0.com/") {
      version.reject(expected: "operator.dash0.com/v1beta1")
    }
    let namespace = object["metadata"].object()["namespace"].requiredText(.namespace)
    let spec = object["spec"].object()
    let logs = spec["logCollection"].object()
    let collects = logs["enabled"].bool(default: true)
    logs.rejectUnknownKeys()
    // The other keys of a spec are other components'; a slip in this one would go unnoticed.
    _ = spec.ignoreUnknownKeys(foreign: [], elsewhere: [:])
    return namespace.isEmpty ? nil : (namespace, collects)
  }
}
