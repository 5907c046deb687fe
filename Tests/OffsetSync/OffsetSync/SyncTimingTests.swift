import FilelogSystemCalls
import TestSupport
import Testing

@testable import OffsetSync

/// When the loop acts, and when it leaves the API server alone.
@Suite struct SyncTimingTests {
  private typealias Bench = SyncModeTests.Bench

  /// The moments at which a sidecar tried to store, while every look found a change.
  private func moments(seed: UInt64, for time: Duration, _ failure: StoreError?) throws
    -> [Duration]
  {
    var moments: [Duration] = []
    try Bench.with { bench in
      let collector = try FakeCollector(directory: bench.directory)
      try collector.commit("first")
      let (world, store) = (bench.world, bench.store)
      world.random = SeededRandom(seed: seed)
      store.saveFailure = failure
      store.beforeSave = {
        moments.append(world.now)
        try? collector.commit("after \(moments.count)")
      }
      world.stop(at: time)
      _ = try bench.run()
    }
    return moments.filter { $0 < time }
  }

  private func gaps(_ moments: [Duration]) -> [Duration] {
    zip(moments.dropFirst(), moments).map { $0 - $1 }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func intervalVariesByATenth(seed: UInt64) throws {
    let gaps = gaps(try moments(seed: seed, for: .seconds(300), nil))
    #expect(gaps.count > 50)
    #expect(gaps.allSatisfy { (.milliseconds(4500) ... .milliseconds(5500)).contains($0) })
    #expect(Set(gaps).count > gaps.count / 2)
    #expect(gaps.max()! - gaps.min()! > .milliseconds(500))
    let others = self.gaps(try moments(seed: seed + 100, for: .seconds(300), nil))
    #expect(gaps != others)
  }

  /// An install starts the pods of all nodes at once.
  @Test func firstSavesOfPodsSpreadOverInterval() throws {
    let firsts = try (1...80).map { seed in
      try #require(try moments(seed: UInt64(seed), for: .seconds(6), nil).first)
    }
    #expect(firsts.allSatisfy { $0 < .seconds(5) })
    for second in 0..<5 {
      let count = firsts.count { (.seconds(second)..<(.seconds(second + 1))).contains($0) }
      // Sixteen each, with a scatter of four.
      #expect((4...30).contains(count), "\(count) in second \(second)")
    }
  }

  @Test func stopBeforeFirstScanStoresAtOnce() throws {
    try Bench.with { bench in
      var collector: FakeCollector? = try FakeCollector(directory: bench.directory)
      try collector?.commit("all that there was")
      bench.world.random = Late()
      bench.world.stop(at: .milliseconds(100))
      bench.world.at(.milliseconds(400)) { collector = nil }
      #expect(try bench.run())
      #expect(try bench.stored() == "all that there was")
      #expect(bench.world.now < .seconds(2))
    }
  }

  /// Draws the end of every range.
  private struct Late: RandomNumberGenerator {
    func next() -> UInt64 { .max }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func retryAfterIsNeverCutShort(seed: UInt64) throws {
    let failure = StoreError(.unavailable, "429", retryAfter: .seconds(40))
    let gaps = gaps(try moments(seed: seed, for: .seconds(2000), failure))
    #expect(gaps.count > 20)
    #expect(gaps.allSatisfy { $0 >= .seconds(40) && $0 <= .seconds(70) })
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func attemptsBackOffWithFullJitter(seed: UInt64) throws {
    let failure = StoreError(.unavailable, "504")
    let gaps = gaps(try moments(seed: seed, for: .seconds(2000), failure))
    for (index, gap) in gaps.enumerated() {
      #expect(gap <= .milliseconds(500) * (1 << min(index, 6)) && gap <= .seconds(30))
    }
    // Full jitter: evenly from zero to the ceiling, so 15 s on average.
    let late = gaps.dropFirst(6)
    #expect(late.contains { $0 < .seconds(8) } && late.contains { $0 > .seconds(22) })
    #expect((60...250).contains(gaps.count))
  }

  @Test func savesAndErrorsAreCounted() throws {
    try Bench.with { bench in
      let collector = try FakeCollector(directory: bench.directory)
      try collector.commit("one")
      let store = bench.store
      bench.world.at(.seconds(7)) {
        store.saveFailure = StoreError(.full, "full")
        try? collector.commit("two")
      }
      bench.world.at(.seconds(12)) { store.saveFailure = nil }
      bench.world.stop(at: .seconds(30))
      #expect(try bench.run())
      let metrics = bench.telemetry.metrics
      #expect(metrics.updates == 2)
      #expect(metrics.compressedSize == store.payload?.count)
      #expect(metrics.durations.count == 2)
      #expect(try #require(metrics.errors["full"]) >= 1)
      #expect(metrics.errors.count == 1)
      #expect(metrics.volumeUsed == (try Volume(path: bench.directory).usage().bytes))
      #expect(metrics.mapUsed == store.payload?.count)
      #expect(metrics.snapshotRetries == 0)
    }
  }

  @Test func databaseChangingDuringEveryReadKeepsStoredState() throws {
    try Bench.with { bench in
      let writer = CommitsWhileRead(try FakeCollector(directory: bench.directory))
      try writer.commit("stored")
      bench.calls.read = { (descriptor, buffer, offset) throws(SystemError) in
        writer.beforeRead()
        return try SystemCalls.host.read(descriptor, buffer, offset)
      }
      bench.world.at(.seconds(7)) { writer.isBusy = true }
      bench.world.at(.seconds(18)) { writer.isBusy = false }
      let probe = bench
      var meanwhile: String?
      bench.world.at(.seconds(17)) { meanwhile = try? probe.stored() }
      bench.world.stop(at: .seconds(30))
      #expect(try bench.run())
      #expect(meanwhile == "stored")
      #expect(try bench.stored() == "busy")
      #expect(bench.telemetry.metrics.snapshotRetries == 18)
      #expect(bench.lines.count("its last good state stays stored") == 1)
      #expect(bench.lines.count("its writer committed during each of 10 attempts to read it") == 1)
      #expect(bench.lines.count("the database can be read again") == 1)
    }
  }

  @Test func fillingVolumeIsLoggedOnce() throws {
    try Bench.with { bench in
      try FakeCollector(directory: bench.directory).commit("one")
      try HostFiles.write([UInt8](repeating: 0, count: 8_100_000), to: bench.directory + "/note")
      bench.world.stop(at: .seconds(30))
      #expect(try bench.run())
      #expect(bench.lines.count("the offsets volume is filling") == 1)
      #expect(bench.lines.count("\"limit_bytes\":10000000") == 1)
      #expect(try #require(bench.telemetry.metrics.volumeUsed) > 8_100_000)
    }
  }
}

/// A collector that commits at every read.
private final class CommitsWhileRead: @unchecked Sendable {
  private let collector: FakeCollector
  var isBusy = false

  init(_ collector: FakeCollector) { self.collector = collector }

  func commit(_ value: String) throws { try collector.commit(value) }

  func beforeRead() {
    guard isBusy else { return }
    try? collector.commit("busy")
  }
}
