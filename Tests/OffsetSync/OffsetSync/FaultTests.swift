import BoltFile
import FilelogSystemCalls
import Glibc
import StandInCollector
import TestSupport
import Testing

@testable import OffsetSync

/// Lets every single system call go wrong once, in turn.
@Suite struct FaultTests {

  @Test(arguments: FaultInjection.Fault.allCases, [EIO, ENOSPC, EROFS])
  func restoreWithAnyFailingSystemCallLeavesOldOrNewFiles(
    kind: FaultInjection.Fault, number: Int32
  ) throws {
    let stored = Snapshot(files: [
      "receiver_filelog_": .database(database(9, "new")),
      "receiver_filelog_audit": .database(database(9, "new audit")),
      "other": .plain([1, 2, 3]),
    ])
    let old = database(3, "old")
    func run(_ fault: Int?) throws -> FaultInjection {
      try HostFiles.withTemporaryDirectory { directory in
        let host = try Volume(path: directory)
        try host.replace("receiver_filelog_", with: old.compactFile())
        let injection = FaultInjection()
        injection.fault = fault.map { ($0, kind, number) }
        let result = Result {
          try SnapshotRestorer(volume: Volume(path: directory, calls: injection.calls)).apply(
            stored)
        }
        if case .failure(let error) = result {
          #expect("\(error)".contains(String(cString: strerror(number))), "\(error)")
        }
        for (name, file) in stored.files where HostFiles.list(directory).contains(name) {
          let bytes = try HostFiles.read(directory + "/" + name)
          let isOld = name == "receiver_filelog_" && bytes == old.compactFile()
          #expect(isOld || bytes == file.bytes, "\(name) after \(injection.hit ?? "")")
        }
        _ = try SnapshotRestorer(volume: host).apply(stored)
        #expect(HostFiles.list(directory) == stored.names)
        for (name, file) in stored.files {
          #expect(try HostFiles.read(directory + "/" + name) == file.bytes)
        }
        return injection
      }
    }
    let calls = try run(nil).names
    #expect(calls.count > 20)
    for index in calls.indices where kind.differs(at: calls[index]) {
      #expect(try run(index).hit != nil)
    }
  }

  /// The loop tells no error from another, so that one will do.
  @Test(arguments: FaultInjection.Fault.allCases)
  func syncWithAnyFailingSystemCallStoresLastState(kind: FaultInjection.Fault) throws {
    func run(_ fault: Int?) throws -> FaultInjection {
      try HostFiles.withTemporaryDirectory { directory in
        let injection = FaultInjection()
        injection.fault = fault.map { ($0, kind, EIO) }
        let life = try Life(directory: directory, calls: injection.calls)
        injection.passTime = { life.world.sleep(.seconds(30)) }
        try life.run(checkingTheCycleAfter: kind != .hangs, "after \(injection.hit ?? "no fault")")
        return injection
      }
    }
    let calls = try run(nil).names
    #expect(calls.count > 80)
    // The first is the opening of the directory, without which there is no loop.
    for index in 1..<calls.count where kind.differs(at: calls[index]) {
      #expect(try run(index).hit != nil)
    }
  }

  @Test(arguments: MemoryStore.Fault.every)
  func syncWithAnyFailingRequestStoresLastState(
    _ fault: MemoryStore.Fault
  ) throws {
    func run(_ index: Int?) throws -> Int {
      try HostFiles.withTemporaryDirectory { directory in
        let life = try Life(directory: directory, calls: .host)
        life.store.fault = index.map { ($0, fault) }
        life.store.passTime = { life.world.sleep(min($0, life.world.timeForOneRequest ?? $0)) }
        life.store.later = { life.world.at(life.world.now + $0, $1) }
        try life.run(checkingTheCycleAfter: !fault.hangs, "call \(index ?? -1), \(fault)")
        return life.store.attempts
      }
    }
    let calls = try run(nil)
    // Loaded at the start and after 15 s; stored at the start, after the change, when stopping and at
    // the end.
    #expect(calls == 6)
    for index in 0..<calls { #expect(try run(index) > index) }
  }

  /// A sidecar that sees one change, is told to stop, and outlives its collector, whose last commit
  /// comes a moment after that.
  private struct Life {
    let world = VirtualHost()
    let store = MemoryStore()
    let directory: String
    let volume: Volume

    init(directory: String, calls: SystemCalls) throws {
      self.directory = directory
      volume = try Volume(path: directory, calls: calls)
    }

    func run(checkingTheCycleAfter isPrompt: Bool, _ what: @autoclosure () -> String) throws {
      var collector: FakeCollector? = try FakeCollector(directory: directory)
      try collector?.commit("one")
      world.at(.seconds(7)) { try? collector?.commit("two") }
      var afterTheNextCycle: String?
      // Looked at about 10 s and, should that have failed, about 15 s.
      world.at(.seconds(18)) { afterTheNextCycle = try? stored() }
      // Stored as soon as it is told to stop, and before the last one.
      world.at(.milliseconds(21_900)) { try? collector?.commit("between") }
      world.stop(at: .seconds(22))
      world.at(.milliseconds(22_300)) {
        try? collector?.commit("three")
        collector = nil
      }
      let loop = SyncMode(
        settings: Settings(namespace: "n", configMap: "c", node: "node-a", directory: directory),
        store: store, volume: volume, host: world, log: CapturedLog().log,
        telemetry: .none(CapturedLog().log))
      #expect(loop.run(), "\(what())")
      // What was given up may still come.
      world.sleep(.seconds(1))
      if isPrompt { #expect(afterTheNextCycle == "two", "\(what())") }
      #expect(try stored() == "three", "\(what())")
    }

    private func stored() throws -> String? {
      try Payload.unpack(store.payload ?? []).checkpoint("receiver_filelog_")
    }
  }

  @Test(arguments: [0, 1, 2])
  func saveAfterHungSaveIsOfNewestState(_ hung: Int) throws {
    try HostFiles.withTemporaryDirectory { directory in
      let collector = try FakeCollector(directory: directory)
      let world = VirtualHost()
      let store = MemoryStore()
      var saves = 0
      store.beforeSave = {
        if saves == hung { world.sleep(.seconds(45)) }
        saves += 1
      }
      for change in 0..<12 {
        world.at(.seconds(10 * change)) { try? collector.commit("state \(change)") }
      }
      world.stop(at: .seconds(130))
      let loop = SyncMode(
        settings: Settings(namespace: "n", configMap: "c", node: "a", directory: directory),
        store: store, volume: try Volume(path: directory), host: world,
        log: CapturedLog().log, telemetry: .none(CapturedLog().log))
      #expect(loop.run())
      let last = try Payload.unpack(try #require(store.payload))
      #expect(
        last.files["receiver_filelog_"]
          == .database(database(collector.writer.transaction, "state 11")))
    }
  }

  @Test(arguments: [0, 1, 2, 3, 4])
  func saveAfterFailedSaveIsOfNewestState(_ failed: Int) throws {
    try HostFiles.withTemporaryDirectory { directory in
      let collector = try FakeCollector(directory: directory)
      let world = VirtualHost()
      let store = MemoryStore()
      for change in 0..<5 {
        world.at(.seconds(10 * change)) {
          store.saveFailure = change == failed ? StoreError(.unavailable, "504") : nil
          try? collector.commit("state \(change)")
        }
      }
      world.at(.seconds(48)) { store.saveFailure = nil }
      world.stop(at: .seconds(60))
      let loop = SyncMode(
        settings: Settings(namespace: "n", configMap: "c", node: "a", directory: directory),
        store: store, volume: try Volume(path: directory), host: world, log: CapturedLog().log,
        telemetry: .none(CapturedLog().log))
      #expect(loop.run())
      let last = try Payload.unpack(try #require(store.payload))
      #expect(
        last.files["receiver_filelog_"]
          == .database(database(collector.writer.transaction, "state 4")))
    }
  }
}
