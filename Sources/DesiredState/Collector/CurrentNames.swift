internal import FilelogJSON

/// The names of components since collectors 0.144 (`otlp_grpc`, `otlp_http`) to 0.154
/// (`resource_detection` with the detector `k8s_api`). Newer collectors take the older names too, and
/// warn at every start.
enum CurrentNames {
  private typealias Types = [(section: String, list: String, names: [String: String])]

  private static let types: Types = [
    ("receivers", "receivers", ["filelog": "file_log"]),
    ("processors", "processors", ["k8sattributes": "k8s_attributes"]),
    ("exporters", "exporters", ["otlp": "otlp_grpc", "otlphttp": "otlp_http"]),
  ]

  private static let detection: Types = [
    ("processors", "processors", ["resourcedetection": "resource_detection"])
  ]

  /// Renames the components of a configuration, and what refers to them.
  static func apply(to tree: inout JSONValue, _ version: CollectorProgram.Version?) {
    rename(types, in: &tree)
    guard let version, version >= .resourceDetection else { return }
    rename(detection, in: &tree)
    guard var processor = tree["processors"]?["resource_detection"]?.object else { return }
    processor["detectors"] = processor["detectors"]?.array.map { detectors in
      .array(detectors.map { $0 == "k8snode" ? "k8s_api" : $0 })
    }
    processor["k8s_api"] = processor.removeValue(forKey: "k8snode")
    tree.place(.object(processor), at: "processors", "resource_detection")
  }

  private static func rename(_ types: Types, in tree: inout JSONValue) {
    for (section, list, names) in types {
      let members = (tree[section]?.object ?? [:]).map { (renamed($0.key, names), $0.value) }
      if tree[section] != nil {
        tree[section] = .object(Dictionary(members) { $1 })
      }
      for (pipeline, content) in tree["service"]?["pipelines"]?.object ?? [:] {
        guard let elements = content[list]?.array else { continue }
        let renamed = elements.map { element in
          element.string.map { JSONValue.string(Self.renamed($0, names)) } ?? element
        }
        tree.place(.array(renamed), at: "service", "pipelines", pipeline, list)
      }
    }
  }

  private static func renamed(_ name: String, _ names: [String: String]) -> String {
    let type = name.prefix { $0 != "/" }
    guard let current = names[String(type)] else { return name }
    return current + name.dropFirst(type.count)
  }
}
