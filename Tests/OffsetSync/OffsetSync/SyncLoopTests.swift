import BoltFile
import Testing

@testable import OffsetSync

/// What the loop decides, by sequences of events: no files, no clock.
@Suite struct SyncLoopTests {
  /// Feeds events to a loop and carries nothing out.
  private struct Script {
    var loop: SyncLoop
    var now = Duration.zero
    var action: SyncLoop.Action
    private var transaction: UInt64 = 10

    init(drawing number: UInt64 = 0, _ change: (inout Settings) -> Void = { _ in }) {
      var settings = Settings(
        namespace: "monitoring", configMap: "offsets", node: "node-a", directory: "/offsets")
      change(&settings)
      loop = SyncLoop(settings: settings, random: Same(number: number))
      action = .pause(.zero)
      action = loop.start(at: .zero)
    }

    /// Waits as the last action says; what is loaded anew before the next scan is as it was.
    mutating func wait() {
      switch action {
      case .wait(let time): now = max(now, time)
      case .pause(let time): now += time
      default:
        Issue.record("\(action) is not a wait")
        now += .seconds(60)
      }
      send(.timePassed)
      loadTheSame()
    }

    private mutating func loadTheSame() {
      guard isLoad, let stored = loop.stored else { return }
      send(.loaded(.success(stored.payload), mustBeSaved: false))
    }

    mutating func send(_ event: SyncLoop.Event) { action = loop.handle(event, at: now) }

    mutating func load(_ snapshot: Snapshot?) {
      let payload = snapshot.map { StoredPayload(Payload.pack($0, directory: "/offsets")) }
      send(.loaded(.success(payload), mustBeSaved: false))
    }

    mutating func saved() {
      guard case .save(let offer) = action, let payload = try? offer.whole() else {
        Issue.record("\(action) saves nothing")
        return
      }
      send(.saved(.success(Saved(whole: payload)), mustBeSaved: false))
    }

    mutating func fail(_ error: StoreError = StoreError(.unavailable, "504")) {
      switch action {
      case .load: send(.loaded(.failure(error), mustBeSaved: false))
      case .save: send(.saved(.failure(error), mustBeSaved: false))
      default: Issue.record("\(action) cannot fail so")
      }
    }

    /// A scan that took `cost` and found these files.
    mutating func scanned(
      _ files: [String: BoltContent], unreadable: [String: BoltError] = [:],
      cost: Duration = .milliseconds(1)
    ) {
      let began = now
      now += cost
      let snapshot = Snapshot(files: files.mapValues { .database($0) })
      send(
        .scanned(
          .success(
            VolumeScan(
              began: began, ended: now, cost: cost, snapshot: snapshot, digests: snapshot.digests,
              unreadable: unreadable, usage: VolumeUsage(), leftOut: 0))))
    }

    /// A scan of one receiver at this offset, in a transaction of its own.
    mutating func scanned(offset: Int64?, cost: Duration = .milliseconds(1)) throws {
      transaction += 1
      scanned([receiver: try known(transaction, offset: offset)], cost: cost)
    }

    /// Peeks that find another transaction than the last one, or the same.
    mutating func peeked(moved: Bool) {
      if moved { transaction += 1 }
      let peek = DatabasePeek(name: receiver, transaction: transaction)
      send(.peeked([peek]))
      loadTheSame()
    }

    var isLoad: Bool { if case .load = action { true } else { false } }
    var isScan: Bool { if case .scan = action { true } else { false } }
    var isPeek: Bool { if case .peek = action { true } else { false } }
    var isSave: Bool { if case .save = action { true } else { false } }
    var asksLocks: Bool { if case .askLocks = action { true } else { false } }

    /// What is to be saved now.
    var saving: Snapshot? {
      guard case .save(let offer) = action else { return nil }
      return try? Payload.unpack(offer.whole())
    }

    var waitsUntil: Duration? { if case .wait(let time) = action { time } else { nil } }
  }

  /// Draws the beginning of every range with 0, its middle with 2^52.
  private struct Same: RandomNumberGenerator {
    let number: UInt64
    func next() -> UInt64 { number }
  }

  private static let receiver = "receiver_filelog_"
  private static let queue = "exporter_otlphttp__logs"

  /// Has loaded what is stored, seen the same on the volume, and waits.
  private static func steady(
    _ change: (inout Settings) -> Void = { _ in }
  ) throws -> Script {
    var script = Script(change)
    script.wait()
    #expect(script.isLoad)
    script.load(Snapshot(files: [receiver: .database(try known(1, offset: 100))]))
    #expect(script.isScan)
    try script.scanned(offset: 100)
    #expect(script.waitsUntil != nil)
    return script
  }

  @Test func changeIsSavedAndEqualContentIsNot() throws {
    var script = try Self.steady()
    script.wait()
    #expect(script.isScan)
    try script.scanned(offset: 100)
    script.wait()
    try script.scanned(offset: 200)
    #expect(script.isSave)
    script.saved()
    script.wait()
    try script.scanned(offset: 200)
    #expect(script.waitsUntil != nil)
  }

  /// A difference tells times less exactly than the volume: what is loaded is what was stored, and no
  /// change.
  @Test func whatWasStoredIsNotStoredAgainAfterItWasLoaded() throws {
    var script = try Self.steady()
    script.wait()
    try script.scanned(offset: 200)
    let stored = Snapshot(files: [Self.receiver: .database(try known(1, offset: 199))])
    let payload = Payload.pack(stored, directory: "/offsets")
    script.send(.saved(.success(Saved(whole: payload)), mustBeSaved: false))
    let end = script.now + .seconds(1300)
    while script.now < end {
      script.wait()
      try script.scanned(offset: 200)
      #expect(script.waitsUntil != nil)
    }
  }

  @Test func whileStoppingPatchComesBeforeGet() throws {
    var script = try Self.steady()
    script.send(.stopRequested(noticed: script.now))
    #expect(script.asksLocks)
    script.send(.locksAsked(areFree: false))
    #expect(script.isScan)
    try script.scanned(offset: 200)
    #expect(script.isSave)
  }

  /// What was wiped is stored again before the end.
  @Test func whileStoppingUnchangedStateIsComparedWithTheStore() throws {
    var script = try Self.steady()
    script.send(.stopRequested(noticed: script.now))
    script.send(.locksAsked(areFree: false))
    try script.scanned(offset: 100)
    #expect(script.isLoad)
    script.load(nil)
    #expect(script.isSave)
  }

  /// Compaction closes a database and opens it again within a millisecond.
  @Test func locksThatAreFreeOnceAreAskedAgain() throws {
    var script = try Self.steady()
    script.send(.stopRequested(noticed: script.now))
    script.send(.locksAsked(areFree: false))
    try script.scanned(offset: 200)
    script.saved()
    #expect(script.asksLocks)
    for isFree in [true, false, true] {
      script.send(.locksAsked(areFree: isFree))
      guard case .pause(let time) = script.action else {
        Issue.record("\(script.action)")
        return
      }
      #expect(time <= .milliseconds(isFree ? 10 : 50))
      script.wait()
      #expect(script.asksLocks)
    }
    script.send(.locksAsked(areFree: true))
    #expect(script.isScan)
    try script.scanned(offset: 300)
    script.saved()
    guard case .end(isStored: true) = script.action else {
      Issue.record("\(script.action)")
      return
    }
  }

  @Test func storeWithUnknownOutcomeIsLookedAfterBeforeTheEnd() throws {
    var script = try Self.steady()
    script.send(.stopRequested(noticed: script.now))
    script.send(.locksAsked(areFree: false))
    try script.scanned(offset: 200)
    script.fail(StoreError(.unavailable, "connection lost", isOutcomeUnknown: true))
    script.send(.locksAsked(areFree: true))
    script.wait()
    script.send(.locksAsked(areFree: true))
    try script.scanned(offset: 300)
    script.saved()
    // The lost one gets a moment to come in.
    script.wait()
    try script.scanned(offset: 300)
    #expect(script.isLoad)
    script.load(Snapshot(files: [Self.receiver: .database(try known(2, offset: 200))]))
    #expect(script.isSave)
  }

  /// A receiver that is stopped while it reads a packed file takes it as read to its end.
  @Test(arguments: [false, true])
  func newestCheckpointOfAReceiverThatMayReadPackedFilesIsNotSaved(_ mayRead: Bool) throws {
    var script = try Self.steady()
    script.loop.mayReadPackedFiles = mayRead
    script.wait()
    try script.scanned(offset: 200)
    #expect(script.isSave == !mayRead)
    guard mayRead else { return }
    script.loop.mayReadPackedFiles = false
    while !script.isScan { script.wait() }
    try script.scanned(offset: 300)
    #expect(script.isSave)
  }

  // MARK: Queues and emptied lists

  /// A pod that is killed then would lose what the queue holds and the offsets are past.
  @Test(arguments: Settings.Delivery.allCases)
  func receiversAreNotSavedWithoutTheirQueue(_ delivery: Settings.Delivery) throws {
    var script = try Self.steady { $0.delivery = delivery }
    let changing = BoltError(.changing, "busy", file: Self.queue)
    for offset in [200, 300] as [Int64] {
      script.now += .seconds(5)
      script.send(.timePassed)
      script.scanned(
        [Self.receiver: try known(20 + UInt64(offset), offset: offset)],
        unreadable: [Self.queue: changing])
      #expect(script.waitsUntil != nil)
    }
    guard delivery == .bestEffort else { return }
    script.now += .seconds(5)
    script.send(.timePassed)
    script.scanned([
      Self.receiver: try known(900, offset: 400), Self.queue: database(10, "records"),
    ])
    #expect(script.saving?.files.count == 2)
    #expect(script.saving?.files[Self.receiver] == .database(try known(900, offset: 400)))
  }

  /// A queue in it there cannot be, and it may stay.
  @Test func directoryNamedAsQueueWithholdsNothing() throws {
    var script = try Self.steady()
    script.now += .seconds(5)
    script.send(.timePassed)
    script.scanned(
      [Self.receiver: try known(20, offset: 200)],
      unreadable: [Self.queue: BoltError(.notAFile, "not a plain file", file: Self.queue)])
    #expect(script.isSave)
  }

  @Test func emptiedListIsSavedOnlyOnceTheReceiverGoesOnWithIt() throws {
    var script = try Self.steady()
    for _ in 0..<2 {
      script.wait()
      try script.scanned(offset: nil)
      #expect(!script.isSave)
    }
    script.wait()
    try script.scanned(offset: nil)
    #expect(script.isSave)
  }

  @Test func emptiedListOfAReceiverThatStoppedIsNeverSaved() throws {
    var script = try Self.steady()
    for _ in 0..<5 {
      script.wait()
      script.scanned([Self.receiver: try known(99, offset: nil)])
      #expect(!script.isSave)
    }
    script.send(.stopRequested(noticed: script.now))
    script.send(.locksAsked(areFree: false))
    script.scanned([Self.receiver: try known(100, offset: nil)])
    #expect(!script.isSave)
  }

  /// All log files were rotated, and nothing was written since: seen on a real kubelet, where a pod that
  /// was replaced soon after repeated all that it had read, 1,551 records.
  @Test(arguments: [(4, false), (10, true)])
  func emptiedListCountsAtStopWhenTheReceiverHasPolledWithIt(
    polls: UInt64, isSaved: Bool
  ) throws {
    var script = try Self.steady()
    script.wait()
    script.scanned([Self.receiver: try known(99, offset: nil)])
    #expect(!script.isSave)
    script.send(.stopRequested(noticed: script.now))
    script.send(.locksAsked(areFree: false))
    script.scanned([Self.receiver: try known(99 + polls, offset: nil)])
    #expect(script.isSave == isSaved)
  }

  // MARK: Following receivers

  /// A pod that is stopped before its first store would repeat all that it delivered.
  @Test func receiversAreFollowedBeforeTheFirstStoreIsDue() throws {
    var script = Script(drawing: 1 << 52) { $0.delivery = .atLeastOnce }
    var offset: Int64 = 100
    var scans = 0
    while !script.isLoad, script.now < .seconds(20) {
      script.wait()
      if script.isPeek { script.peeked(moved: true) }
      guard script.isScan else { continue }
      scans += 1
      offset += 40
      try script.scanned(offset: offset)
    }
    // Half an interval, by chance: pods that start at once do not ask the API server at once.
    #expect(script.now >= .milliseconds(2500))
    #expect(scans >= 4)
  }

  private static func following() throws -> Script {
    var script = try steady { $0.delivery = .atLeastOnce }
    script.now += .seconds(5)
    script.send(.timePassed)
    try script.scanned(offset: 200)
    return script
  }

  @Test func checkpointIsConfirmedAndSavedWithinASecond() throws {
    var script = try Self.following()
    let seen = script.now
    var offset: Int64 = 200
    while !script.isSave, script.now < seen + .seconds(5) {
      script.wait()
      if script.isPeek { script.peeked(moved: true) }
      offset += 40
      if script.isScan { try script.scanned(offset: offset) }
    }
    #expect(script.isSave)
    #expect(script.now < seen + .milliseconds(1500))
  }

  @Test func scansGoOnWhileTheStoreIsLeftAlone() throws {
    var script = try Self.following()
    var offset: Int64 = 200
    var scans: [Duration] = []
    var hasFailed = false
    while script.now < .seconds(60) {
      script.wait()
      if script.isPeek { script.peeked(moved: true) }
      offset += 40
      if script.isScan {
        scans.append(script.now)
        try script.scanned(offset: offset)
      }
      if script.isSave {
        script.fail(StoreError(.unavailable, "429", retryAfter: .seconds(40)))
        hasFailed = true
      }
    }
    #expect(hasFailed)
    let gaps = zip(scans.dropFirst(), scans).map { $0 - $1 }
    #expect(try #require(gaps.max()) < .milliseconds(500))
  }

  @Test(arguments: [1, 10, 100])
  func scansTakeAtMostTwoPercentOfTheTime(cost: Int) throws {
    var script = try Self.following()
    let began = script.now
    var offset: Int64 = 200
    var scans = 0
    while script.now < began + .seconds(60) {
      script.wait()
      if script.isPeek { script.peeked(moved: true) }
      offset += 40
      if script.isScan {
        scans += 1
        try script.scanned(offset: offset, cost: .milliseconds(cost))
      }
      if script.isSave { script.saved() }
    }
    // One more each interval is what there is anyway.
    #expect(scans <= 60_000 / (50 * cost) + 14)
    #expect(scans >= min(60_000 / (50 * cost), 60_000 / 400) - 2)
  }

  /// During an outage nothing moves, and nothing needs to be read.
  @Test func receiverThatStandsStillIsPeekedAtNotScanned() throws {
    var script = try Self.following()
    let began = script.now
    var (peeks, scans) = (0, 0)
    while script.now < began + .seconds(60) {
      script.wait()
      if script.isPeek {
        peeks += 1
        script.peeked(moved: false)
      }
      if script.isScan {
        scans += 1
        script.scanned([Self.receiver: try known(12, offset: 200)])
      }
    }
    #expect(scans <= 14)
    // After each scan at 0.2, 0.6 and 1.4 s and once a second from then on: six times in the shortest
    // interval, of 4.5 s, and seven times in the longest, of 5.5 s.
    #expect((6 * (scans - 1)...7 * (scans + 1)).contains(peeks))
  }

  // MARK: What the server bears

  /// A store that takes long halves the pace, and good ones bring it back step by step; SIGTERM does not
  /// wait for it.
  @Test func storesSlowDownWithTheServerAndComeBack() throws {
    var script = try Self.steady()
    var offset: Int64 = 1000
    var stores: [Duration] = []
    func store(taking time: Duration) throws {
      while true {
        script.wait()
        #expect(script.isScan)
        offset += 1
        try script.scanned(offset: offset)
        if script.isSave { break }
      }
      stores.append(script.now)
      script.now += time
      script.saved()
    }
    try store(taking: .milliseconds(5))
    try store(taking: .seconds(2))
    try store(taking: .seconds(2))
    try store(taking: .milliseconds(5))
    let gaps = zip(stores.dropFirst(), stores).map { $0 - $1 }
    #expect(gaps[0] < .seconds(6))
    #expect(gaps[1] >= .seconds(9) && gaps[1] < .seconds(13))
    #expect(gaps[2] >= .seconds(18) && gaps[2] < .seconds(24))
    for _ in 0..<16 { try store(taking: .milliseconds(5)) }
    #expect(stores[stores.count - 1] - stores[stores.count - 2] < .seconds(6))
    // However slow the server is.
    for _ in 0..<8 { try store(taking: .seconds(2)) }
    #expect(script.loop.storePace.interval == .seconds(120))
    script.send(.stopRequested(noticed: script.now))
    script.send(.locksAsked(areFree: false))
    #expect(script.isScan || script.isLoad)
    if script.isLoad { script.load(nil) }
    try script.scanned(offset: offset + 1)
    #expect(script.isSave)
  }
}
