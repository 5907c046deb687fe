public import FilelogContract
public import FilelogJSON
public import FilelogKubernetesAPI

/// What to simulate.
public struct SimulationOptions: Sendable {
  /// What a simulation is played on.
  public enum Backend: Sendable {
    /// Real programs in real time.
    case processes(ProcessOptions)
    /// The sidecar's own code within this process, in virtual time, against an emulated API server
    /// without sockets, with models of collectors.
    case virtualTime
  }

  /// What it is played on.
  public var backend: Backend
  /// How many nodes there are.
  public var nodes = 3
  /// The most nodes that a simulation begins with, with processes.
  public static let nodeLimitWithProcesses = 200
  /// The same in virtual time: as many as a Kubernetes cluster may have.
  public static let nodeLimitInVirtualTime = 5000
  /// The most nodes of one run, those that join and leave in its course included.
  static let nodeLimitOfRun = 10_000
  /// What happens to them: a scenario with a name, or one from a file.
  public var source = ScenarioSource.named(.rollout)
  /// How often the scenario's disturbance happens.
  public var times = 2
  /// How long everything runs undisturbed before, between and after disturbances.
  public var life: Duration = .seconds(4)
  /// Log lines a second on each node.
  public var rate = 100.0
  /// Pods that write logs on each node at the start; one more comes with each disturbance.
  public var applications = 3
  /// Where all chance of the simulation comes from; that of processes and of time is not in it.
  public var seed: UInt64 = 1
  /// Renders the manifests, once it is known where records are to be sent.
  public var render: Render
  /// Attaches offsets to manifests as a vendor has them; for ``Scenario/attach``.
  public var attach: Attach?
  /// The sync containers' interval, as the values that are rendered have it.
  public var interval: Duration = .seconds(5)
  /// What the sync containers are told instead; nil: what is rendered.
  public var intervalOverride: Duration?
  /// Replaces the rendered grace period.
  public var gracePeriod: Duration?
  /// How late a collector that is not a real one reacts to SIGTERM; nil: never.
  public var collectorDelay: Duration? = .zero
  /// How long the API server is away in scenarios with an outage.
  public var outage: Duration = .seconds(5)
  /// Whether the rendered manifests ask for `filelogDelivery: atLeastOnce`; found out from them.
  var deliversAtLeastOnce = false
  /// How many pods a rollout replaces at once; nil: as the DaemonSet says, or a tenth of the nodes
  /// in virtual time.
  public var maxUnavailable: Int?

  /// What is played.
  public enum ScenarioSource: Sendable {
    /// A well-known one.
    case named(Scenario)
    /// One from a file.
    case file(ScenarioPlan)
  }

  /// - Parameters:
  ///   - endpoint: the URL, without a path, of an OTLP/HTTP backend that reads JSON.
  ///   - namespaces: whose logs are to be collected.
  ///   - layout: how offsets are to be stored from now on, in a release that stored them in the other
  ///     layout before; nil: as the values have it.
  /// - Returns: the manifests in apply order.
  public typealias Render =
    @Sendable (_ endpoint: String, _ namespaces: [String], _ layout: Contract.OffsetLayout?) throws
    -> [JSONValue]

  /// - Parameters:
  ///   - manifests: as they are without offset synchronization.
  ///   - volume: what becomes of the volume that holds the offsets.
  /// - Returns: what is to be applied.
  public typealias Attach =
    @Sendable (_ manifests: [JSONValue], _ volume: AttachedVolume) throws -> [JSONValue]

  /// Three nodes and two rollouts.
  public init(_ backend: Backend, render: @escaping Render) {
    self.backend = backend
    self.render = render
  }

  /// - Throws: ``SimulationError`` when these settings cannot play what is to happen.
  public func check() throws { try plan.check(self) }

  /// What happens.
  var plan: ScenarioPlan {
    switch source {
    case .named(let scenario): scenario.plan(times: times, life: life, nodes: nodes)
    case .file(let plan): plan
    }
  }

  /// The namespaces that the simulated applications run in.
  static let applicationNamespaces = ["shop", "payments"]
}

/// What becomes of a volume that held offsets before anything was attached.
public enum AttachedVolume: Sendable {
  /// It stays, and offsets go into config maps as well.
  case kept
  /// By an emptyDir.
  case replaced
}

/// What a simulation with processes needs beyond what every simulation does.
public struct ProcessOptions: Sendable {
  /// Which programs the containers run.
  public var programs: Programs
  /// This process's environment; the programs get of it what tells them where libraries are.
  public var hostEnvironment: [String: String]
  /// Everything the simulation writes lies below it.
  public var workDirectory: String
  /// The API server.
  public var cluster: ClusterSource

  /// Where the objects go.
  public enum ClusterSource: Sendable {
    /// To an emulated API server on loopback.
    case emulated
    /// To an API server that is there.
    ///
    /// What was made there is removed in the end, unless it is to stay (`keepsObjects`).
    case existing(ClusterConfiguration, keepsObjects: Bool)
  }

  /// By default an emulated API server.
  public init(
    programs: Programs, hostEnvironment: [String: String], workDirectory: String,
    cluster: ClusterSource = .emulated
  ) {
    self.programs = programs
    self.hostEnvironment = hostEnvironment.filter { name, _ in
      ["PATH", "LD_LIBRARY_PATH", "TMPDIR", "ASAN_OPTIONS", "TSAN_OPTIONS"].contains(name)
    }
    self.workDirectory = workDirectory
    self.cluster = cluster
  }
}
