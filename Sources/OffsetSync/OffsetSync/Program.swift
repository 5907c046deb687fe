public import FilelogCommandLine
internal import FilelogContract
internal import FilelogKubernetesAPI
public import FilelogSystemCalls
internal import Glibc

/// The container workload as a command: arguments and environment in, exit code out.
public enum Program {
  private enum Mode: String, CaseIterable {
    case `init`
    case sync
  }

  /// - Parameters:
  ///   - environment: the variables that the container was started with.
  ///   - signals: what ends it, taken since the program's first moment; nil: from the run on.
  public static func command(
    environment: [String: String], signals: TerminationSignals? = nil
  ) -> Command {
    nonisolated(unsafe) let signals = signals
    return command { try run($0, environment: environment, signals: signals) }
  }

  private static func command(
    run: @escaping @Sendable (Invocation) throws -> ExitCode
  ) -> Command {
    Command(
      name: "filelog-offset-sync",
      summary: "carries the filelog receiver's offsets from one pod to the next",
      discussion: """
        With --mode=init it restores the offsets that are stored for this node into the offsets \
        directory, before the collector starts. With --mode=sync it keeps the stored offsets up to \
        date until SIGTERM, and stores them a last time when the collector has closed its databases.

        Environment: K8S_CONFIGMAP_NAMESPACE, K8S_CONFIGMAP_NAME, K8S_NODE_NAME and \
        FILELOG_OFFSET_DIRECTORY_PATH must be set. K8S_CONFIGMAP_LAYOUT is shared (one map for all \
        nodes, the default) or perNode (one for each); K8S_CONFIGMAP_PREVIOUS_LAYOUT says what it \
        was before, K8S_CONFIGMAP_LABELS which labels maps of nodes get. FILELOG_DELIVERY is \
        bestEffort (the default) or atLeastOnce, for a collector whose offsets wait for delivery: \
        then what a receiver stores while it stops is not trusted. SYNC_INTERVAL (5s), \
        FILELOG_COLLECTOR_CONFIGURATION says which configuration file init writes for the collector. \
        SHUTDOWN_DEADLINE (20s) and INIT_DEADLINE (60s) have the options' meaning. LOG_LEVEL is \
        debug, info, warn or error. \
        SERVICE_ACCOUNT_DIRECTORY_PATH says where the pod's token and ca.crt are, if not in the \
        standard place.
        """,
      options: [
        .required("--mode", "MODE", help: "init or sync."),
        .value(
          "--kubeconfig", "FILE",
          help: "Reach the API server as this file says, rather than as a pod of its cluster."),
        .value(
          "--interval", "TIME", help: "Between two scans of the offsets directory. Default 5s."),
        .value(
          "--shutdown-deadline", "TIME",
          help: "How long the collector may take to stop after SIGTERM; well below the pod's grace "
            + "period. Default 20s."),
        .value(
          "--init-deadline", "TIME",
          help: "How long init tries to reach the API server. Default 60s."),
      ],
      examples: [
        .init(Contract.Arguments.initialize[0], "restore, as the init container does"),
        .init("--mode=sync --interval=10s", "synchronize, scanning every 10 seconds"),
        .init(
          "--mode=sync --kubeconfig=$HOME/.kube/config",
          "synchronize a directory of this machine with a map in a cluster"),
      ],
      run: run)
  }

  private static func run(
    _ invocation: Invocation, environment: [String: String], signals: TerminationSignals?
  ) throws -> ExitCode {
    guard let mode = Mode(rawValue: invocation.required("--mode")) else {
      throw UsageError(
        "--mode: expected init or sync, found \"\(invocation.required("--mode"))\"")
    }
    var settings = try Settings(environment: environment)
    settings.interval = try positive(invocation, "--interval", settings.interval)
    settings.shutdownDeadline = try positive(
      invocation, "--shutdown-deadline", settings.shutdownDeadline)
    settings.initDeadline = try positive(invocation, "--init-deadline", settings.initDeadline)
    let log = Log.fromEnvironment(environment)
    let client = KubernetesClient(
      try cluster(environment: environment, kubeconfig: invocation.value("--kubeconfig")))
    let store = makeOffsetStore(
      client: client, maps: settings.maps, directory: settings.directory, log: log)
    let volume = try Volume(path: settings.directory, makesMissing: mode == .`init`)
    let host = SystemHostEnvironment(signals: signals)
    client.isCancelled = { changes in
      guard host.isStopRequested, let noticed = host.stopNoticed else {
        return false
      }
      // A store that was given up could come after the last one and undo it.
      let patience = changes ? settings.shutdownDeadline / 2 : .zero
      return host.now - noticed >= patience
    }
    client.remainingTime = { host.timeForOneRequest }
    let isDone =
      switch mode {
      case .`init`:
        InitMode(
          settings: settings, store: store, volume: volume, host: host, log: log
        ).run()
      case .sync:
        synchronize(
          SyncMode(
            settings: settings, store: store, volume: volume, host: host, log: log,
            telemetry: Telemetry(
              environment: environment, container: Contract.ContainerName.sync, log: log,
              now: host.now)), client)
      }
    return isDone ? .success : .failure
  }

  private static func synchronize(_ sync: SyncMode, _ client: KubernetesClient) -> Bool {
    let isCancelled = client.isCancelled
    client.isCancelled = { changes in
      sync.followWhileWaiting()
      return isCancelled(changes)
    }
    return sync.run()
  }

  private static func positive(
    _ invocation: Invocation, _ option: String, _ fallback: Duration
  ) throws(UsageError) -> Duration {
    let duration = try invocation.duration(option, default: fallback)
    guard duration > .zero else { throw UsageError("\(option): expected a time above zero") }
    return duration
  }

  private static func cluster(
    environment: [String: String], kubeconfig: String?
  ) throws -> ClusterConfiguration {
    if let kubeconfig { return try .kubeconfig(path: kubeconfig, context: nil) }
    let directory = environment["SERVICE_ACCOUNT_DIRECTORY_PATH"] ?? ""
    return try .inCluster(
      environment: environment,
      serviceAccountDirectory: directory.isEmpty
        ? ClusterConfiguration.serviceAccountDirectory : directory)
  }
}
