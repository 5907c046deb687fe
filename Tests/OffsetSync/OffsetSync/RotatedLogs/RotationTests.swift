import BoltFile
import FilelogSystemCalls
import TestSupport
import Testing

@testable import OffsetSync

/// Records of a node whose logs are rotated while no collector runs.
@Suite struct RotationTests {
  /// A node, and the collectors that follow each other on it.
  private final class Play {
    let node: ModelNode
    let containers: Int
    var stored = ModelReceiver.State()
    var counts: [[Int: Int]]
    var errors = 0
    /// Whether the time of a commit is taken for that of its look.
    var believesCommits = false
    /// What was done, for a test that fails.
    var story: [String] = []

    init(containers: Int = 1, mostFiles: Int = 5, zone: Duration = .zero) throws {
      node = try ModelNode(containers: containers, mostFiles: mostFiles, zone: zone)
      self.containers = containers
      counts = Array(repeating: [:], count: containers)
    }

    /// A collector that starts on what is stored, lives for some polls, and stores its last state.
    /// - Parameters:
    ///   - stops: whether it ends in order, with a commit of its own.
    ///   - delivering: what happens from the look of a poll, or of the stop, to its commit.
    func life(
      polls: Int, followed: Bool = true, storesUpTo: Int = .max, stops: Bool = false,
      delivering: () throws -> Void = {}, _ between: (Int) throws -> Void
    ) throws {
      if followed { try node.follow([stored]) }
      // The sync container starts first, and sees every transaction.
      let looks = ReceiverLooks()
      func see(_ transaction: UInt64) { looks.note("receiver", transaction, at: node.time) }
      func store(_ state: ModelReceiver.State) {
        see(state.transaction)
        let earlier = stored.time
        stored = state
        guard !believesCommits else { return }
        stored.time =
          looks.time(of: "receiver", at: state.transaction, written: state.time)
          ?? earlier ?? state.database.unseenLook
      }
      see(stored.transaction)
      let receiver = ModelReceiver(node, containers: containers, from: stored)
      // Nothing is rotated before its first look; the sync container follows that.
      node.lastPoll = .zero
      defer { node.lastPoll = nil }
      for poll in 0..<polls {
        try between(poll)
        node.pass(.milliseconds(200))
        see(receiver.transaction)
        let state = try receiver.poll {
          // After the last look of all a file may come and go.
          node.lastPoll = poll < polls - 1 ? node.time : nil
          try delivering()
          see(receiver.transaction)
        }
        if poll < storesUpTo { store(state) }
        // As the sync container does now and then while a collector runs.
        if poll % 5 == 4 { _ = try node.logs().sweep(KnownLogFiles([state.database])) }
      }
      if stops {
        try delivering()
        store(receiver.stop())
      }
      for (container, lines) in receiver.delivered.enumerated() {
        for line in lines { counts[container][line, default: 0] += 1 }
      }
      errors += receiver.errors
    }

    /// A moment in which by chance some containers write, and files are rotated.
    func happen(_ random: inout SeededRandom, rotatesOnceIn rotation: Int) throws {
      for container in 0..<containers {
        // Short files too: their fingerprint grows with them.
        if Bool.random(using: &random) {
          try node.write(Int.random(in: 1...40, using: &random), container: container)
        }
        node.pass(.milliseconds(Int.random(in: 1...300, using: &random)))
        if Int.random(in: 0..<rotation, using: &random) == 0 {
          try node.rotate(container: container)
        }
      }
    }

    var lost: Int {
      (0..<containers).reduce(0) { sum, container in
        sum
          + (0..<node.written[container]).filter {
            counts[container][$0] == nil && !node.deleted[container].contains($0)
          }.count
      }
    }

    var repeated: Int { counts.joined().reduce(0) { $0 + $1.value - 1 } }
  }

  /// COLLECTOR-FACTS: 300 lines read, then per rotation 200 lines and a rotation, then 150 lines.
  @Test(
    arguments: [(0, 0), (0, 1), (0, 2), (0, 3), (2, 1), (2, 3)], [Duration.zero, .seconds(7200)])
  func rotationsInTheGapLoseAndRepeatNothing(
    _ rotations: (before: Int, gap: Int), _ zone: Duration
  ) throws {
    let play = try Play(zone: zone)
    try play.life(polls: 10 + rotations.before * 5) { poll in
      if poll == 0 { try play.node.write(300) }
      if poll >= 5, poll % 5 == 0, poll / 5 <= rotations.before {
        try play.node.write(100)
        play.node.pass(.seconds(1))
        try play.node.rotate()
      }
      if poll % 5 == 1 { try play.node.write(10) }
    }
    for _ in 0..<rotations.gap {
      try play.node.write(200)
      play.node.pass(.seconds(1))
      try play.node.rotate()
      play.node.pass(.seconds(1))
    }
    try play.node.write(150)
    let outcome = try play.node.follow([play.stored])
    #expect(outcome.links == rotations.gap)
    try play.life(polls: 10) { _ in }
    #expect(play.lost == 0)
    #expect(play.repeated == 0)
    #expect(play.errors == 0)
    // What was read to its end is forgotten, as every rotated file is.
    #expect(HostFiles.list(play.node.links) == [])
    #expect(play.stored.files.count == 1)
  }

  @Test func withoutLinksWhatWasRotatedIsLost() throws {
    let play = try Play()
    try play.life(polls: 5) { if $0 == 0 { try play.node.write(300) } }
    try play.node.write(200)
    play.node.pass(.seconds(2))
    try play.node.rotate()
    try play.node.write(1)
    try play.life(polls: 5, followed: false) { _ in }
    #expect(play.lost == 200)
  }

  @Test func aCollectorThatDiedBeforeItsFirstPollLeavesLinksForTheNext() throws {
    let play = try Play()
    try play.life(polls: 5) { if $0 == 0 { try play.node.write(300) } }
    play.node.pass(.seconds(1))
    for _ in 0..<2 {
      try play.node.write(50)
      play.node.pass(.seconds(1))
      try play.node.rotate()
    }
    try play.node.follow([play.stored])
    // It commits when it opens its database, before it has looked at any file.
    play.node.pass(.seconds(5))
    play.stored.time = play.node.time
    play.node.pass(.seconds(5))
    try play.node.write(10)
    play.node.pass(.seconds(1))
    try play.node.rotate()
    try play.life(polls: 10) { _ in }
    #expect(play.lost == 0)
    #expect(play.repeated == 0)
  }

  /// Seen on a busy machine: init linked a plain file that a receiver had begun, the kubelet packed it
  /// before the next receiver looked, and the sync container got its processor long after that.
  @Test func aLinkedFileThatIsPackedBeforeTheFirstLookIsReadOnWithoutSync() throws {
    let play = try Play()
    try play.life(polls: 5) { if $0 == 0 { try play.node.write(300) } }
    func rotate(lines: Int) throws {
      try play.node.write(lines)
      play.node.pass(.seconds(1))
      try play.node.rotate()
      play.node.pass(.seconds(1))
    }
    try rotate(lines: 200)
    let initialized = play.node.time
    try play.node.follow([play.stored])
    try rotate(lines: 100)
    try play.node.write(10)
    let receiver = ModelReceiver(play.node, from: play.stored)
    for poll in 0..<10 {
      play.node.pass(.milliseconds(200))
      var known = KnownLogFiles([try receiver.poll().database])
      guard poll == 5 else { continue }
      known.limitLook(to: initialized)
      _ = try play.node.logs().follow(known)
    }
    #expect(receiver.delivered[0].sorted() == Array(300..<610))
  }

  @Test func aFirstStartReadsNoHistory() throws {
    let play = try Play()
    for _ in 0..<3 {
      try play.node.write(50)
      play.node.pass(.seconds(2))
      try play.node.rotate()
    }
    #expect(try play.node.follow([]).links == 0)
    #expect(try play.node.follow([ModelReceiver.State()]).links == 0)
  }

  /// Payloads of earlier versions do not tell when they were written.
  @Test func anUpgradeFromAPayloadWithoutATimeLosesAndRepeatsNothing() throws {
    let play = try Play()
    try play.life(polls: 30) { poll in
      if poll % 2 == 0 { try play.node.write(20) }
      if poll % 8 == 7 { try play.node.rotate() }
    }
    play.stored.time = nil
    for _ in 0..<2 {
      try play.node.write(30)
      play.node.pass(.seconds(1))
      try play.node.rotate()
    }
    try play.life(polls: 10) { _ in }
    #expect(play.lost == 0)
    #expect(play.repeated == 0)
  }

  /// Random lives, gaps and rotations, of which each store is complete.
  @Test(arguments: 0..<25) func noHistoryOfRotationsLosesOrRepeats(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let containers = Int.random(in: 1...3, using: &random)
    let play = try Play(
      containers: containers, mostFiles: Int.random(in: 3...6, using: &random),
      zone: .seconds(3600 * Int.random(in: 0...9, using: &random)))
    func happen() throws { try play.happen(&random, rotatesOnceIn: 6) }
    for _ in 0..<4 {
      try play.life(polls: Int.random(in: 1...20, using: &random)) { _ in
        try happen()
      }
      for _ in 0..<Int.random(in: 0...6, using: &random) { try happen() }
    }
    try play.life(polls: 8) { _ in }
    #expect(play.lost == 0)
    #expect(play.repeated == 0)
    #expect(play.errors == 0)
  }

  /// On a machine that others use a poll may take long to commit what it has found, and a stop to begin.
  @Test(arguments: 0..<40) func pollsAndStopsThatTakeLongLoseAndRepeatNothing(
    _ seed: UInt64
  ) throws {
    let play = try slowPlay(seed, believesCommits: false)
    #expect(play.lost == 0, "\(play.story)")
    #expect(play.repeated == 0, "\(play.story)")
    #expect(play.errors == 0)
  }

  /// Otherwise the test above could not fail.
  @Test func takingACommitForALookLoses() throws {
    let lost = try (0..<10).reduce(0) { try $0 + slowPlay($1, believesCommits: true).lost }
    #expect(lost > 0)
  }

  private func slowPlay(_ seed: UInt64, believesCommits: Bool) throws -> Play {
    var random = SeededRandom(seed: seed &+ 2000)
    let containers = Int.random(in: 1...3, using: &random)
    let play = try Play(containers: containers, mostFiles: 20)
    play.believesCommits = believesCommits
    func happen() throws { try play.happen(&random, rotatesOnceIn: 2) }
    func takeLong() throws {
      guard Int.random(in: 0..<3, using: &random) == 0 else { return }
      for _ in 0..<Int.random(in: 1...12, using: &random) { try happen() }
    }
    // A node of which nothing is stored reads no history.
    for fewest in [1, 0, 0, 0] {
      let (polls, stops) = (
        Int.random(in: fewest...8, using: &random), Bool.random(using: &random)
      )
      play.story.append("\(polls) polls\(stops ? ", stopped" : "")")
      // Each is a pod of its own.
      try play.node.removeLinks()
      try play.life(polls: polls, stops: stops, delivering: takeLong) { _ in try happen() }
      for _ in 0..<Int.random(in: 0...6, using: &random) { try happen() }
    }
    try play.node.removeLinks()
    try play.life(polls: 8) { _ in }
    return play
  }

  /// A pod that is killed repeats what came since the last store, rotated or not, and loses nothing.
  @Test(arguments: 0..<12) func anOldStoreRepeatsAndLosesNothing(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed &+ 1000)
    let play = try Play(mostFiles: 8)
    func happen() throws { try play.happen(&random, rotatesOnceIn: 5) }
    for _ in 0..<3 {
      let stores = Int.random(in: 1...5, using: &random)
      try play.life(polls: stores + 5, storesUpTo: stores) { _ in try happen() }
      for _ in 0..<Int.random(in: 0...3, using: &random) { try happen() }
    }
    try play.life(polls: 8) { _ in }
    #expect(play.lost == 0)
    #expect(play.errors == 0)
  }
}
