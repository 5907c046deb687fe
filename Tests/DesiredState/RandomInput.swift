import DesiredState
import FilelogJSON
import FilelogSystemCalls
import TestSupport

/// Valid inputs drawn at random, so that invariants are tried on combinations that no case names.
struct RandomInput {
  private var generator: SeededRandom

  let values: JSONValue
  let namespaces: [String: Bool]
  let kubernetesVersion: String?

  init(seed: UInt64) {
    var generator = SeededRandom(seed: seed)
    values = Self.values(&generator)
    var namespaces: [String: Bool] = [:]
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      namespaces[generator.pick(["shop", "billing", "a", "dash0-system", "x-1", "z9"])] =
        generator.flip()
    }
    self.namespaces = namespaces
    kubernetesVersion = generator.pick([nil, "1.28", "1.29", "v1.36.1"])
    self.generator = generator
  }

  /// A request in which everything that has no order stands in a random one.
  mutating func request() -> DesiredStateRequest {
    var request = DesiredStateRequest(release: "rel", namespace: "dash0-system")
    request.kubernetesVersion = kubernetesVersion.flatMap { KubernetesVersion($0) }
    request.values = [InputFile(name: "values.json", text: shuffledText(values))]
    let objects = namespaces.map { namespace, enabled -> JSONValue in
      [
        "kind": "Dash0Monitoring", "apiVersion": "operator.dash0.com/v1beta1",
        "metadata": ["name": "m", "namespace": .string(namespace)],
        "spec": ["logCollection": ["enabled": .bool(enabled)]],
      ]
    }
    let documents = objects.shuffled(using: &generator).map { shuffledText($0) }
    request.monitoring = [
      InputFile(name: "monitoring.yaml", text: documents.joined(separator: "\n---\n"))
    ]
    return request
  }

  private mutating func shuffledText(_ value: JSONValue) -> String {
    switch value {
    case .object(let members):
      let parts = members.shuffled(using: &generator).map { key, member in
        JSONWriter.compact.string(.string(key)) + ": " + shuffledText(member)
      }
      return "{" + parts.joined(separator: ", ") + "}"
    case .array(let elements):
      return "[" + elements.map { shuffledText($0) }.joined(separator: ", ") + "]"
    default: return JSONWriter.compact.string(value)
    }
  }

  private static func values(_ generator: inout SeededRandom) -> JSONValue {
    var members: [String: JSONValue] = [:]
    func maybe(_ key: String, _ values: [JSONValue]) {
      if generator.flip() { members[key] = generator.pick(values) }
    }
    maybe("gke", [["autopilot": ["enabled": true]]])
    maybe("collectNodeLabelsAndAnnotationsEnabled", [true, false])
    maybe("clusterName", ["", "c", .string(hostile)])
    maybe("developmentMode", [true, false])
    maybe("selfMonitoringEnabled", [true, false])
    maybe("imagePullSecrets", [[], [["name": "pull"]]])
    maybe("collectorImage", [["tag": "1"], ["pullPolicy": "Always"], ["repository": "a/b"]])
    maybe(
      "dash0Export",
      [
        ["enabled": false, "token": "unused"],
        ["enabled": true, "endpoint": "host:4317", "token": .string("s3cr3t" + hostile)],
        [
          "enabled": true, "endpoint": .string(hostile), "dataset": .string(hostile),
          "secretRef": ["name": "mine", "key": "token"],
        ],
      ])
    maybe("export", [[:], ["grpc": grpc], ["http": http], ["grpc": grpc, "http": http]])
    // Without an export there is nothing to render.
    let exports = [
      members["dash0Export"]?["enabled"], members["export"]?["grpc"], members["export"]?["http"],
    ]
    if exports.allSatisfy({ $0 == nil || $0 == false }) { members["developmentMode"] = true }
    members["filelogOffsetSyncImage"] = ["repository": "registry.example.com/filelog-offset-sync"]
    members["collectors"] = collectors(&generator)
    return ["operator": .object(members)]
  }

  private static func collectors(_ generator: inout SeededRandom) -> JSONValue {
    var members: [String: JSONValue] = [:]
    func maybe(_ key: String, _ values: [JSONValue]) {
      if generator.flip() { members[key] = generator.pick(values) }
    }
    maybe(
      "filelogOffsetSyncStorageVolume",
      [
        nil, ["name": "v", "csi": ["driver": "d"]],
        ["name": "filelogreceiver-offsets", "persistentVolumeClaim": ["claimName": "c"]],
        ["name": "n", "nfs": ["server": "s", "path": "/"]],
      ])
    maybe("filelogOffsetSyncNativeSidecar", ["auto", true, false])
    maybe("filelogOffsetSyncLayout", ["shared", "perNode", "auto"])
    maybe("filelogOffsetSyncPreviousLayout", ["shared", "perNode", ""])
    maybe("compressConfigMaps", [true, false])
    maybe("filelogStartAt", ["beginning", "end"])
    maybe("filelogOffsetSyncInterval", ["1s", "5m"])
    maybe("filelogOffsetSyncShutdownDeadline", ["45s"])
    maybe("filelogExtraLogDirectories", [["/var/log/app", "/var/log/x"]])
    maybe("daemonSetUpdateStrategy", [["rollingUpdate": ["maxUnavailable": "10%"]]])
    maybe("k8s_attributes", [["disableReplicasetInformer": true, "wait_for_metadata": true]])
    maybe("enablePprofExtension", [true, false])
    maybe("debugVerbosityDetailed", [true, false])
    maybe("filelogDelivery", ["bestEffort", "atLeastOnce"])
    maybe("filelogRotatedFiles", ["newest", "all", "none"])
    maybe("sendBatchSize", [0, 10, 9000])
    maybe("sendBatchMaxSize", [0, 9000])
    maybe("daemonSetLabels", [[:], ["a": "b"]])
    maybe("daemonSetPodLabels", [["a": "b", "c/d": ""]])
    maybe("daemonSetPodAnnotations", [["a": .string(hostile), "b": "x"]])
    maybe("daemonSetTolerations", [[], [["operator": "Exists"]]])
    maybe("daemonSetNodeAffinity", [nil])
    maybe("daemonSetPriorityClassName", ["", "high"])
    maybe("daemonSetProbes", [["startup": nil], ["liveness": ["periodSeconds": 7]]])
    maybe("daemonSetCollectorContainerResources", [["gomemlimit": nil], ["limits": nil]])
    return .object(members)
  }

  /// Everything that could break out of its place, or be expanded there.
  static let hostile = "q\"'`: -\n ${env:X} $(Y) $$ {{ .Z }} # %20,=\\ é"

  private static let grpc: JSONValue = [
    "endpoint": "host:4317", "insecure": true,
    "headers": [
      ["name": "X-Plain", "value": .string(hostile)],
      ["name": "X-Token", "value": .string("s3cr3t" + hostile)],
      ["name": "X-Key", "valueFrom": ["secretKeyRef": ["name": "mine", "key": "k"]]],
    ],
  ]

  private static let http: JSONValue = [
    "endpoint": .string("https://host/" + hostile), "encoding": "json",
    "headers": ["X-Plain": .string(hostile), "Cookie": .string("s3cr3t" + hostile)],
  ]
}
