import FilelogJSON
import FilelogYAML
import Testing

@testable import Simulation

@Suite struct CollectorAdaptationTests {
  static let configuration: JSONValue = [
    "extensions": [
      "health_check": ["endpoint": "[${env:K8S_POD_IP}]:13133"],
      "file_storage/offsets": ["directory": "/var/otelcol/offsets"],
    ],
    "receivers": ["filelog": ["include": ["/var/log/pods/shop_*/*/*.log"]]],
    "processors": ["k8sattributes": ["extract": ["metadata": ["k8s.pod.name"]]], "batch": nil],
    "service": ["telemetry": ["metrics": ["level": "detailed"], "logs": ["level": "info"]]],
  ]

  static let paths: PathMap = {
    var map = PathMap()
    map.map("/var/otelcol/offsets", to: "/sim/offsets")
    map.map("/var/log/pods", to: "/sim/pods")
    return map
  }()

  @Test func aStandInsConfigurationHasOnlyItsPathsChanged() {
    var expected = Self.configuration
    expected["extensions"] = [
      "health_check": ["endpoint": "[${env:K8S_POD_IP}]:13133"],
      "file_storage/offsets": ["directory": "/sim/offsets"],
    ]
    expected["receivers"] = ["filelog": ["include": ["/sim/pods/shop_*/*/*.log"]]]
    let adaptation = CollectorAdaptation(paths: Self.paths, realCollector: nil)
    #expect(adaptation.adapt(Self.configuration) == expected)
  }

  @Test(arguments: [
    ("--config=file:/var/otelcol/offsets/c.yaml", "--config=file:/sim/offsets/c.yaml"),
    (
      "--config=yaml:{\"receivers\":{\"filelog\":{\"include\":[\"/var/log/pods/*/*/*.log\"]}}}",
      "--config=yaml:{\"receivers\":{\"filelog\":{\"include\":[\"/sim/pods/*/*/*.log\"]}}}"
    ),
    (
      "--config=yaml:receivers::filelog::poll_interval: 1s",
      "--config=yaml:receivers::filelog::poll_interval: 1s"
    ),
  ])
  func pathsAreChangedInConfigurationsWithinArgumentsToo(_ argument: String, _ expected: String) {
    let adaptation = CollectorAdaptation(paths: Self.paths, realCollector: nil)
    #expect(adaptation.adapt(argument: argument) == expected)
  }

  @Test func aRealCollectorGetsPortsAndCredentialsOfItsOwn() {
    let adaptation = CollectorAdaptation(
      paths: Self.paths, realCollector: .init(healthCheckPort: 4711))
    let adapted = adaptation.adapt(Self.configuration)
    #expect(adapted["extensions"]?["health_check"] == ["endpoint": "127.0.0.1:4711"])
    #expect(adapted["processors"]?["k8sattributes"]?["auth_type"] == "kubeConfig")
    #expect(adapted["processors"]?["k8sattributes"]?["extract"] != nil)
    #expect(adapted["processors"]?["batch"] == .null)
    #expect(
      adapted["service"]?["telemetry"] == ["metrics": ["level": "none"], "logs": ["level": "info"]])
  }

  @Test func queuesOnDiskLieWhereReceiversKeepOffsets() {
    var configuration = Self.configuration
    configuration["receivers"] = ["filelog": ["storage": "file_storage/offsets"], "otlp": [:]]
    configuration["exporters"] = [
      "otlp_http/a": ["sending_queue": ["enabled": true]], "otlphttp": nil, "debug": [:],
    ]
    let adaptation = CollectorAdaptation(
      paths: Self.paths, realCollector: nil, queuesOnDisk: true)
    #expect(
      adaptation.adapt(configuration)["exporters"] == [
        "otlp_http/a": ["sending_queue": ["enabled": true, "storage": "file_storage/offsets"]],
        "otlphttp": ["sending_queue": ["storage": "file_storage/offsets"]], "debug": [:],
      ])
  }

  @Test func filesThatAreNoCollectorConfigurationStayAsTheyAre() throws {
    let adaptation = CollectorAdaptation(paths: Self.paths, realCollector: nil)
    for (name, text) in [
      ("script.sh", "cat /var/log/pods"), ("other.yaml", "path: /var/log/pods\n"),
    ] {
      #expect(try adaptation.adapt(file: name, Array(text.utf8)) == Array(text.utf8))
    }
    let changed = try adaptation.adapt(
      file: "config.yaml", Array(YAML.emit(Self.configuration).utf8))
    #expect(String(decoding: changed, as: UTF8.self).contains("/sim/offsets"))
  }
}
