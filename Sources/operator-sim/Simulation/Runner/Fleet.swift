internal import FilelogContract
internal import FilelogSystemCalls

/// What a scenario is played on: nodes with applications and pods, an API server, a log backend. With
/// processes in real time, or within this process in virtual time.
protocol Fleet: AnyObject {
  associatedtype Node: FleetNode

  var options: SimulationOptions { get }
  /// The nodes that are part of the cluster, the oldest first.
  var presentNodes: [Node] { get }

  /// Whether a node is one of them.
  func isPresent(_ node: Node) -> Bool
  /// Since the simulation began.
  var now: Duration { get }
  /// From SIGTERM to SIGKILL.
  var gracePeriod: Duration { get }
  /// How many pods a rollout replaces at once.
  var maxUnavailable: Int { get }
  /// What happened so far; the runner and the fleet add to it.
  var record: RunRecord { get set }

  /// Lets everything go on until a condition holds or the time is over.
  /// - Returns: whether it holds.
  /// - Throws: ``SimulationError`` when a container fails again and again, something that was
  ///   scheduled fails, or the user interrupts.
  func advance(until condition: () throws -> Bool, orFor limit: Duration) throws -> Bool
  /// Asked wherever something takes real time for each of thousands of pods.
  /// - Throws: ``SimulationError/interrupted`` when the user wants to stop.
  func checkInterruption() throws
  /// Lets something happen at a moment, whatever goes on then.
  func schedule(at time: Duration, _ action: @escaping () throws -> Void)

  /// Registers another node, without applications and without a pod.
  func addNode() throws -> Node
  /// Takes a node whose pod is gone out of the cluster, with all that it holds.
  func removeNode(_ node: Node) throws
  /// How new pods store offsets.
  var layout: Contract.OffsetLayout { get throws }
  /// Applies the release with another layout; pods that run stay as they are.
  func apply(_ layout: Contract.OffsetLayout) throws
  /// Puts the DaemonSet's pod template back as it was before, as `kubectl rollout undo` does.
  func undoApply() throws
  /// From now on new pods are of the present version, where a plan with an upgrade began with that
  /// before.
  func upgrade()
  /// From now on new pods have the offsets directory in another place, or in the one before that.
  func moveDirectory() throws
  /// Takes the API server away, or brings it back.
  func setAPIServer(_ state: APIServerState) throws
  /// Takes the log backend away, makes it slow, or brings it back.
  func setLogBackend(_ state: LogBackend.State)
  /// Attaches offsets to the release's manifests and applies what comes out.
  func attach(_ volume: AttachedVolume) throws
  /// Makes every token that was issued so far one that has expired.
  func expireTokens() throws
  /// Leaves no byte free in the offsets map.
  func fillMap() throws
  /// Takes the filling out of the offsets map.
  func emptyMap() throws

  /// All records, so far.
  var total: Ledger.Count { get }
  /// Records that arrived, each time counted; it changes while something is on its way.
  var arrivals: Int { get }
}

/// One node of a fleet: its applications, and the DaemonSet's pod on it.
protocol FleetNode: AnyObject {
  var name: String { get }
  /// Starts another application, with a log file of its own.
  func addApplication() throws
  /// From now on its applications write, or write no more.
  func setApplications(running: Bool)
  /// Rotates an application's log file, as the kubelet does, unless it would delete one that holds
  /// records which have not arrived: nothing prevents such a loss, and no scenario is about it.
  func rotateLog(of application: Int) throws
  /// How many applications write.
  var applicationCount: Int { get }

  /// Starts the next pod, on empty volumes.
  func startPod() throws
  /// Starts the same pod again on its old volumes, as after the node's reboot.
  func restartPod() throws
  /// Asks the pod's containers to stop.
  func terminatePod(grace: Duration)
  /// Ends all of the pod at once.
  func killPod()
  /// Takes a pod that has ended out of the cluster, and its volumes off the disk.
  func removePod() throws
  /// Ends a container at once, which then is started anew.
  /// - Parameter time: how long it stays down, as after many crashes; nil: a moment.
  func crash(_ crash: Step.Crash, downFor time: Duration?) throws
  /// The receivers' databases as they are now, by name.
  func databases() -> [String: [UInt8]]
  /// Puts back some pages of the databases as they were, as a power cut does; the machine that starts
  /// again afterwards has another boot id.
  func losePower(_ earlier: [String: [UInt8]], random: inout SeededRandom) throws
  /// Writes the receivers' databases anew, with transaction ids from the beginning, as a collector does
  /// that compacts them when it starts; none runs now.
  func compactDatabases() throws
  /// Puts two files without blocks beside the databases, each as long as a file may be.
  func makeSparseFiles() throws
  /// Replaces what is stored for the node, which has no pod now.
  /// - Parameter turn: which of several kinds of damage is done.
  func damageStored(_ damage: Step.StoredDamage, turn: Int) throws
  /// Does what the kubelet does before a token expires.
  func renewToken() throws
  /// The transaction that its collector has committed last, where collectors take real time; nil where
  /// they do not.
  var collectorTransaction: UInt64? { get }
  /// Whether all containers run and have done so for a while.
  var isPodReady: Bool { get }
  /// Whether there is no pod that runs.
  var hasPodEnded: Bool { get }
}

extension Fleet {
  /// Lets everything go on for a while.
  func advance(for time: Duration) throws {
    _ = try advance(until: { false }, orFor: max(.zero, time))
  }

  /// - Throws: ``SimulationError`` when the condition does not hold in time.
  func advance(
    until condition: () throws -> Bool, within limit: Duration, _ what: String
  ) throws {
    guard try advance(until: condition, orFor: limit) else {
      throw SimulationError("\(what): did not happen within \(limit)")
    }
  }
}
