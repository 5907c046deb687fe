internal import DesiredState
internal import FilelogJSON
internal import FilelogYAML

/// Decides what becomes of one object.
struct Judge {
  let options: AttachOptions
  let objects: [StreamObject]

  enum Verdict {
    /// Not an object that attach has to do with, or not selected.
    case ignored
    case skipped(AttachMessage)
    case refused([Refusal])
    case attached(WorkloadPlanner, notes: [AttachMessage])
  }

  private var cluster: ClusterObjects {
    ClusterObjects(objects, defaultNamespace: options.namespace)
  }

  func judge(_ object: StreamObject) -> Verdict {
    let isSelected = options.selects(object)
    if !options.selection.isEmpty, !isSelected { return .ignored }
    let isNamed = !options.selection.isEmpty
    do {
      switch try form(of: object, isNamed: isNamed) {
      case .none: return .ignored
      case .skip(let reason):
        return isNamed
          ? .refused([
            Refusal(field: "", message: "\(reason); leave it out of \(option: .selection)")
          ])
          : .skipped(reason)
      case .workload(let workload): return try judge(workload, isNamed: isNamed)
      }
    } catch {
      return .refused(error.refusals)
    }
  }

  // MARK: Is it a collector on every node

  private enum Candidate {
    case none
    case skip(AttachMessage)
    case workload(Workload)
  }

  private func form(of object: StreamObject, isNamed: Bool) throws(Refused) -> Candidate {
    let group = object.apiVersion.split(separator: "/").first ?? ""
    switch (object.kind, group) {
    case ("DaemonSet", "apps"), ("DaemonSet", "extensions"):
      return .workload(workload(object, .daemonSet))
    case ("OpenTelemetryCollector", "opentelemetry.io"):
      let mode = object.value["spec"]?["mode"]?.string ?? "deployment"
      guard mode == "daemonset" else { return .skip("mode \(mode) does not run on every node") }
      guard object.apiVersion == Self.knownVersion,
        object.value["spec"]?["config"]?.object != nil
      else {
        if let config = Self.configuration(inText: object), config.unreadablePlace == nil,
          config.fileLogReceivers.isEmpty
        {
          return .skip("no file log receiver in a pipeline")
        }
        throw Refused(
          "spec.config",
          object.apiVersion == Self.knownVersion
            ? "is not a mapping; write the configuration as one"
            : "the configuration is text (\(object.apiVersion)); convert the resource to "
              + "\(Self.knownVersion), where it is a mapping")
      }
      return .workload(workload(object, .collectorResource))
    default:
      guard isNamed else { return .none }
      return .skip("a \(object.kind) does not run on every node")
    }
  }

  /// The version of `OpenTelemetryCollector` that is edited.
  private static let knownVersion = "opentelemetry.io/v1beta1"

  /// The configuration of a resource that has it as text.
  private static func configuration(inText object: StreamObject) -> CollectorConfig? {
    guard let text = object.value["spec"]?["config"]?.string,
      let document = try? YAML.parse(Array(text.utf8), file: "").first,
      let tree = try? CollectorConfig.expandKeys(document.value)
    else { return nil }
    return CollectorConfig(tree: tree)
  }

  private func workload(_ object: StreamObject, _ form: Workload.Form) -> Workload {
    Workload(object: object, form: form, namespace: object.namespace ?? options.namespace)
  }

  // MARK: Can it be attached

  private func judge(_ workload: Workload, isNamed: Bool) throws(Refused) -> Verdict {
    func skip(_ reason: AttachMessage) throws(Refused) -> Verdict {
      guard isNamed else { return .skipped(reason) }
      throw Refused("", "\(reason); leave it out of \(option: .selection)")
    }
    if workload.object.annotations?["helm.sh/hook"] != nil { return try skip("is a Helm hook") }
    if workload.runsOnWindows { return try skip("runs on Windows") }
    guard let workload = try withContainer(workload) else {
      if let sidecar = workload.initContainers.first(where: runsCollector)?["name"]?.string {
        return try skip(
          "its collector, \(sidecar), is among the init containers; make it one of the containers")
      }
      return try skip(
        "no container runs an OpenTelemetry Collector; \(option: .container) names one that does")
    }
    var refusals: [Refusal] = []
    func gather<Result>(_ body: () throws(Refused) -> Result) -> Result? {
      do throws(Refused) { return try body() } catch {
        refusals += error.refusals
        return nil
      }
    }
    let resolver = ConfigResolver(
      workload: workload, objects: cluster, given: options.configuration)
    let resolution = gather { () throws(Refused) in try self.resolution(workload, resolver) }
    var storage: (plan: StoragePlan, notes: [AttachMessage])?
    let config = CollectorConfig(tree: resolution?.config ?? [:])
    var receivers: [CollectorConfig.Receiver] = []
    if let resolution {
      if let place = config.unreadablePlace {
        return .refused([
          Refusal(
            field: place.path,
            message:
              "is made from a variable (\(place.text)), so what the collector runs with cannot "
              + "be told; write it out"
              + (workload.form == .daemonSet
                ? ", or give the configuration with \(option: .configuration)" : ""))
        ])
      }
      let chosen = config.fileLogReceivers.filter { options.chooses(receiver: $0.id) }
      receivers = chosen.filter { if case .other = $0.storage { false } else { true } }
      if receivers.isEmpty { return try skip(Self.reason(config, chosen, options)) }
      gather { () throws(Refused) in try checkExtensions(config, resolution, workload) }
      storage = gather { () throws(Refused) in
        var decision = StorageDecision(workload, config, receivers, options.existingVolume)
        let plan = try decision.decide()
        return (plan, decision.notes)
      }
    }
    gather { () throws(Refused) in try checkImage(workload) }
    let user = gather { () throws(Refused) in
      try CollectorUserDecision(workload, options.user)
    }
    refusals += WorkloadChecks(workload, options, objects).refusals
    guard refusals.isEmpty, let resolution, let storage, let user,
      let namespace = workload.namespace
    else { return .refused(refusals) }
    var rotated = RotatedLogsDecision(workload, config, options, settings: resolution.settings)
    let change = ConfigurationChange(
      storage: storage.plan, rotatedLogs: rotated.decide(receivers), config: config)
    let extended = ExtendedFileDecision(workload, options, resolution, change)
    let planner = WorkloadPlanner(
      workload: workload, options: options, namespace: namespace,
      restatedFlags: resolution.restatedFlags, change: change, extendedFile: extended.file,
      user: user, tokenVolume: lacksToken(workload))
    let notes = WorkloadNotes(
      workload: workload, config: config, receivers: receivers, user: user)
    return .attached(
      planner,
      notes: storage.notes + notes.all + rotated.notes + operatorNotes(workload) + extended.notes)
  }

  private static func reason(
    _ config: CollectorConfig, _ chosen: [CollectorConfig.Receiver], _ options: AttachOptions
  ) -> AttachMessage {
    if let first = chosen.first, case .other(let storage) = first.storage {
      return "its file log receivers keep their offsets in \(storage)"
    }
    if let glob = options.receivers, !config.fileLogReceivers.isEmpty {
      return "no file log receiver of a pipeline matches \(option: .receivers) \(glob)"
    }
    guard config.receiverCreators.isEmpty else {
      return
        "file logs are read by \(config.receiverCreators.joined(separator: ", ")) alone, which starts "
        + "receivers of its own"
    }
    return "no file log receiver in a pipeline"
  }

  private func resolution(
    _ workload: Workload, _ resolver: ConfigResolver
  ) throws(Refused) -> ConfigResolver.Resolution {
    guard workload.form == .collectorResource else { return try resolver.resolve() }
    guard options.configuration.isEmpty else {
      throw Refused(
        .configuration,
        "the configuration of this object is its spec.config; leave the option out, or choose other "
          + "objects with \(option: .selection)")
    }
    return try resolver.resolution(of: workload.object.value["spec"]?["config"] ?? [:])
  }

  private func checkExtensions(
    _ config: CollectorConfig, _ resolution: ConfigResolver.Resolution, _ workload: Workload
  ) throws(Refused) {
    guard config.extensions != nil else {
      throw Refused(
        "service.extensions", "is not a plain list of names; write it out in the configuration")
    }
    // Those that would undo what is added.
    let setting = resolution.settings.first { setting in
      let parts = setting.key.split(separator: ".")
      return parts.starts(with: ["service", "extensions"]) || setting.key == "service"
        || setting.key == "receivers"
        || parts.first == "receivers" && (parts.count == 2 || parts[2] == "storage")
    }
    if let setting {
      throw Refused(
        (workload.collectorPath + ["args"]).text,
        "--set=\(setting.text) is applied after every configuration, the added one too; move it into the "
          + "configuration")
    }
  }

  private func checkImage(_ workload: Workload) throws(Refused) {
    let reference = workload.collector["image"]?.string ?? ""
    guard let image = KnownImage.find(reference), !image.hasFileStorage, !options.assumesFileStorage
    else { return }
    throw Refused(
      (workload.collectorPath + ["image"]).text,
      "\(reference) has no file_storage extension, so the collector would not start; use "
        + "opentelemetry-collector-k8s, -contrib or a build with it, or give "
        + "\(option: .assumeFileStorage) if this one has it")
  }

  private func lacksToken(_ workload: Workload) -> Bool {
    if let own = workload.pod["automountServiceAccountToken"]?.bool { return !own }
    let account = cluster.find(
      "ServiceAccount", workload.serviceAccount, namespace: workload.namespace)
    return account?.value["automountServiceAccountToken"]?.bool == false
  }

  private func operatorNotes(_ workload: Workload) -> [AttachMessage] {
    guard workload.form == .collectorResource, workload.collector["image"]?.string == nil else {
      return []
    }
    return [
      "no image is set: the operator's own has to have file_log and file_storage, as "
        + "opentelemetry-collector-k8s and -contrib do"
    ]
  }

  // MARK: Which container

  /// The workload with its collector's container; nil when none is one.
  private func withContainer(_ workload: Workload) throws(Refused) -> Workload? {
    let names =
      workload.form == .daemonSet
      ? workload.containers.map { $0["name"]?.string ?? "" } : [Workload.operatorsContainer]
    func with(_ index: Int) -> Workload {
      var workload = workload
      workload.containerIndex = index
      return workload
    }
    if let wanted = options.container {
      guard let index = names.firstIndex(of: wanted) else {
        throw Refused(
          workload.containersPath.text,
          "no container is called \(wanted) (found \(names.joined(separator: ", "))); correct "
            + "\(option: .container)"
        )
      }
      return with(index)
    }
    guard workload.form == .daemonSet else { return workload }
    let collecting = names.indices.filter { index in
      let resolver = ConfigResolver(
        workload: with(index), objects: cluster, given: [])
      guard !resolver.flags.isEmpty || runsCollector(workload.containers[index]) else {
        return false
      }
      guard let config = try? resolver.resolve().config else { return false }
      return !CollectorConfig(tree: config).fileLogReceivers.isEmpty
    }
    let candidates =
      collecting.isEmpty
      ? names.indices.filter { index in
        let resolver = ConfigResolver(workload: with(index), objects: cluster, given: [])
        return runsCollector(workload.containers[index])
          || isNamedAsCollector(workload.containers[index]) && !resolver.flags.isEmpty
      } : collecting
    guard candidates.count <= 1 else {
      throw Refused(
        workload.containersPath.text,
        "several containers could be the collector "
          + "(\(candidates.map { names[$0] }.joined(separator: ", "))); choose one with "
          + "\(option: .container)")
    }
    return candidates.first.map(with)
  }

  private func runsCollector(_ container: JSONValue) -> Bool {
    let program = (container["command"]?.array ?? []).compactMap(\.string).joined(separator: " ")
    return KnownImage.isCollectorName(KnownImage.repositoryName(container["image"]?.string ?? ""))
      || KnownImage.isCollectorName(program) || program.contains("opampsupervisor")
  }

  /// Others are called so as well: what instruments applications, for instance.
  private func isNamedAsCollector(_ container: JSONValue) -> Bool {
    ["otel", "opentelemetry"].contains { container["name"]?.string?.contains($0) == true }
  }
}

extension AttachOptions {
  func selects(_ object: StreamObject) -> Bool {
    selection.contains(where: object.isCalled)
  }

  func chooses(receiver: String) -> Bool {
    receivers.map { Glob.matches(receiver, $0) } ?? true
  }
}
