internal import FilelogJSON

/// Sends records of namespaces with exports of their own there, and all others to the operator's.
struct Routing {
  private static let connector = "routing/logs"
  private static let standard = "logs/export/default"

  /// Changes a configuration with one pipeline `logs` into one with a pipeline for each destination;
  /// nothing where no namespace has exports of its own.
  static func place(_ exporters: Exporters, in tree: inout JSONValue) {
    guard !exporters.namesByNamespace.isEmpty else {
      tree.place(.texts(exporters.names), at: "service", "pipelines", "logs", "exporters")
      return
    }
    tree.place(.texts([connector]), at: "service", "pipelines", "logs", "exporters")
    addPipeline(standard, exporters.names, to: &tree)
    var table: [JSONValue] = []
    for (namespace, names) in exporters.namesByNamespace {
      let pipeline = "logs/export/ns/\(namespace)"
      addPipeline(pipeline, names, to: &tree)
      table.append([
        "context": "resource",
        "condition": .string("attributes[\"k8s.namespace.name\"] == \"\(namespace)\""),
        "pipelines": [.string(pipeline)],
      ])
    }
    tree["connectors"] = [
      connector: [
        "default_pipelines": [.string(standard)], "error_mode": "ignore", "table": .array(table),
      ]
    ]
  }

  private static func addPipeline(_ name: String, _ exporters: [String], to tree: inout JSONValue) {
    tree.place(
      ["receivers": [.string(connector)], "exporters": .texts(exporters)],
      at: "service", "pipelines", name, isNew: true)
  }
}
