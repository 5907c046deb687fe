import CommandLine
import Contract
import DesiredState
import FoundationEssentials
import JSON
import OffsetSync
import Simulation

/// What the command line of `run` asks for.
struct RunSettings {
  /// What is played: one simulation, or one for each way of delivering records, one after the other.
  let plays: [(delivery: RunDelivery?, options: SimulationOptions)]
  let programs: Programs
  let isInProcess: Bool
  /// Below it everything is written.
  let workFolder: String
  let printsJSON: Bool
  /// The work folder, where it is a temporary one that nobody wants to keep.
  let temporary: RunFolder?

  init(_ given: Invocation) throws {
    let scenario = try ScenarioSource(given)
    do {
      try self.init(scenario.invocation, scenario.file)
    } catch let error as UsageError { throw scenario.placed(error) }
  }

  private init(_ invocation: Invocation, _ file: ScenarioFile?) throws {
    printsJSON = invocation.has("--json")
    try Self.checkCombination(invocation)
    programs = try Self.programs(invocation)
    let chosen = invocation.value("--work-dir").map(absolutePath)
    let folder = RunFolder.temporary()
    temporary = chosen == nil && !invocation.has("--keep") ? folder : nil
    let workFolder = chosen ?? folder.path
    let request = try Self.request(invocation)
    // What is wrong with values is said before anything begins.
    do {
      _ = try render(request, endpoint: "http://127.0.0.1", namespaces: ["default"])
    } catch let error as InvalidInput { throw commandLineError(error) }
    var options = SimulationOptions(workFolder: workFolder) { endpoint, namespaces in
      try render(request, endpoint: endpoint, namespaces: namespaces)
    }
    options.isInProcess = invocation.has("--in-process")
    if options.isInProcess { Self.setProductionPace(&options) }
    options.nodes = try invocation.integer(
      "--nodes", in: 1...(options.isInProcess ? 2000 : 200), default: options.nodes)
    if let file {
      options.file = file.plan
    } else {
      options.scenario = try invocation.choice("--scenario", default: options.scenario)
    }
    options.times = try invocation.integer("--rollouts", in: 0...1000, default: options.times)
    options.life = try invocation.duration("--life", default: options.life)
    options.rate = Double(try invocation.integer("--rate", in: 0...100_000, default: 100))
    options.seed = UInt64(try invocation.integer("--seed", in: 0...Int.max, default: 1))
    if invocation.value("--interval") != nil {
      let interval = try invocation.duration("--interval", default: .seconds(1))
      guard interval > .zero else { throw UsageError("--interval: expected a time above zero") }
      options.interval = interval
    }
    if invocation.value("--grace-period") != nil {
      options.gracePeriod = try invocation.duration("--grace-period", default: .zero)
    }
    options.collectorDelay =
      invocation.value("--collector-delay") == "never"
      ? nil : try invocation.duration("--collector-delay", default: .zero)
    options.outage = try invocation.duration("--outage", default: options.outage)
    guard options.outage <= .seconds(86_400) else { throw UsageError("--outage: at most 24h") }
    if invocation.value("--max-unavailable") != nil {
      options.maxUnavailable = try invocation.integer(
        "--max-unavailable", in: 1...2000, default: 1)
    }
    options.kubeconfig = invocation.value("--kubeconfig")
    options.context = invocation.value("--context")
    options.keepsObjects = invocation.has("--keep")
    do { try options.check() } catch { throw CommandFailure("\(error)") }
    let deliveries = try RunDelivery.chosen(
      invocation, values: request.values.map(\.bytes),
      isAboutDelivery: options.file == nil && options.scenario == .backendOutage)
    plays = deliveries.map { delivery in
      guard let delivery else { return (nil, options) }
      var play = options
      if deliveries.count > 1 { play.workFolder += "/\(delivery.rawValue)" }
      var request = request
      request.sets.append(delivery.set)
      let chosen = request
      play.render = { try render(chosen, endpoint: $0, namespaces: $1) }
      return (delivery, play)
    }
    self.workFolder = workFolder
    isInProcess = options.isInProcess
    if let chosen, !isInProcess { try File.createDirectory(chosen) }
  }

  /// Refuses options that would be passed over in silence.
  private static func checkCombination(_ invocation: Invocation) throws(UsageError) {
    let outside = [
      "--collector", "--sync-image", "--init-image", "--work-dir", "--kubeconfig", "--context",
      "--keep",
    ]
    if invocation.has("--in-process") {
      for option in outside where invocation.has(option) {
        throw UsageError("\(option) does not go with --in-process, which starts nothing")
      }
    }
    guard invocation.value("--context") == nil || invocation.value("--kubeconfig") != nil else {
      throw UsageError("--context goes with --kubeconfig")
    }
  }

  /// Virtual time costs nothing: intervals and outages are those of production.
  private static func setProductionPace(_ options: inout SimulationOptions) {
    options.scenario = .fleet
    options.times = 1
    options.interval = nil
    options.life = .seconds(120)
    options.outage = .seconds(600)
  }

  private static func programs(_ invocation: Invocation) throws -> Programs {
    let own = try ownExecutable()
    let folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let beside = folder.joined(separator: "/") + "/filelog-offset-sync"
    let syncImages = invocation.values("--sync-image").map(absolutePath)
    let initImages = invocation.values("--init-image").map(absolutePath)
    let collector = invocation.value("--collector").map(absolutePath)
    let sync = syncImages.isEmpty ? [beside] : syncImages
    let given =
      sync.map { ("--sync-image", $0) } + initImages.map { ("--init-image", $0) }
      + (collector.map { [("--collector", $0)] } ?? [])
    for (option, program) in given
    where !invocation.has("--in-process") && !isProgram(program) {
      throw UsageError("\(option): \(program) is no program that can be run")
    }
    return Programs(
      initialize: initImages.isEmpty ? sync : initImages, sync: sync, operatorSim: own,
      collector: collector)
  }

  private static func request(_ invocation: Invocation) throws -> DesiredStateRequest {
    var request = DesiredStateRequest(
      release: invocation.value("--release", default: "sim"),
      namespace: invocation.value("--namespace", default: "operator-sim"))
    request.values = try invocation.values("--values").map { path in
      guard let bytes = try? Data(contentsOf: URL(filePath: path)) else {
        throw CommandFailure("\(path) cannot be read")
      }
      return InputFile(name: path, bytes: [UInt8](bytes))
    }
    request.sets = invocation.values("--set")
    if invocation.value("--layout") != nil {
      let layout: Contract.OffsetLayout = try invocation.choice("--layout", default: .shared)
      request.sets.append("operator.collectors.filelogOffsetSyncLayout=\(layout.rawValue)")
    }
    request.kubernetesVersion = invocation.value("--kubernetes-version")
    return request
  }
}

/// Renders the manifests with the simulation's backend as the only export, and its applications'
/// namespaces monitored.
private func render(
  _ request: DesiredStateRequest, endpoint: String, namespaces: [String]
) throws -> [JSONValue] {
  var request = request
  let export: JSONValue = [
    "operator": [
      "dash0Export": ["enabled": false],
      "export": ["grpc": nil, "http": ["endpoint": .string(endpoint), "encoding": "json"]],
    ]
  ]
  request.values.append(
    InputFile(name: "the simulation's values", bytes: JSONWriter.compact.bytes(export)))
  request.monitoring = [
    InputFile(
      name: "the simulation's namespaces",
      bytes: JSONWriter.compact.bytes(
        .array(
          namespaces.map { namespace in
            [
              "apiVersion": "operator.dash0.com/v1beta1", "kind": "Dash0Monitoring",
              "metadata": ["name": "dash0-monitoring", "namespace": .string(namespace)],
            ]
          })))
  ]
  return assembleDesiredState(try DesiredStateInput(request)).map(\.json)
}

private func isProgram(_ path: String) -> Bool {
  var isFolder = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder
    && FileManager.default.isExecutableFile(atPath: path)
}

private func absolutePath(_ path: String) -> String {
  path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
}

private func ownExecutable() throws -> String {
  guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  else { throw CommandFailure("/proc/self/exe cannot be read, so no program can be found") }
  return path
}
