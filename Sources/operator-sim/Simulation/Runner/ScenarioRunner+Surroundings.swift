internal import FilelogSystemCalls

/// What happens to logs, the log backend and the API server.
extension ScenarioRunner {
  func live(_ time: Duration) throws {
    let began = fleet.now
    try fleet.advance(for: time)
    fleet.record.undisturbed.append(began...fleet.now)
  }

  /// One log file of a node is rotated after a time drawn by chance, and so on while applications
  /// write, whatever becomes of the pod meanwhile.
  func rotateLater(_ node: Played.Node) {
    let mean = max(fleet.options.life, .seconds(2))
    let pause = mean * Double.random(in: 0.5...1.5, using: &random)
    fleet.schedule(at: fleet.now + pause) { [self] in
      guard !isDraining, fleet.isPresent(node) else { return }
      if node.applicationCount > 0 {
        try node.rotateLog(of: Int.random(in: 0..<node.applicationCount, using: &random))
      }
      rotateLater(node)
    }
  }

  func rotateLogs() throws {
    for node in fleet.presentNodes where node.applicationCount > 0 { try node.rotateLog(of: 0) }
  }

  /// The backend goes away at a moment drawn by chance: well before the pods are asked to stop, so
  /// that it is back by then, or so much that receivers stand still, or just after.
  func interruptBackend(for length: Duration) throws {
    var random = SeededRandom(
      seed: fleet.options.seed &+ UInt64(fleet.record.backendOutages.count))
    let lead = Double.random(in: -0.1...1.2, using: &random)
    let begin = fleet.now + max(.zero, length * -lead)
    let end = begin + length
    backendOutageEnd = end
    fleet.record.backendOutages.append(begin...end)
    fleet.schedule(at: begin) { [fleet] in fleet.setLogBackend(.down) }
    fleet.schedule(at: end) { [self] in
      fleet.setLogBackend(.healthy)
      backendOutageEnd = nil
    }
    try fleet.advance(for: length * lead)
  }

  /// Long enough for a record whose end does not come to be older than receivers wait for it, at a
  /// moment drawn by chance.
  func slowBackend() throws {
    fleet.setLogBackend(.slow(.milliseconds(400)))
    try fleet.advance(for: .milliseconds(Int.random(in: 1000...3000, using: &random)))
  }

  func awaitBackend() throws {
    try fleet.advance(
      until: { backendOutageEnd == nil }, within: .seconds(90_000), "the end of the outage")
  }

  /// Applications stop writing; what is on its way arrives, until nothing has come for five seconds in
  /// which every collector has polled: one without a processor takes longer. Then the pods stop, and
  /// what that may still send arrives too.
  func drain() throws {
    try fleet.advance(until: { agenda == 0 }, within: .seconds(90_000), "everything planned")
    try outage.awaitEnd()
    try awaitBackend()
    isDraining = true
    for node in fleet.presentNodes { node.setApplications(running: false) }
    var arrivals = -1
    var lastArrival = fleet.now
    var commits: [UInt64?] = []
    _ = try fleet.advance(
      until: {
        if fleet.arrivals != arrivals {
          arrivals = fleet.arrivals
          lastArrival = fleet.now
          commits = fleet.presentNodes.map(\.collectorTransaction)
        }
        let total = fleet.total
        if total.delivered == total.written { return true }
        guard fleet.now - lastArrival > .seconds(5) else { return false }
        return zip(fleet.presentNodes, commits).allSatisfy { node, before in
          guard let before, let now = node.collectorTransaction else { return true }
          // Begun anew, it has less.
          return now < before || now >= before + 3
        }
      }, orFor: .seconds(120))
    try stopPods(fleet.presentNodes)
    for node in fleet.presentNodes { try node.removePod() }
  }

  // MARK: API server

  /// Sidecars meet 401s until the kubelets have renewed the tokens.
  func expireTokens() throws {
    try fleet.expireTokens()
    renewTokens(at: fleet.now + .seconds(2))
  }

  func renewTokens(at time: Duration) {
    fleet.schedule(at: time) { [self] in
      guard outage.end == nil else { return renewTokens(at: fleet.now + .milliseconds(100)) }
      for node in fleet.presentNodes { try node.renewToken() }
    }
  }

  func fillMap() throws {
    guard !isMapFilled else { return }
    isMapFilled = true
    fleet.record.fullMap.append(fleet.now...fleet.now)
    // More files make snapshots grow, as in a cluster that fills its map.
    for node in fleet.presentNodes { try node.addApplication() }
    try keepMapFull()
  }

  /// Again and again: a snapshot that shrinks by a byte would make room for one that grows.
  func keepMapFull() throws {
    guard isMapFilled else { return }
    if outage.end == nil { try fleet.fillMap() }
    fleet.schedule(at: fleet.now + .milliseconds(500)) { [self] in try keepMapFull() }
  }

  func emptyMap() throws {
    isMapFilled = false
    if let began = fleet.record.fullMap.popLast()?.lowerBound {
      fleet.record.fullMap.append(began...fleet.now)
    }
    try fleet.emptyMap()
  }
}
