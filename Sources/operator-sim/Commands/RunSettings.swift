import DesiredState
import FilelogCommandLine
import FilelogContract
import FilelogJSON
import FoundationEssentials
import OffsetSync
import Simulation

/// What the command line of `run` asks for.
struct RunSettings {
  /// What is played: one simulation, or one for each way of delivering records, one after the other.
  let plays: [(delivery: RunDelivery?, options: SimulationOptions)]
  /// Below it everything is written; nil where nothing is.
  let workDirectory: String?
  let format: ReportFormat
  /// Whether the table shows every node.
  let showsAllNodes: Bool
  /// Where the report goes.
  let report: String?
  /// The work directory, where it is a temporary one that is not to be kept.
  let temporary: RunDirectory?

  init(_ given: Invocation) throws {
    let scenario = try ScenarioSource(given)
    do {
      try self.init(scenario.invocation, scenario.file)
    } catch let error as UsageError { throw scenario.placed(error) }
  }

  private init(_ invocation: Invocation, _ file: ScenarioFile?) throws {
    format = try reportFormat(invocation)
    showsAllNodes = invocation.has("--all")
    let backend = try RunBackend(invocation, file)
    temporary = backend.temporary
    workDirectory = backend.workDirectory
    let request = RunAttach.vendor(of: try Self.request(invocation), invocation)
    let (defaults, values) = try Self.defaults(request, backend, invocation, file)
    var options = SimulationOptions(backend.backend) {
      try render(request, over: defaults, $0, $1, $2)
    }
    options.attach = try RunAttach(request, invocation).attach
    if let seconds = values.timing.intervalSeconds { options.interval = .seconds(seconds) }
    if !backend.isVirtual, RunAttach.isPlayed(invocation) || values.timing.intervalSeconds == nil {
      options.intervalOverride = .seconds(Self.intervalSeconds)
    }
    if backend.isVirtual { Self.setProductionPace(&options) }
    try Self.read(invocation, file, into: &options, backend)
    do { try options.check() } catch let error as SimulationError {
      throw CommandFailure(RunWording.text(error))
    }
    let scenario: Scenario? = if case .named(let name) = options.source { name } else { nil }
    let deliveries = try RunDelivery.chosen(
      invocation, values: request.values.map(\.bytes), scenario: scenario)
    plays = deliveries.map { delivery in
      guard let delivery else { return (nil, options) }
      var play = options
      if deliveries.count > 1 { play.backend = backend.within(delivery.rawValue) }
      var request = request
      request.sets.append(.parsed(delivery.set))
      let chosen = request
      play.render = { try render(chosen, over: defaults, $0, $1, $2) }
      return (delivery, play)
    }
    report = invocation.value("--report")
    if let report { try Self.checkWritable(report) }
    try backend.createWorkDirectory()
  }

  /// Nodes beyond which times of production would take too long to play.
  private static let largeFleet = 1000

  private static func read(
    _ invocation: Invocation, _ file: ScenarioFile?, into options: inout SimulationOptions,
    _ backend: RunBackend
  ) throws {
    let most =
      backend.isVirtual
      ? SimulationOptions.nodeLimitInVirtualTime : SimulationOptions.nodeLimitWithProcesses
    options.nodes = try invocation.integer("--nodes", in: 1...most, default: options.nodes)
    if let file {
      options.source = .file(file.plan)
    } else if case .named(let scenario) = options.source {
      options.source = .named(try invocation.choice("--scenario", default: scenario))
    }
    options.times = try invocation.integer("--rollouts", in: 0...1000, default: options.times)
    // A large fleet is played in minutes, too.
    let isLarge = backend.isVirtual && options.nodes > Self.largeFleet
    options.life = try invocation.duration(
      "--life", default: isLarge ? .seconds(30) : options.life)
    options.rate = Double(try invocation.integer("--rate", in: 0...100_000, default: 100))
    options.seed = UInt64(try invocation.integer("--seed", in: 0...Int.max, default: 1))
    if invocation.value("--interval") != nil {
      let interval = try invocation.duration("--interval", default: .seconds(1))
      guard interval > .zero else { throw UsageError("--interval: expected a time above zero") }
      options.intervalOverride = interval
    }
    if invocation.value("--grace-period") != nil {
      options.gracePeriod = try invocation.duration("--grace-period", default: .zero)
    }
    options.collectorDelay =
      invocation.value("--collector-delay") == "never"
      ? nil : try invocation.duration("--collector-delay", default: .zero)
    options.outage = try invocation.duration(
      "--outage", default: isLarge ? .seconds(120) : options.outage)
    guard options.outage <= .seconds(86_400) else { throw UsageError("--outage: at most 24h") }
    if invocation.value("--max-unavailable") != nil {
      options.maxUnavailable = try invocation.integer(
        "--max-unavailable", in: 1...SimulationOptions.nodeLimitInVirtualTime, default: 1)
    }
  }

  /// How often sidecars look for changes where neither options nor values say it: real time costs some.
  private static let intervalSeconds = 1

  /// What counts where the user's values say nothing, and what comes of both. The interval reaches
  /// sidecars as a user's does, by its value, but for upstream's image, for which values may not say it.
  private static func defaults(
    _ request: DesiredStateRequest, _ backend: RunBackend, _ invocation: Invocation,
    _ file: ScenarioFile?
  ) throws -> (defaults: InputFile, values: HelmValues) {
    func merged(_ extra: String) throws -> (InputFile, HelmValues) {
      let defaults = defaults(backend, invocation, file, extra)
      return (defaults, try input(request, over: defaults, "http://127.0.0.1", ["default"]).values)
    }
    let interval = ", filelogOffsetSyncInterval: \(intervalSeconds)s"
    if !backend.isVirtual, let paced = try? merged(interval) { return paced }
    // What is wrong with values is reported before anything begins.
    do { return try merged("") } catch let error as InvalidInput { throw commandLineError(error) }
  }

  /// The sidecar is a program of this project, whatever its image is called.
  private static func defaults(
    _ backend: RunBackend, _ invocation: Invocation, _ file: ScenarioFile?, _ extra: String
  ) -> InputFile {
    // In virtual time a release is a new one. Programs may be older ones, or upstream's, and only a
    // shared map fills.
    let fillsMap =
      file?.plan.fillsMap ?? (invocation.value("--scenario") == Scenario.mapFull.rawValue)
    let layout: Contract.OffsetLayout = backend.isVirtual && !fillsMap ? .perNode : .shared
    return InputFile(
      name: "the simulation's defaults",
      text: """
        operator:
          selfMonitoringEnabled: false
          filelogOffsetSyncImage: {repository: localhost/filelog-offset-sync}
          collectors: {filelogOffsetSyncLayout: \(layout.rawValue)\(extra)}
        """)
  }

  /// Virtual time costs nothing: intervals and outages are those of production.
  private static func setProductionPace(_ options: inout SimulationOptions) {
    options.source = .named(.fleet)
    options.times = 1
    options.life = .seconds(120)
    options.outage = .seconds(600)
  }

  /// A run of many minutes should not end in a report that cannot be written.
  private static func checkWritable(_ path: String) throws {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let parent = parts.isEmpty ? "." : parts == [""] ? "/" : parts.joined(separator: "/")
    var isDirectory = false
    guard FileManager.default.fileExists(atPath: parent, isDirectory: &isDirectory), isDirectory
    else { throw UsageError("--report: no such directory (\(parent))") }
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory {
      throw UsageError("--report: is a directory (\(path)); expected a file")
    }
    guard
      FileManager.default.isWritableFile(
        atPath: FileManager.default.fileExists(atPath: path) ? path : parent)
    else { throw UsageError("--report: not writable (\(path))") }
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
    request.sets = invocation.values("--set").map { .parsed($0) }
    if invocation.value("--layout") != nil, !RunAttach.isPlayed(invocation) {
      let layout: Contract.OffsetLayout = try invocation.choice("--layout", default: .shared)
      request.sets.append(
        .parsed("operator.collectors.filelogOffsetSyncLayout=\(layout.rawValue)"))
    }
    request.kubernetesVersion = try versionOption(invocation)
    return request
  }
}

/// Renders the manifests with the simulation's backend as the only export, and its applications'
/// namespaces monitored.
private func render(
  _ request: DesiredStateRequest, over defaults: InputFile, _ endpoint: String,
  _ namespaces: [String], _ layout: Contract.OffsetLayout? = nil
) throws -> [JSONValue] {
  assembleDesiredState(try input(request, over: defaults, endpoint, namespaces, layout)).map(\.json)
}

private func input(
  _ request: DesiredStateRequest, over defaults: InputFile, _ endpoint: String,
  _ namespaces: [String], _ layout: Contract.OffsetLayout? = nil
) throws -> DesiredStateInput {
  var request = request
  request.values.insert(defaults, at: 0)
  if let layout {
    request.sets.append(
      .parsed("operator.collectors.filelogOffsetSyncLayout=\(layout.rawValue)"))
    // As operator-sim apply finds out.
    if layout == .shared { request.previousLayout = .perNode }
  }
  request.valueTrees.append([
    "operator": [
      "dash0Export": ["enabled": false],
      "export": ["grpc": nil, "http": ["endpoint": .string(endpoint), "encoding": "json"]],
    ]
  ])
  request.collectedNamespaces = namespaces
  return try DesiredStateInput(request)
}
