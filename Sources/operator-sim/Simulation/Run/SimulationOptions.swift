public import JSON

/// What to simulate.
public struct SimulationOptions: Sendable {
  /// How many nodes there are.
  public var nodes = 3
  /// What happens to them.
  public var scenario = Scenario.rollout
  /// A scenario from a file, instead of one with a name.
  public var file: ScenarioPlan?
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
  /// The sync containers' interval; nil: as rendered, or the program's own default.
  public var interval: Duration? = .seconds(1)
  /// Replaces the rendered grace period.
  public var gracePeriod: Duration?
  /// How late a stand-in collector reacts to SIGTERM; nil: never.
  public var collectorDelay: Duration? = .zero
  /// How long the API server is away in scenarios with an outage.
  public var outage: Duration = .seconds(5)
  /// Whether the rendered manifests ask for `filelogDelivery: atLeastOnce`; found out from them.
  var deliversAtLeastOnce = false
  /// How many pods a rollout replaces at once; nil: as the DaemonSet says.
  public var maxUnavailable: Int?
  /// A cluster to use instead of the emulated one.
  public var kubeconfig: String?
  /// The context of ``kubeconfig``; nil for its current one.
  public var context: String?
  /// Whether what was made in the cluster of ``kubeconfig`` stays there.
  public var keepsObjects = false
  /// Whether the sidecars run as what they are made of, within this process and in virtual time,
  /// instead of as programs.
  public var isInProcess = false
  /// Everything the simulation writes lies below it.
  public var workFolder: String

  /// - Parameters:
  ///   - endpoint: the URL, without a path, of an OTLP/HTTP backend that reads JSON.
  ///   - namespaces: whose logs are to be collected.
  /// - Returns: the manifests in apply order.
  public typealias Render =
    @Sendable (_ endpoint: String, _ namespaces: [String]) throws -> [JSONValue]

  /// Three nodes and two rollouts against an emulated API server.
  public init(workFolder: String, render: @escaping Render) {
    self.workFolder = workFolder
    self.render = render
  }

  /// - Throws: ``SimulationError`` when these settings cannot play what is to happen.
  public func check() throws { try plan.check(self) }

  /// What happens.
  var plan: ScenarioPlan { file ?? scenario.plan(times: times, life: life, nodes: nodes) }

  /// The namespaces that the simulated applications run in.
  static let applicationNamespaces = ["shop", "payments"]
}
