internal import Contract
internal import JSON
internal import YAML

/// The collector's configuration: the template, with the input's values put in their places in the
/// tree. Nothing is pasted as text, so no value can become structure.
struct CollectorConfiguration {
  private let input: DesiredStateInput
  private let exporters: Exporters
  private let delivery: DeliverySettings

  init(_ input: DesiredStateInput) {
    self.input = input
    delivery = DeliverySettings(input.values.collector.delivery)
    exporters = Exporters(input)
  }

  /// Command line arguments without which the collector refuses this configuration, or does not do
  /// what it is meant to.
  var featureGates: [String] {
    (collectsLogs ? [] : ["--feature-gates=service.AllowNoPipelines"]) + delivery.featureGates
  }

  /// What the collector reads.
  var yaml: String { YAML.emit(tree) }

  var tree: JSONValue {
    var tree = Self.template
    placeExtensions(&tree)
    placeReceiver(&tree)
    placeProcessors(&tree)
    tree.place(.object(exporters.members), at: "exporters")
    if collectsLogs {
      tree.place(.texts(exporters.names), at: "service", "pipelines", "logs", "exporters")
    } else {
      tree.remove("receivers")
      tree.remove("service", "pipelines")
    }
    placeTelemetry(&tree)
    delivery.place(in: &tree)
    return tree
  }

  private var collectsLogs: Bool { !input.collectedNamespaces.isEmpty }

  private func placeExtensions(_ tree: inout JSONValue) {
    tree.place(
      .string(Contract.OffsetsVolume.mountPath),
      at: "extensions", Contract.storageExtension, "directory")
    guard !input.values.collector.enablesPprof else { return }
    tree.remove("extensions", "pprof")
    let remaining = tree["service"]?["extensions"]?.array?.filter { $0 != "pprof" } ?? []
    tree.place(.array(remaining), at: "service", "extensions")
  }

  private func placeReceiver(_ tree: inout JSONValue) {
    let rotated = RotatedFilesSettings(input.values.collector.rotatedFiles)
    let patterns = input.collectedNamespaces.flatMap { rotated.patterns(namespace: $0) }
    tree.place(
      .array(patterns.map(CollectorText.json)), at: "receivers", "filelog", "include")
    rotated.place(in: &tree)
    tree.place(.string(Contract.storageExtension), at: "receivers", "filelog", "storage")
  }

  private func placeProcessors(_ tree: inout JSONValue) {
    let options = input.values.collector
    tree.place(
      .object(
        omittingNil: [
          "send_batch_size": options.batchSize.map(JSONValue.integer),
          "send_batch_max_size": options.maximumBatchSize.map(JSONValue.integer),
        ]), at: "processors", "batch")
    var attributes = tree["processors"]?["resource"]?["attributes"]?.array ?? []
    let known: [(key: String, value: String?)] = [
      ("dash0.operator.version", input.release.chartVersion),
      ("k8s.cluster.name", input.values.clusterName),
      ("k8s.cluster.uid", input.release.clusterUID),
    ]
    for case (let key, let value?) in known {
      let text = CollectorText.json(value)
      attributes.append(["key": .string(key), "value": text, "action": "upsert"])
    }
    tree.place(.array(attributes), at: "processors", "resource", "attributes")
  }

  private func placeTelemetry(_ tree: inout JSONValue) {
    if let monitoring = SelfMonitoring(input) {
      tree.place(monitoring.telemetry, at: "service", "telemetry")
    }
    if input.values.collector.isDevelopment {
      var logs = tree["service"]?["telemetry"]?["logs"] ?? [:]
      logs["level"] = "debug"
      tree.place(
        logs, at: "service", "telemetry", "logs", isNew: true)
    }
  }

  private static let template: JSONValue = {
    let bytes = PackageResources.daemonset_config_yaml_template
    guard let root = try? YAML.parse(bytes, file: "daemonset.config.yaml.template").first else {
      preconditionFailure("the embedded template is no YAML")
    }
    return root.value
  }()
}
