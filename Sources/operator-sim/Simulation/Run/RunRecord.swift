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

  struct Crash {
    var time: Duration
    var node: String
    var text: String
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
  var samples: [World.Sample] = []
  var mapSizes: [World.MapSize] = []
}

extension RunRecord {
  init(_ world: World, traffic: Traffic?) {
    nodes = world.nodes.map(\.name)
    end = world.timeline.elapsed
    samples = world.samples
    mapSizes = world.mapSizes
    parameters = Self.parameters(world.options)
    backendOutages = world.backendOutages.map { outage in
      let begin = world.timeline.offset(of: outage.lowerBound)
      return begin...max(begin, min(end, world.timeline.offset(of: outage.upperBound)))
    }
    for entry in world.timeline.entries { note(entry) }
    patches = (traffic?.patches ?? []).map { patch in
      Patch(
        time: world.timeline.offset(of: patch.time), node: patch.node, bytes: patch.bytes,
        isRefused: patch.status >= 400)
    }
    faults = Self.duplicates(world) + Self.losses(world)
  }

  private mutating func note(_ entry: Timeline.Entry) {
    let last = pods.lastIndex { $0.node == entry.node }
    switch entry.event {
    case .podStarted: pods.append(Pod(node: entry.node, started: entry.time))
    case .podReady: if let last { pods[last].ready = pods[last].ready ?? entry.time }
    case .podStopping: if let last { pods[last].stopping = entry.time }
    case .podEnded: if let last { pods[last].ended = entry.time }
    case .outageBegan: outages.append(entry.time...max(entry.time, end))
    case .outageEnded:
      if let began = outages.popLast()?.lowerBound { outages.append(began...entry.time) }
    case .container(.exited(let container, let exit, expected: false)):
      crashes.append(
        Crash(time: entry.time, node: entry.node, text: "\(container) ended with \(exit)"))
    case .container: break
    }
  }

  private static func duplicates(_ world: World) -> [Fault] {
    var faults: [Fault] = []
    for repetition in world.ledger.repetitions {
      let time = world.timeline.offset(of: repetition.time)
      let node = repetition.file.node
      // One mark for each request.
      if let last = faults.last, last.time == time, last.node == node {
        faults[faults.count - 1].records += repetition.sequences.count
      } else {
        faults.append(
          Fault(time: time, node: node, kind: .duplicated, records: repetition.sequences.count))
      }
    }
    return faults
  }

  private static func losses(_ world: World) -> [Fault] {
    world.ledger.counts.filter { $0.value.lost > 0 }.keys.sorted().flatMap { file in
      world.ledger.missing(in: file).prefix(1000).compactMap { range in
        world.ledger.writeTime(of: range.lowerBound, in: file).map { time in
          Fault(
            time: world.timeline.offset(of: time), node: file.node, kind: .lost,
            records: range.count)
        }
      }
    }
  }

  static func parameters(_ options: SimulationOptions) -> [(name: String, value: String)] {
    func text(_ time: Duration) -> String { "\(time)" }
    let pace =
      options.file == nil
      ? [("disturbances", String(options.times)), ("undisturbed life", text(options.life))] : []
    return [("scenario", options.plan.summary), ("nodes", String(options.nodes))] + pace + [
      ("log lines a second and node", String(Int(options.rate))),
      ("sync interval", options.interval.map(text) ?? "as rendered"),
      ("collector reacts to SIGTERM after", options.collectorDelay.map(text) ?? "never"),
      ("seed", String(options.seed)),
    ]
  }
}
