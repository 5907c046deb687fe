import FilelogContract
import FilelogJSON
import FilelogYAML
import Testing

@testable import DesiredState

@Suite struct CollectorConfigurationTests {
  @Test func templateHoldsEveryPlaceAndNoPlacedValue() throws {
    let bytes = PackageResources.daemonset_config_yaml_template
    let template = try #require(try YAML.parse(bytes, file: "template").first).value
    #expect(template["extensions"]?[Contract.storageExtension]?["recreate"] == true)
    #expect(template["receivers"]?["filelog"]?["include"] == [])
    #expect(template["exporters"] == [:])
    let order = template["service"]?["pipelines"]?["logs"]?["processors"]
    #expect(
      order == [
        "memory_limiter", "resourcedetection", "k8sattributes",
        "transform/logs/filelog_service_attributes", "resource", "batch", "transform/resources",
      ])
  }

  @Test func receiverStoresOffsetsOnVolume() throws {
    let tree = try configuration("{}", namespaces: ["shop"])
    let storage = try #require(tree["receivers"]?["file_log"]?["storage"]?.string)
    #expect(storage == "file_storage/filelogreceiver_offsets")
    #expect(
      tree["extensions"]?[storage]?["directory"] == "/var/otelcol/filelogreceiver_offsets")
    #expect(tree["service"]?["extensions"]?.array?.contains(.string(storage)) == true)
  }

  @Test(arguments: ["x-honeycomb-team: s3cr3t", "uptrace-dsn: s3cr3t", "any: Bearer s3cr3t"])
  func headerValuesStandInSecretOnly(_ header: String) throws {
    let values = "operator: {export: {grpc: {endpoint: \"h:1\", headers: {\(header)}}}}"
    let manifests = assembleDesiredState(try DesiredStateInput(request(values)))
    #expect(manifests.contains { $0.kind == "Secret" })
    for manifest in manifests where manifest.kind != "Secret" {
      #expect(!String(decoding: manifest.canonicalJSON, as: UTF8.self).contains("s3cr3t"))
    }
  }

  @Test func configurationWithoutNamespaceMatchesNoFileAndNeedsNoFeatureGate() throws {
    let input = try DesiredStateInput(
      request("operator: {collectors: {filelogOffsetSyncLayout: shared}}"))
    let configuration = CollectorConfiguration(input)
    #expect(
      configuration.tree["receivers"]?["file_log"]?["include"] == ["/var/log/pods/_/none.log"])
    #expect(configuration.tree["service"]?["pipelines"]?["logs"]?["receivers"] == ["file_log"])
    #expect(configuration.featureGates.isEmpty)
    #expect(input.notes == [.noNamespace])
  }

  @Test func operatorNamespaceIsNeverCollected() throws {
    let tree = try configuration("{}", namespaces: ["ops", "shop"])
    #expect(
      tree["receivers"]?["file_log"]?["include"] == [
        "/var/log/pods/shop_*/*/*.log", "/var/otelcol/filelog_rotated_logs/*/shop_*/*/*.log",
      ])
  }

  @Test(arguments: [
    "plain", "a \"b\" 'c'", "key: value", "line\nline: two\n", "${env:HOME}", "$$", "$", "{{ x }}",
    "- a", "# b", "yes", "0123", "\t", "é😀",
  ])
  func hostileValuesStayData(_ text: String) throws {
    let values: JSONValue = [
      "operator": [
        "clusterName": .string("<\(text)>"),
        "export": [
          "grpc": ["endpoint": .string(text), "headers": ["X-Header": .string(text)]]
        ],
      ]
    ]
    let monitoring = "kind: Dash0Monitoring\nmetadata: {namespace: shop}\n"
    let input = try DesiredStateInput(
      request(JSONWriter.compact.string(values), monitoring: monitoring))
    let yaml = CollectorConfiguration(input).yaml
    let tree = try #require(try YAML.parse(yaml, file: "config.yaml").first).value
    let escaped = JSONValue.string(text.replacing("$", with: "$$"))
    let exporter = tree["exporters"]?["otlp_grpc/default_0"]
    #expect(exporter?["endpoint"] == escaped)
    // Any header may be a credential: its text stands in a Secret, and nowhere here.
    #expect(exporter?["headers"] == ["X-Header": "${env:GRPC_HEADER_0}"])
    let attributes = tree["processors"]?["resource"]?["attributes"]?.array
    #expect(
      attributes?.first { $0["key"] == "k8s.cluster.name" }?["value"]
        == .string("<\(text.replacing("$", with: "$$"))>"))
    // Nothing else changed: no value became structure.
    #expect(tree == CollectorConfiguration(input).tree)
    let plain = try configuration(
      "operator: {clusterName: x, export: {grpc: {endpoint: x, headers: {X-Header: x}}}}",
      namespaces: ["shop"])
    #expect(shape(tree) == shape(plain))
  }

  @Test func emptyTextsMeanNotSet() throws {
    let tree = try configuration(
      "operator: {clusterName: \"\", dash0Export: {dataset: \"\"}}", namespaces: ["shop"])
    let keys = tree["processors"]?["resource"]?["attributes"]?.array?.compactMap { $0["key"] }
    #expect(keys?.contains("k8s.cluster.name") == false)
  }

  @Test func withoutExportNothingIsRenderedUnlessInDevelopmentMode() throws {
    let monitoring = "kind: Dash0Monitoring\nmetadata: {namespace: shop}\n"
    let input = try DesiredStateInput(request("{}", monitoring: monitoring, base: "{}"))
    #expect(assembleDesiredState(input).isEmpty)
    #expect(input.notes == [.noExport])
    let debugging = try DesiredStateInput(
      request(
        "operator: {developmentMode: true, collectors: {filelogRotatedFiles: none}}",
        monitoring: monitoring, base: "{}"))
    let pipeline = CollectorConfiguration(debugging).tree["service"]?["pipelines"]?["logs"]
    #expect(pipeline?["exporters"] == ["debug"])
    #expect(debugging.notes == [.debugExportOnly])
    #expect(!assembleDesiredState(debugging).isEmpty)
  }

  @Test func compressedConfigurationHoldsSameText() throws {
    let monitoring = "kind: Dash0Monitoring\nmetadata: {namespace: shop}\n"
    func input(_ compressed: Bool) throws -> DesiredStateInput {
      try DesiredStateInput(
        request(
          "operator: {collectors: {compressConfigMaps: \(compressed)}}", monitoring: monitoring))
    }
    let plain = try CollectorConfigFile(input(false))
    let compressed = try CollectorConfigFile(input(true))
    #expect(plain.checksum == compressed.checksum)
    let again = try CollectorConfigFile(input(true))
    #expect(compressed.data == again.data)
    #expect(compressed.data["data"] == nil && plain.data["binaryData"] == nil)
  }

  @Test func changedSecretChangesChecksum() throws {
    func checksum(_ token: String) throws -> String {
      let values =
        "operator: {dash0Export: {enabled: true, endpoint: \"h:1\", token: \(token)}}"
      return CollectorConfigFile(try DesiredStateInput(request(values))).checksum
    }
    #expect(try checksum("one") != checksum("two"))
  }

  @Test(
    arguments: [
      ("ghcr.io/dash0hq/collector", "", ["/otelcol"], true),
      ("mirror.example.com:5000/x/collector", "", nil, false),
      ("mirror.example.com/dash0hq-collector", "collectorCommand: [/otelcol]", ["/otelcol"], true),
      ("mirror.example.com/otel", "collectorCommand: []", nil, true),
      ("otel/opentelemetry-collector-contrib", "", nil, true),
    ] as [(String, String, JSONValue?, Bool)])
  func commandIsKnownOnlyForImagesOfKnownMakers(
    _ repository: String, _ collectors: String, _ command: JSONValue?, _ isKnown: Bool
  ) throws {
    let input = try DesiredStateInput(
      request(
        "operator: {collectorImage: {repository: \"\(repository)\"}, collectors: {\(collectors)}}"))
    #expect(collectorContainer(input).json["command"] == command)
    let note = DesiredStateNote.unknownEntryPoint(image: "\(repository):0.153.0")
    #expect(input.notes.contains(note) == !isKnown)
  }

  private func configuration(
    _ values: String, namespaces: [String]
  ) throws -> JSONValue {
    let monitoring = namespaces.map { "kind: Dash0Monitoring\nmetadata: {namespace: \($0)}\n" }
    let request = request(values, monitoring: monitoring.joined(separator: "---\n"))
    return CollectorConfiguration(try DesiredStateInput(request)).tree
  }

  /// The tree without its texts.
  private func shape(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): .array(elements.map(shape))
    case .object(let members): .object(members.mapValues(shape))
    default: .null
    }
  }
}
