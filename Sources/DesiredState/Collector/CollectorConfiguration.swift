internal import FilelogContract
public import FilelogJSON
internal import FilelogYAML

/// The collector's configuration: the template, with the input's values put in their places in the
/// tree. Nothing is pasted as text, so no value can become structure.
public struct CollectorConfiguration {
  private let input: DesiredStateInput
  private let exporters: Exporters
  private let delivery: DeliverySettings

  /// The configuration that an input asks for.
  public init(_ input: DesiredStateInput) {
    self.input = input
    delivery = DeliverySettings(input.values.collector.delivery)
    exporters = Exporters(input)
  }

  /// Command line arguments without which the collector does not do what this configuration is meant
  /// to.
  public var featureGates: [String] { delivery.featureGates }

  /// What the collector reads.
  public var yaml: String { YAML.emit(tree) }

  /// The same as a value.
  public var tree: JSONValue {
    var tree = Self.template
    placeExtensions(&tree)
    placeReceiver(&tree)
    placeAttributes(&tree)
    placeProcessors(&tree)
    tree.place(.object(exporters.members), at: "exporters")
    Routing.place(exporters, in: &tree)
    placeTelemetry(&tree)
    delivery.place(in: &tree)
    let program = input.values.images.collectorProgram
    if program.knowsCurrentNames { CurrentNames.apply(to: &tree, program.version) }
    return tree
  }

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
    let rotated = RotatedFilesSettings(input.values.rotatedFiles)
    let patterns = input.collectedNamespaces.flatMap { rotated.patterns(namespace: $0) }
      .map(CollectorText.json)
    // A receiver needs a pattern, and a pipeline a receiver. No namespace is called "_": what this
    // one could match does not exist.
    let none = [JSONValue.string("\(Contract.LogDirectory.pods)/_/none.log")]
    tree.place(
      .array(patterns.isEmpty ? none : patterns), at: "receivers", "filelog", "include")
    rotated.place(in: &tree)
    tree.place(.string(Contract.storageExtension), at: "receivers", "filelog", "storage")
    tree.place(
      .string(input.values.logs.startAt.rawValue), at: "receivers", "filelog", "start_at")
  }

  private func placeAttributes(_ tree: inout JSONValue) {
    let options = input.values.collector
    let path = ["processors", "k8sattributes"]
    if options.avoidsReplicaSets {
      let metadata = tree["processors"]?["k8sattributes"]?["extract"]?["metadata"]?.array ?? []
      tree.place(
        .array(metadata.filter { $0 != "k8s.deployment.uid" }),
        at: path[0], path[1], "extract", "metadata")
      if let version = input.values.images.collectorProgram.version, version < .deploymentNames {
        tree.place(
          true, at: path[0], path[1], "extract", "deployment_name_from_replicaset", isNew: true)
      }
    }
    if options.waitsForMetadata {
      tree.place(true, at: path[0], path[1], "wait_for_metadata", isNew: true)
      if let timeout = options.metadataTimeout {
        tree.place(
          .string(timeout), at: path[0], path[1], "wait_for_metadata_timeout", isNew: true)
      }
    }
    for (list, kind) in [("labels", "label"), ("annotations", "annotation")] {
      let rules = attributeRules(kind)
      if rules.isEmpty {
        tree.remove(path[0], path[1], "extract", list)
      } else {
        tree.place(.array(rules), at: path[0], path[1], "extract", list)
      }
    }
  }

  private func attributeRules(_ kind: String) -> [JSONValue] {
    let sources = input.settings.attributes
    let all = [
      ("namespace", sources.namespaces), ("node", sources.nodes), ("pod", sources.pods),
    ]
    return all.filter(\.1).map { source, _ in
      [
        // Two dollar signs: the collector expands what follows one.
        "tag_name": .string("k8s.\(source).\(kind).$$1"), "key_regex": "(.*)",
        "from": .string(source),
      ]
    }
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
      ("dash0.operator.uid", input.release.clusterUID),
      ("dash0.operator.version", input.release.chartVersion),
      ("k8s.cluster.name", input.settings.clusterName),
      ("k8s.cluster.uid", input.release.clusterUID),
    ]
    for case (let key, let value?) in known {
      let text = CollectorText.json(value)
      attributes.append(["key": .string(key), "value": text, "action": "upsert"])
    }
    tree.place(.array(attributes), at: "processors", "resource", "attributes")
    let own = LogProcessors(input)
    if let filter = own.filter {
      insert(LogProcessors.filterName, filter, before: "batch", in: &tree)
    }
    if let transform = own.transform {
      insert(LogProcessors.transformName, transform, before: "transform/resources", in: &tree)
    }
  }

  private func insert(
    _ name: String, _ processor: JSONValue, before next: JSONValue, in tree: inout JSONValue
  ) {
    tree.place(processor, at: "processors", name, isNew: true)
    var names = tree["service"]?["pipelines"]?["logs"]?["processors"]?.array ?? []
    names.insert(.string(name), at: names.firstIndex(of: next) ?? names.endIndex)
    tree.place(.array(names), at: "service", "pipelines", "logs", "processors")
  }

  private func placeTelemetry(_ tree: inout JSONValue) {
    if let monitoring = SelfMonitoring(input) {
      tree.place(monitoring.telemetry, at: "service", "telemetry")
    }
    if input.values.collector.isDevelopment {
      var logs = tree["service"]?["telemetry"]?["logs"] ?? [:]
      logs["level"] = "debug"
      tree.place(logs, at: "service", "telemetry", "logs", isNew: true)
    }
  }

  private static let template: JSONValue = {
    let bytes = PackageResources.daemonset_config_yaml_template
    guard let root = try? YAML.parse(bytes, file: "daemonset.config.yaml.template").first else {
      preconditionFailure("the embedded template is not valid YAML")
    }
    return root.value
  }()
}
