import Simulation

/// What the library reports, with the options that help.
enum RunWording {
  /// A problem and its remedy.
  static func text(_ error: SimulationError) -> String {
    guard let remedy = remedy(error.code) else { return error.description }
    return "\(error.description); \(remedy)"
  }

  private static func remedy(_ code: SimulationError.Code) -> String? {
    switch code {
    case .needsProcesses: "not available with --in-process"
    case .needsVersionBefore:
      "give --sync-program twice, the older one first, or use --in-process"
    case .needsFaultInjection:
      "not available with an existing cluster (--kubeconfig, --context, --server)"
    case .needsSparseFiles:
      "give a --work-dir on tmpfs or XFS, in /dev/shm for instance"
    case .releaseExists:
      "choose another --release or --namespace, or remove this one with operator-sim delete"
    case .nodeExists: "use another cluster, or delete the node if an earlier run left it"
    case .unsuitableCluster:
      "use a cluster for tests, of which nothing but this run makes or deletes pods"
    case .interrupted, .failed: nil
    }
  }

  static func text(_ refusals: MapRefusals) -> String {
    refusals.text + "; with a map for each node there is room (--layout perNode)"
  }

  /// `rollout (every pod …); reboot (…)`
  static let scenarios = Scenario.allCases.map { scenario in
    let limit = scenario.needsProcesses ? "; not with --in-process" : ""
    return "\(scenario.rawValue) (\(scenario.summary)\(limit))"
  }.joined(separator: "; ")
}
