import FilelogJSON
import FilelogSystemCalls
import FilelogYAML
import TestSupport

/// Streams with a collector that can be attached to, written in every way that YAML allows.
struct RandomManifests {
  private var random: SeededRandom
  private var indentsLists = false

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func chance(_ percent: Int = 50) -> Bool {
    Int.random(in: 0..<100, using: &random) < percent
  }

  /// The whole stream: the objects in any order, others between them.
  mutating func stream() -> String {
    indentsLists = chance()
    var documents = [document(configMap()), document(daemonSet())]
    if chance() { documents.append(document(other)) }
    if chance(20) { documents.append("# nothing but a comment\n") }
    documents.shuffle(using: &random)
    var text = chance(20) ? "" : "---\n"
    text += documents.joined(separator: chance(15) ? "...\n---\n" : "---\n")
    if chance(20) { while text.hasSuffix("\n") { text.removeLast() } }
    return chance(25) ? text.replacing("\n", with: "\r\n") : text
  }

  private mutating func document(_ value: JSONValue) -> String {
    var text = chance() ? "# Source: chart/templates/x.yaml\n" : ""
    text += block(value, indent: 0).map { $0 + "\n" }.joined()
    if chance(20) { text += "\n" }
    return text
  }

  // MARK: Objects

  private mutating func configMap() -> JSONValue {
    let exclude = chance() ? ", exclude: [/var/log/pods/a_*/*/*.log]" : ""
    return [
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "config", "namespace": "logs"],
      "data": [
        "relay": .string(
          """
          receivers:
            file_log: {include: [/var/log/pods/*/*/*.log]\(exclude)}
          exporters: {debug: {}}
          service:
            extensions: [health_check]
            pipelines: {logs: {receivers: [file_log], exporters: [debug]}}
          """)
      ],
    ]
  }

  private let other: JSONValue = [
    "apiVersion": "example.com/v1", "kind": "Odd", "metadata": ["name": "odd"],
    "spec": ["list": [1, 2, ["a": nil]], "text": "a: b # c"],
  ]

  private mutating func daemonSet() -> JSONValue {
    var container: JSONValue = [
      "name": "collector", "image": "otel/opentelemetry-collector-k8s:0.158.0",
      "volumeMounts": [["name": "config", "mountPath": "/conf"]],
    ]
    if chance() {
      container["command"] = ["/otelcol-k8s"]
      container["args"] = ["--config=/conf/relay.yaml"]
    } else {
      container["command"] = ["/otelcol-k8s", "--config", "/conf/relay.yaml"]
    }
    let mountsLogs = chance()
    if mountsLogs {
      container["volumeMounts"] = [
        ["name": "config", "mountPath": "/conf"], ["name": "logs", "mountPath": "/var/log"],
      ]
    }
    if chance(30) { container["resources"] = ["limits": ["cpu": "200m"]] }
    if chance(30) { container["securityContext"] = nil }
    var pod: JSONValue = [
      "containers": [container],
      "volumes": [
        [
          "name": "config",
          "configMap": ["name": "config", "items": [["key": "relay", "path": "relay.yaml"]]],
        ]
      ],
    ]
    if mountsLogs {
      let logs: JSONValue = ["name": "logs", "hostPath": ["path": "/var/log"]]
      pod["volumes"] = .array((pod["volumes"]?.array ?? []) + [logs])
    }
    if chance(30) { pod["initContainers"] = chance() ? .null : [] }
    if chance(30) { pod["initContainers"] = [["name": "first", "image": "example.com/first"]] }
    if chance(30) { pod["tolerations"] = [["operator": "Exists"]] }
    var metadata: JSONValue = ["name": "agent", "namespace": "logs"]
    if chance(40) { metadata["annotations"] = chance() ? .null : chance() ? [:] : ["a": "b"] }
    var podMetadata: JSONValue = ["labels": ["app": "agent"]]
    if chance(40) { podMetadata["annotations"] = chance() ? .null : ["checksum/config": "0f2c"] }
    return [
      "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata,
      "spec": [
        "selector": ["matchLabels": ["app": "agent"]],
        "template": ["metadata": podMetadata, "spec": pod],
      ],
    ]
  }

  // MARK: Text

  private mutating func block(_ value: JSONValue, indent: Int) -> [String] {
    let space = String(repeating: " ", count: indent)
    switch value {
    case .object(let members):
      let shuffled = members.sorted { $0.key < $1.key }.shuffled(using: &random)
      return shuffled.flatMap { key, value -> [String] in
        let quoted = chance(10) ? "\"\(key)\"" : key
        var lines = below(value, space + quoted + ":", indent: indent)
        if chance(8) { lines.insert(space + "# about \(key)", at: 0) }
        return lines
      }
    case .array(let elements):
      return elements.flatMap { element -> [String] in
        guard element.array != nil || element.object != nil, !isFlow(element) else {
          return [space + "- " + flow(element)]
        }
        var lines = block(element, indent: indent + 2)
        let first = lines.firstIndex { !$0.hasPrefix(space + "  #") } ?? 0
        lines[first] = space + "- " + lines[first].dropFirst(indent + 2)
        lines = Array(lines[first...])
        return lines
      }
    default: return [space + flow(value)]
    }
  }

  private mutating func below(_ value: JSONValue, _ key: String, indent: Int) -> [String] {
    let comment = chance(8) ? "   # why" : ""
    switch value {
    case .null: return [key + ["", " null", " ~"].randomElement(using: &random)! + comment]
    case .string(let text) where text.contains("\n"):
      let space = String(repeating: " ", count: indent + 2)
      let header = ["|", "|-", "|+"].randomElement(using: &random)!
      return [key + " " + header] + text.split(separator: "\n").map { space + $0 }
        + (chance(30) ? [""] : [])
    case .object, .array:
      guard !isFlow(value) else { return [key + " " + flow(value) + comment] }
      let inner = value.array == nil || indentsLists ? indent + 2 : indent
      return [key + comment] + block(value, indent: inner)
    default: return [key + " " + flow(value) + comment]
    }
  }

  private mutating func isFlow(_ value: JSONValue) -> Bool {
    let text = JSONWriter.compact.string(value)
    return text == "{}" || text == "[]" || (text.count < 120 && chance(20))
  }

  private mutating func flow(_ value: JSONValue) -> String {
    if case .string(let text) = value, YAML.isPlain(text), chance(70) { return text }
    return JSONWriter.compact.string(value)
  }
}
