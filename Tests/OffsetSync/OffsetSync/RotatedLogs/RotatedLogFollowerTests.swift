import BoltFile
import Glibc
import StandInCollector
import SystemCalls
import TestSupport
import Testing

@testable import OffsetSync

/// What init and sync containers do with rotated logs, and when.
@Suite struct RotatedLogFollowerTests {
  private final class Pod {
    let node: ModelNode
    let host = VirtualHost()
    let volume: Volume
    let lines = CapturedLog()
    let follower: RotatedLogFollower
    private let path: String
    private var lock: Int32 = -1

    init() throws {
      node = try ModelNode()
      path = node.folder.path + "/offsets"
      _ = mkdir(path, 0o755)
      volume = try Volume(path: path)
      follower = RotatedLogFollower(node.places, volume: volume, host: host, log: lines.log)
    }

    /// What a collector commits.
    func commit(_ state: ModelReceiver.State) throws {
      try volume.replace("receiver_filelog_", with: .database(state.database))
    }

    func startCollector() {
      lock = open(path + "/receiver_filelog_", O_RDONLY)
      #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
    }

    func stopCollector() { close(lock) }

    /// A commit here makes another file, which the collector must hold the lock of.
    func commitWhileRunning(_ state: ModelReceiver.State) throws {
      try commit(state)
      stopCollector()
      startCollector()
    }

    var links: Int { HostFiles.list(node.links).count }

    /// Lets time pass as the loop does.
    func run(_ duration: Duration) {
      let end = host.now + duration
      while follower.nextPoll <= end {
        _ = host.wait(until: follower.nextPoll)
        follower.poll()
      }
      _ = host.wait(until: end)
    }

    func rotate() throws {
      node.pass(.seconds(2))
      try node.write(10)
      node.pass(.seconds(2))
      try node.rotate()
    }
  }

  /// A pod whose collector has read 10 lines and died.
  private func pod() throws -> (Pod, ModelReceiver.State) {
    let pod = try Pod()
    try pod.node.write(10)
    let receiver = ModelReceiver(pod.node, from: .init())
    pod.node.pass(.seconds(1))
    let state = try receiver.poll()
    try pod.commit(state)
    return (pod, state)
  }

  @Test func rotationsWhileTheCollectorIsDownAreLinkedAndOnesWhileItRunsAreNot() throws {
    let (pod, state) = try pod()
    pod.startCollector()
    pod.run(.seconds(4))
    try pod.rotate()
    pod.run(.seconds(2))
    #expect(pod.links == 0)
    pod.stopCollector()
    // It died before it saw that rotation.
    pod.run(.seconds(1))
    #expect(pod.links == 1)
    try pod.rotate()
    pod.run(.seconds(1))
    #expect(pod.links == 2)
    // The last one just before it starts again.
    try pod.rotate()
    pod.startCollector()
    pod.run(.milliseconds(200))
    #expect(pod.links == 3)
    let receiver = ModelReceiver(pod.node, from: state)
    pod.node.pass(.milliseconds(200))
    try pod.commit(try receiver.poll())
    pod.run(.seconds(10))
    #expect(pod.links == 0)
    #expect(receiver.delivered[0].sorted() == Array(10..<40))
  }

  /// The receiver takes up its database, and looks at its files a poll later.
  @Test(arguments: [false, true])
  func rotationBeforeTheFirstPollIsLinked(syncContainerIsLate: Bool) throws {
    let (pod, state) = try pod()
    if !syncContainerIsLate { pod.run(.milliseconds(300)) }
    pod.startCollector()
    pod.run(.milliseconds(210))
    try pod.rotate()
    let receiver = ModelReceiver(pod.node, from: state)
    pod.node.pass(.milliseconds(10))
    try pod.commitWhileRunning(try receiver.poll())
    pod.run(.milliseconds(200))
    #expect(pod.links == 1)
    pod.node.pass(.milliseconds(200))
    try pod.commitWhileRunning(try receiver.poll())
    #expect(receiver.delivered[0].sorted() == Array(10..<20))
    // Later it sees rotations by itself.
    pod.run(.seconds(10))
    #expect(pod.links == 0)
  }

  @Test func aSyncContainerDoesNothingOnceTheCollectorRuns() throws {
    let (pod, _) = try pod()
    pod.startCollector()
    pod.run(.seconds(4))
    try pod.rotate()
    pod.run(.seconds(30))
    #expect(pod.links == 0)
    #expect(pod.lines.lines.isEmpty)
  }

  @Test func whatIsDoneIsLoggedAndTroubleOnce() throws {
    let (pod, _) = try pod()
    try pod.rotate()
    pod.run(.seconds(3))
    #expect(pod.lines.lines.count == 1)
    #expect(pod.lines.count("linked the rotated log files that are not read to their end") == 1)
    _ = rename(pod.node.links, pod.node.links + "-away")
    pod.run(.seconds(5))
    #expect(pod.lines.lines.count == 2)
    #expect(pod.lines.count("cannot follow rotated log files; records in them may be skipped") == 1)
  }

  @Test func initLinksWhatTheStoredOffsetsDoNotReachTo() throws {
    let (pod, state) = try pod()
    let payload = Payload.pack(
      Snapshot(files: ["receiver_filelog_": .database(state.database)]),
      directory: Payload.contractDirectory)
    try pod.rotate()
    try pod.rotate()
    let fresh = pod.node.folder.path + "/fresh"
    _ = mkdir(fresh, 0o755)
    let store = MemoryStore()
    store.payload = payload
    var settings = Settings(
      namespace: "n", configMap: "rel-filelogoffsets-cm", node: "node-a", directory: fresh)
    settings.rotatedLogs = pod.node.places
    func initialize() throws -> Bool {
      InitMode(
        settings: settings, store: store, volume: try Volume(path: fresh), host: VirtualHost(),
        log: pod.lines.log
      ).run()
    }
    #expect(try initialize())
    #expect(pod.links == 2)
    // The restored database is as old as it was, so that another init decides the same.
    let restored = try BoltDatabase.read(Volume(path: fresh).file("receiver_filelog_"))
    #expect(restored.writtenAt == state.time)
    #expect(try initialize())
    #expect(pod.links == 2)
    // Without a log directory the pod starts all the same.
    settings.rotatedLogs?.pods = "/nowhere"
    #expect(try initialize())
  }
}
