import FilelogHTTPClient
import Testing

@testable import OffsetSync

/// Stores of payloads that one map does not hold, with a crash or another writer between any two requests:
/// every order there is. `make test-slow` runs them.
@Suite struct PartsInterleavingTests {
  private static let gone = HTTPFailure(.connectionLost, origin: "emulated")

  /// From what is stored to what replaces it: the sizes of both.
  static let changes = [(0, 25), (5, 25), (25, 35), (35, 25), (25, 5), (45, 42)]

  /// A sidecar that dies between any two requests, or before the answer to one reaches it.
  @Test(arguments: changes, [true, false])
  func aCrashAnywhereLeavesTheOldPayloadOrTheNew(
    _ sizes: (from: Int, to: Int), _ losesAnswer: Bool
  ) throws {
    let old = sizes.from == 0 ? nil : PartsTests.payload(1, sizes.from)
    let new = PartsTests.payload(100, sizes.to)
    var crash = 0
    var sawOld = false
    let cluster = try LayoutCluster()
    while true {
      try cluster.clear()
      if let old { try cluster.store(limits: PartsTests.limits).save(old) }
      var interference = LayoutCluster.Interference()
      func die(_ number: Int) throws(HTTPFailure) { if number >= crash { throw Self.gone } }
      if losesAnswer {
        interference.after = die
        interference.before = { (number) throws(HTTPFailure) in
          if number > crash { throw Self.gone }
        }
      } else {
        interference.before = die
      }
      let isDone =
        (try? cluster.store(limits: PartsTests.limits, interference).save(new)) != nil
      let found = try cluster.store(limits: PartsTests.limits).load()
      #expect(found == old || found == new, "crash at request \(crash)")
      if found == old { sawOld = true }
      // The next store cleans up after the crash.
      let next = PartsTests.payload(50, 15)
      try cluster.store(limits: PartsTests.limits).save(next)
      #expect(try cluster.store(limits: PartsTests.limits).load() == next)
      #expect(try cluster.filledMaps().count == 2, "crash at request \(crash)")
      if isDone {
        #expect(found == new)
        break
      }
      crash += 1
      try #require(crash < 500)
    }
    #expect(sawOld && crash > 1)
  }

  // MARK: Others who write

  /// A predecessor that was killed by force goes on for some seconds: its store falls between any two
  /// requests of its successor's.
  @Test(arguments: [(5, 25, 25), (25, 35, 45), (25, 25, 5), (35, 5, 25)])
  func twoWhoStoreAtOnceLeaveThePayloadOfOne(
    _ sizes: (before: Int, mine: Int, others: Int)
  ) throws {
    let mine = PartsTests.payload(40, sizes.mine)
    let others = PartsTests.payload(80, sizes.others)
    var place = 0
    var mineLast = 0
    var wasReached = true
    let cluster = try LayoutCluster()
    while wasReached {
      try cluster.clear()
      try cluster.store(limits: PartsTests.limits).save(PartsTests.payload(1, sizes.before))
      let other = try cluster.store(limits: PartsTests.limits)
      // It knows what was stored when it was still alone.
      _ = try other.load()
      var interference = LayoutCluster.Interference()
      wasReached = false
      interference.before = { (number) throws(HTTPFailure) in
        guard number == place else { return }
        wasReached = true
        try? other.save(others)
      }
      try cluster.store(limits: PartsTests.limits, interference).save(mine)
      let found = try cluster.store(limits: PartsTests.limits).load()
      // Ours comes last, unless the other one fell behind the patch that puts it in force.
      #expect(found == mine || found == others, "between requests at \(place)")
      if found == mine { mineLast += 1 }
      place += 1
      try #require(place < 500)
    }
    #expect(place > 2 && mineLast > 1)
  }

  /// The other way round: of the other one's store, only the beginning falls in between.
  @Test func aStoreThatIsOvertakenHalfwayNeverMixesSets() throws {
    let cluster = try LayoutCluster()
    var (pausedAt, pairs) = (0, 0)
    var isPaused = true
    while isPaused {
      var resumedAt = 0
      var dies = true
      while dies {
        try cluster.clear()
        try cluster.store(limits: PartsTests.limits).save(PartsTests.payload(1, 25))
        let mine = PartsTests.payload(40, 25)
        let others = PartsTests.payload(80, 35)
        // The other one's store begins, and dies when it has made some of its requests.
        (isPaused, dies) = (false, false)
        var otherInterference = LayoutCluster.Interference()
        otherInterference.before = { (number) throws(HTTPFailure) in
          guard number >= resumedAt else { return }
          dies = true
          throw Self.gone
        }
        let other = try cluster.store(limits: PartsTests.limits, otherInterference)
        var interference = LayoutCluster.Interference()
        interference.before = { (number) throws(HTTPFailure) in
          guard number == pausedAt else { return }
          isPaused = true
          try? other.save(others)
        }
        try? cluster.store(limits: PartsTests.limits, interference).save(mine)
        let found = try cluster.store(limits: PartsTests.limits).load()
        #expect(found == mine || found == others, "\(pausedAt), \(resumedAt)")
        resumedAt += 1
        pairs += 1
        try #require(pairs < 1000)
      }
      pausedAt += 1
    }
    #expect(pausedAt > 5 && pairs > 30)
  }

  @Test func aReaderThatIsOvertakenReadsOneSetOrTheOther() throws {
    let old = PartsTests.payload(1, 25)
    let new = PartsTests.payload(100, 35)
    let cluster = try LayoutCluster()
    for place in 0..<8 {
      try cluster.clear()
      let writer = try cluster.store(limits: PartsTests.limits)
      try writer.save(old)
      var interference = LayoutCluster.Interference()
      interference.before = { (number) throws(HTTPFailure) in
        if number == place { try? writer.save(new) }
      }
      let found = try cluster.store(limits: PartsTests.limits, interference).load()
      #expect(found == old || found == new)
    }
  }
}
