import FilelogContract
import FilelogJSON
import Testing

@testable import DesiredState

/// What `filelogDelivery` changes.
@Suite struct DeliveryTests {
  private static let monitoring = "kind: Dash0Monitoring\nmetadata: {namespace: shop}\n"
  private static let exports =
    "export: {grpc: {endpoint: \"h:4317\"}, http: {endpoint: \"https://h\"}}"

  private func input(
    _ collectors: String, monitoring: String? = Self.monitoring
  ) throws -> DesiredStateInput {
    try DesiredStateInput(
      request(
        "operator: {\(Self.exports), collectors: {\(collectors)}}", monitoring: monitoring))
  }

  @Test func atLeastOnceConfigurationHoldsNoRecordsBeyondOffsets() throws {
    let tree = CollectorConfiguration(
      try input("filelogDelivery: atLeastOnce, debugVerbosityDetailed: true")
    ).tree
    let forEver: JSONValue = [
      "enabled": true, "initial_interval": "1s", "max_interval": "5s", "max_elapsed_time": 0,
    ]
    #expect(tree["processors"]?["batch"] == nil)
    #expect(
      tree["service"]?["pipelines"]?["logs"]?["processors"]
        == [
          "memory_limiter", "resourcedetection", "k8s_attributes",
          "transform/logs/filelog_service_attributes", "resource", "transform/resources",
        ])
    for name in ["otlp_grpc/default_0", "otlp_http/default_0/proto"] {
      let exporter = try #require(tree["exporters"]?[name])
      #expect(exporter["sending_queue"] == ["enabled": false])
      #expect(exporter["retry_on_failure"] == forEver)
      #expect(exporter["endpoint"] != nil)
    }
    // It knows no such settings, and a collector refuses those it does not know.
    #expect(tree["exporters"]?["debug"] == ["verbosity": "detailed"])
    #expect(tree["receivers"]?["file_log"]?["retry_on_failure"] == forEver)
  }

  @Test func atLeastOnceSetsSynchronousEmitterGate() throws {
    let arguments = collectorContainer(try input("filelogDelivery: atLeastOnce")).json["args"]
    #expect(
      arguments?.array?.contains("--feature-gates=stanza.synchronousLogEmitter") == true)
    let idle = try input("filelogDelivery: atLeastOnce", monitoring: nil)
    #expect(
      CollectorConfiguration(idle).featureGates == [
        "--feature-gates=stanza.synchronousLogEmitter"
      ])
  }

  @Test func deliveryVariableIsSetForAtLeastOnceOnly() throws {
    for container in [filelogOffsetInitContainer, filelogOffsetSyncContainer] {
      let variables =
        try container(OffsetSyncSettings(input("filelogDelivery: atLeastOnce")))["env"]?.array ?? []
      #expect(variables.contains(["name": "FILELOG_DELIVERY", "value": "atLeastOnce"]))
      let others =
        try container(OffsetSyncSettings(input("filelogDelivery: bestEffort")))["env"]?.array ?? []
      #expect(!others.contains { $0["name"] == "FILELOG_DELIVERY" })
    }
  }

  @Test func bestEffortEqualsDefault() throws {
    let plain = assembleDesiredState(try input("")).map(\.json)
    #expect(assembleDesiredState(try input("filelogDelivery: bestEffort")).map(\.json) == plain)
  }

  @Test func ineffectiveDeliveryValuesGiveNotes() throws {
    #expect(
      try input("filelogDelivery: atLeastOnce, sendBatchSize: 10").notes == [
        .batchSizesWithoutEffect, .layoutChosen(.shared, .unknownKubernetes),
      ])
    let volume = "filelogOffsetSyncStorageVolume: {name: v, hostPath: {path: /data}}"
    #expect(
      try input("filelogDelivery: atLeastOnce, \(volume)").notes == [
        .atLeastOnceOnVolume
      ])
    #expect(
      try input("filelogDelivery: bestEffort, \(volume), sendBatchSize: 10").notes.isEmpty)
  }

  @Test func unknownDeliveryIsRefused() {
    #expect(
      problems(request("operator: {collectors: {filelogDelivery: exactlyOnce}}")) == [
        "values.yaml:1: operator.collectors.filelogDelivery: found \"exactlyOnce\", "
          + "expected one of bestEffort, atLeastOnce"
      ])
    #expect(
      problems(request("operator: {collectors: {filelogDelivry: atLeastOnce}}")) == [
        "values.yaml:1: operator.collectors.filelogDelivry: found an unknown key, "
          + "did you mean filelogDelivery?"
      ])
  }
}
