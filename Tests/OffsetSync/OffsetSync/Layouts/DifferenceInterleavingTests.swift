import FilelogHTTPClient
import FilelogSystemCalls
import TestSupport
import Testing

@testable import OffsetSync

/// Stores of a base and of differences, with a crash, a lost answer or another writer between any two
/// requests. `make test-slow` runs them.
@Suite struct DifferenceInterleavingTests {
  private static let gone = HTTPFailure(.connectionLost, origin: "emulated")

  /// Some number of stores by sidecars of one node that die between any two requests, lose any answer,
  /// and know nothing of each other, in any order. Whenever a reader looks, the state that was stored
  /// last is there, or one of a store that began after it and whose success no reader knew.
  @Test(arguments: 1...4 as ClosedRange<UInt64>, DifferenceStoreTests.everyLimits)
  func noOrderOfWritesGivesAnythingButTheLastState(
    _ seed: UInt64, _ limits: PerNodeMapStore.Limits
  ) throws {
    var random = SeededRandom(seed: seed)
    let cluster = try LayoutCluster()
    var node = GrowingNode(files: 2, seed: seed)
    var writers: [PerNodeMapStore] = []
    for _ in 0..<3 { writers.append(try cluster.store(limits: limits)) }
    var acknowledged: [UInt8]?
    var possible: [[UInt8]] = []

    /// A store by another sidecar, wholly or until it dies.
    func interfere(_ state: SnapshotState, dyingAt death: Int?) throws -> PerNodeMapStore {
      var interference = LayoutCluster.Interference()
      interference.before = { (number) throws(HTTPFailure) in
        if let death, number >= death { throw Self.gone }
      }
      return try cluster.store(limits: limits, interference)
    }

    for step in 0..<30 {
      if Int.random(in: 0..<5, using: &random) == 0 { node.add() }
      if Int.random(in: 0..<5, using: &random) == 0 { node.remove(0) }
      node.change { $0.shuffle(using: &random) }
      node.pass()
      node.grow(0..<4)
      let state = node.state
      let mine = DifferenceStoreTests.name(state)
      let place = Int.random(in: 0..<9, using: &random)
      var interference = LayoutCluster.Interference()
      let kind = Int.random(in: 0..<6, using: &random)
      node.pass()
      node.grow(0..<2)
      let theirs = node.state
      var theyStored = false
      let other = try interfere(
        theirs, dyingAt: kind == 4 ? Int.random(in: 0..<8, using: &random) : nil)
      if Bool.random(using: &random) { _ = try? other.load() }
      switch kind {
      case 1:
        interference.before = { (number) throws(HTTPFailure) in
          if number >= place { throw Self.gone }
        }
      case 2:
        interference.after = { (number) throws(HTTPFailure) in
          if number >= place { throw Self.gone }
        }
      case 3, 4:
        interference.before = { (number) throws(HTTPFailure) in
          guard number == place else { return }
          if (try? other.save(DifferenceStoreTests.offer(theirs))) != nil { theyStored = true }
        }
      default: break
      }
      // One that is known, started anew, or older than what others did meanwhile.
      let which = Int.random(in: 0..<writers.count, using: &random)
      let writer: PerNodeMapStore
      if kind == 0 {
        writer = writers[which]
      } else {
        writer = try cluster.store(limits: limits, interference)
        if Bool.random(using: &random) { _ = try? writer.load() }
      }
      let isStored = (try? writer.save(DifferenceStoreTests.offer(state))) != nil
      let before = ([acknowledged].compactMap(\.self)) + possible
      if isStored || theyStored {
        acknowledged = nil
        possible = []
      }
      // Two stores that overlap may end in either order.
      if isStored, kind != 3, kind != 4 { acknowledged = mine } else { possible.append(mine) }
      if kind == 3 || kind == 4 { possible.append(DifferenceStoreTests.name(theirs)) }
      if !isStored, !theyStored { possible += before }
      let found = try DifferenceStoreTests.found(cluster, limits)
      let allowed = [acknowledged].compactMap(\.self) + possible
      #expect(
        found.map(allowed.contains) ?? (acknowledged == nil && !isStored),
        "step \(step), kind \(kind), place \(place)")
      // What a reader saw stands: no store is under way any more.
      if let found { (acknowledged, possible) = (found, []) }
      if isStored, Bool.random(using: &random) {
        writers[which] = try cluster.store(limits: limits)
      }
    }
  }

  /// Both orders of two stores that overlap, at every place: who stores last knows nothing of the other.
  @Test(arguments: DifferenceStoreTests.everyLimits)
  func aStoreAfterAnotherAlwaysCounts(_ limits: PerNodeMapStore.Limits) throws {
    let cluster = try LayoutCluster()
    for mineAddsFile in [false, true] {
      do {
        let theirsAddsFile = true
        var place = 0
        var wasReached = true
        while wasReached {
          try cluster.clear()
          var node = GrowingNode(files: 2)
          let first = try cluster.store(limits: limits)
          _ = try first.save(DifferenceStoreTests.offer(node.state))
          let other = try cluster.store(limits: limits)
          _ = try other.load()
          func next(_ addsFile: Bool) -> SnapshotState {
            if addsFile { for _ in 0..<3 { node.add() } }
            node.pass()
            node.grow(0..<2)
            return node.state
          }
          let theirs = next(theirsAddsFile)
          let mine = next(mineAddsFile)
          wasReached = false
          var interference = LayoutCluster.Interference()
          interference.before = { (number) throws(HTTPFailure) in
            guard number == place else { return }
            wasReached = true
            _ = try? other.save(DifferenceStoreTests.offer(theirs))
          }
          let writer = try cluster.store(limits: limits, interference)
          _ = try writer.save(DifferenceStoreTests.offer(mine))
          let found = try DifferenceStoreTests.found(cluster, limits)
          #expect(
            found == DifferenceStoreTests.name(mine) || found == DifferenceStoreTests.name(theirs),
            "\(place)")
          // By turns, each of them unaware of the other.
          for index in 0..<2 {
            let state = next(index == 0 ? mineAddsFile : theirsAddsFile)
            _ = try (index % 2 == 0 ? other : first).save(DifferenceStoreTests.offer(state))
            #expect(
              try DifferenceStoreTests.found(cluster, limits) == DifferenceStoreTests.name(state),
              "\(place), \(index)")
          }
          place += 1
          try #require(place < 500)
        }
        #expect(place > 1)
      }
    }
  }

  /// A base that is written between a reader's two requests.
  @Test(arguments: DifferenceStoreTests.everyLimits)
  func aReaderThatIsOvertakenReadsWhatWasStored(_ limits: PerNodeMapStore.Limits) throws {
    let cluster = try LayoutCluster()
    for addsFiles in [false, true] {
      for place in 0..<12 {
        try cluster.clear()
        var node = GrowingNode(files: 2)
        let writer = try cluster.store(limits: limits)
        _ = try writer.save(DifferenceStoreTests.offer(node.state))
        node.pass()
        node.grow(0..<2)
        _ = try writer.save(DifferenceStoreTests.offer(node.state))
        let before = DifferenceStoreTests.name(node.state)
        if addsFiles { for _ in 0..<3 { node.add() } }
        node.pass()
        node.grow(0..<2)
        let state = node.state
        var interference = LayoutCluster.Interference()
        interference.before = { (number) throws(HTTPFailure) in
          if number == place { _ = try? writer.save(DifferenceStoreTests.offer(state)) }
        }
        let reader = try cluster.store(limits: limits, interference)
        let stored = try #require(try reader.load())
        let snapshot = try Payload.unpack(stored)
        let found = DifferenceStoreTests.name(snapshot)
        #expect(found == before || found == DifferenceStoreTests.name(state))
      }
    }
  }
}
