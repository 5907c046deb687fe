/// What happened when in a simulation: what the report draws. Times count from its beginning.
struct RunRecord {
  /// One life of a pod on a node.
  struct Pod {
    var node: String
    var started: Duration
    var ready: Duration?
    var stopping: Duration?
    var ended: Duration?
  }

  struct Patch {
    var time: Duration
    var node: String
    var bytes: Int
    var isRefused: Bool
  }

  /// Records of a node that arrived again or never.
  struct Fault {
    enum Kind { case duplicated, lost }
    /// Arrival of the duplicate; writing of the lost record.
    var time: Duration
    var node: String
    var kind: Kind
    var records: Int
  }

  /// A container that ended unasked.
  struct Crash {
    var time: Duration
    var node: String
    var container: String
    /// How it ended.
    var exit: String

    var text: String { "\(container) ended with \(exit)" }
  }

  /// All records so far.
  struct Sample {
    var time: Duration
    var count: Ledger.Count
  }

  /// How full the offsets map was.
  struct MapSize {
    var time: Duration
    var bytes: Int
  }

  var parameters: [(name: String, value: String)] = []
  var nodes: [String] = []
  var end = Duration.zero
  var pods: [Pod] = []
  var patches: [Patch] = []
  var faults: [Fault] = []
  var crashes: [Crash] = []
  /// When there was no API server.
  var outages: [ClosedRange<Duration>] = []
  /// When there was no log backend.
  var backendOutages: [ClosedRange<Duration>] = []
  /// When the offsets map was filled up.
  var fullMap: [ClosedRange<Duration>] = []
  /// Nodes whose stored offsets were replaced, and when.
  var forgotten: [(node: String, time: Duration)] = []
  /// When nothing was disturbed.
  var undisturbed: [ClosedRange<Duration>] = []
  var samples: [Sample] = []
  var mapSizes: [MapSize] = []
  /// The latest pod of each node.
  private var currentPods: [String: Int] = [:]
}

extension RunRecord {
  /// A node's next pod is started.
  mutating func podStarted(_ node: String, at time: Duration) {
    pods.append(Pod(node: node, started: time))
    currentPods[node] = pods.count - 1
  }

  mutating func podReady(_ node: String, at time: Duration) {
    change(node) { $0.ready = $0.ready ?? time }
  }

  mutating func podStopping(_ node: String, at time: Duration) {
    change(node) { $0.stopping = time }
  }

  mutating func podEnded(_ node: String, at time: Duration) { change(node) { $0.ended = time } }

  private mutating func change(_ node: String, _ change: (inout Pod) -> Void) {
    if let index = currentPods[node] { change(&pods[index]) }
  }

  /// The times in which nothing could be stored.
  var gaps: ExpectedLoss.Gaps {
    func sum(_ ranges: [ClosedRange<Duration>]) -> Duration {
      ranges.reduce(.zero) { $0 + $1.upperBound - $1.lowerBound }
    }
    return ExpectedLoss.Gaps(
      fullMap: sum(fullMap), outages: sum(outages),
      forgotten: forgotten.reduce(.zero) { $0 + $1.time })
  }

  /// Whether no more was lost or duplicated than the settings explain, on the nodes together whose stored
  /// offsets stayed as they were, and on all.
  func isExpected(_ nodes: [RunResult.Node], _ options: SimulationOptions) -> Bool {
    var others = gaps
    others.forgotten = .zero
    let untouched = nodes.filter { node in !forgotten.contains { $0.node == node.name } }
    return [(nodes, gaps), (untouched, others)].allSatisfy { nodes, gaps in
      let expected = ExpectedLoss(options, gaps) ?? ExpectedLoss(lost: 0, duplicated: 0, reason: "")
      return expected.allows(
        lost: nodes.reduce(0) { $0 + $1.missing },
        duplicated: nodes.reduce(0) { $0 + $1.duplicated })
    }
  }

  static func parameters(_ options: SimulationOptions) -> [(name: String, value: String)] {
    func text(_ time: Duration) -> String { "\(time)" }
    let pace: [(String, String)] =
      if case .named = options.source {
        [("disturbances", String(options.times)), ("undisturbed life", text(options.life))]
      } else {
        []
      }
    return [("scenario", options.plan.summary), ("nodes", String(options.nodes))] + pace + [
      ("log lines a second and node", String(Int(options.rate))),
      ("sync interval", text(options.intervalOverride ?? options.interval)),
      ("collector reacts to SIGTERM after", options.collectorDelay.map(text) ?? "never"),
      ("seed", String(options.seed)),
    ]
  }
}
