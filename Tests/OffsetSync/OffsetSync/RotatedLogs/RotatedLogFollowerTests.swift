import BoltFile
import FilelogSystemCalls
import Glibc
import StandInCollector
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
    private var transaction: BoltFormat.TransactionID = 7

    init(looks: ReceiverLooks? = nil) throws {
      node = try ModelNode()
      path = node.directory.path + "/offsets"
      _ = mkdir(path, 0o755)
      volume = try Volume(path: path)
      follower = RotatedLogFollower(
        node.places, volume: volume, host: host, looks: looks, log: lines.log)
    }

    /// What a collector commits.
    func commit(_ state: ModelReceiver.State) throws {
      transaction += 1
      var database = state.database
      database.transaction = transaction
      try volume.replace("receiver_filelog_", with: .database(database))
      if lock >= 0 {
        close(lock)
        lockDatabase()
      }
    }

    /// The collector opens its database, which commits once (`CreateBucketIfNotExists` of
    /// `file_storage`), before its receiver looks at any file.
    func startCollector(from state: ModelReceiver.State) throws {
      lockDatabase()
      try commit(state)
    }

    private func lockDatabase() {
      lock = open(path + "/receiver_filelog_", O_RDONLY)
      #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
    }

    func stopCollector() {
      close(lock)
      lock = -1
    }

    var links: Int? { try? node.linkedFiles() }

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
    try pod.startCollector(from: state)
    pod.run(.seconds(1))
    try pod.commit(state)
    pod.run(.seconds(2))
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
    try pod.startCollector(from: state)
    pod.run(.milliseconds(200))
    #expect(pod.links == 3)
    try expectFollowed(pod, state, lines: 10..<40)
  }

  @Test func syncThatRestartsBesideARunningCollectorMakesNoLinks() throws {
    let (pod, state) = try pod()
    try pod.startCollector(from: state)
    try pod.commit(state)
    pod.run(.milliseconds(100))
    try pod.commit(state)
    pod.run(.seconds(1))
    try pod.rotate()
    pod.run(.seconds(30))
    #expect(pod.links == 0)
    #expect(pod.lines.lines.isEmpty)
  }

  /// Seen with a sync container that got no processor for four seconds.
  @Test func rotationSinceInitIsLinkedThoughTheReceiverRunsForLong() throws {
    let (pod, state) = try pod()
    let initialized = pod.node.time
    VolumeHistory.begin(on: pod.volume, bootID: "boot", followed: initialized)
    try pod.rotate()
    pod.node.pass(.seconds(4))
    var later = state
    later.time = pod.node.time
    try pod.startCollector(from: later)
    pod.run(.milliseconds(100))
    #expect(pod.links == 1)
    for _ in 0..<2 { try pod.commit(later) }
    pod.run(.seconds(1))
    // Another sync container, later in the same pod, finds nothing of that kind.
    #expect(VolumeHistory(of: pod.volume).followed == nil)
  }

  /// Seen with a real kubelet: the collector took its lock 75 ms before the sync container started,
  /// and looked at its files 220 ms after it; what was rotated since init was skipped.
  @Test func rotationBeforeTheReceiversFirstLookIsLinkedWhereSyncStartsAfterTheCollector() throws {
    let (pod, state) = try pod()
    try pod.rotate()
    try pod.startCollector(from: state)
    pod.run(.milliseconds(100))
    #expect(pod.links == 1)
    // After sync's first look, before the receiver's.
    try pod.rotate()
    try expectFollowed(pod, state, lines: 10..<30)
  }

  @Test func rotationBetweenTheLockAndTheReceiversFirstLookIsLinked() throws {
    let (pod, state) = try pod()
    pod.run(.seconds(1))
    try pod.startCollector(from: state)
    pod.run(.milliseconds(200))
    #expect(pod.links == 0)
    try pod.rotate()
    try expectFollowed(pod, state, lines: 10..<20)
  }

  /// The last commit of a collector that dies in its pod comes two seconds after its last look.
  @Test(arguments: [false, true]) func aFileThatCameAndWentAfterTheLastLookIsLinked(
    isSeen: Bool
  ) throws {
    let pod = try Pod(looks: isSeen ? ReceiverLooks() : nil)
    pod.host.wallClock = pod.node.time
    func pass(_ time: Duration) {
      pod.node.pass(time)
      pod.host.wallClock = pod.node.time
      pod.run(time)
    }
    try pod.node.write(10)
    let receiver = ModelReceiver(pod.node, from: .init())
    try pod.commit(.init())
    try pod.startCollector(from: .init())
    for _ in 0..<10 {
      pass(.milliseconds(200))
      try pod.commit(receiver.poll())
    }
    for _ in 0..<2 {
      pass(.milliseconds(700))
      try pod.node.write(10)
      pass(.milliseconds(500))
      try pod.node.rotate()
    }
    pass(.seconds(1))
    try pod.commit(receiver.stop())
    pod.stopCollector()
    pass(.seconds(2))
    // The file that it was reading is known; the one after it is not.
    #expect(pod.links == (isSeen ? 2 : 1))
  }

  /// Its database is not opened, and would never be seen to change.
  @Test func databaseOfAReceiverThatIsGoneDoesNotKeepTheFollowerAwake() throws {
    let (pod, state) = try pod()
    try pod.volume.replace("receiver_filelog_gone", with: .database(state.database))
    try pod.startCollector(from: state)
    for _ in 0..<4 {
      pod.run(.milliseconds(200))
      try pod.commit(state)
    }
    pod.run(.milliseconds(200))
    #expect(pod.follower.nextPoll - pod.host.now > .milliseconds(200))
  }

  /// One that is stopped while it reads a packed file takes it as read to its end, and may hold its
  /// lock for long after its last commit.
  @Test func packedFilesCountAsReadWhenTheReceiverGoesOn() throws {
    let (pod, state) = try pod()
    pod.run(.seconds(1))
    for _ in 0..<2 { try pod.rotate() }
    pod.run(.seconds(1))
    // What the collector stored that is gone, the next one goes on from.
    #expect(!pod.follower.mayReadPackedFiles)
    try pod.startCollector(from: state)
    pod.run(.milliseconds(200))
    #expect(pod.follower.mayReadPackedFiles)
    let receiver = ModelReceiver(pod.node, from: state)
    for (polls, mayReadPackedFiles) in [(3, true), (3, false)] {
      for _ in 0..<polls {
        pod.node.pass(.milliseconds(200))
        try pod.commit(try receiver.poll())
        pod.run(.milliseconds(200))
      }
      pod.run(.seconds(10))
      #expect(pod.links == 0)
      #expect(pod.follower.mayReadPackedFiles == mayReadPackedFiles)
    }
  }

  /// Seen on a busy machine: a link that came when the receiver had forgotten the file, and a stop before
  /// it was read. 216 records were lost.
  @Test func whatIsStoredWhileLinksComeLateLeavesThemToTheNextPod() throws {
    let (pod, state) = try pod()
    pod.follower.poll()
    try pod.rotate()
    try pod.startCollector(from: state)
    let receiver = ModelReceiver(pod.node, from: state)
    func poll() throws -> ModelReceiver.State {
      pod.node.pass(.milliseconds(200))
      let polled = try receiver.poll()
      try pod.commit(polled)
      return polled
    }
    // No processor for sync until the receiver has forgotten what it does not find.
    var stored = state
    for _ in 0..<5 { stored = try poll() }
    #expect(stored.files.isEmpty)
    pod.run(.milliseconds(200))
    pod.run(.milliseconds(200))
    #expect(pod.links == 1)
    let scanner = VolumeScanner(
      volume: pod.volume, host: pod.host, looks: ReceiverLooks(), pause: { _ in false })
    scanner.latestLook = pod.follower.latestLook
    let file = try scanner.scan().snapshot.files["receiver_filelog_"]
    stored.time = try #require(file?.writtenAt)
    #expect(try pod.node.follow([stored]).links == 1)
    #expect(pod.follower.latestLook(of: stored.database) != nil)
    // What lists the file needs no such limit, and nothing does when receivers have gone on with it.
    #expect(pod.follower.latestLook(of: try poll().database) == nil)
    for _ in 0..<10 {
      _ = try poll()
      pod.run(.milliseconds(200))
    }
    #expect(pod.follower.latestLook(of: stored.database) == nil)
  }

  /// Init linked them; the whole life of a collector may pass while sync gets no processor.
  @Test(arguments: [1, 2]) func packedFilesThatAreLinkedWhenSyncStartsAreToBeRead(
    _ rotations: Int
  ) throws {
    let (pod, _) = try pod()
    for _ in 0..<rotations { try pod.rotate() }
    pod.follower.poll()
    #expect(pod.links == rotations)
    // The newest one is plain.
    #expect(pod.follower.mayReadPackedFiles == (rotations > 1))
  }

  /// The receiver's first polls, 200 ms apart: everything is delivered once, and no link stays.
  private func expectFollowed(
    _ pod: Pod, _ state: ModelReceiver.State, lines: Range<Int>
  ) throws {
    let receiver = ModelReceiver(pod.node, from: state)
    for _ in 0..<40 {
      pod.node.pass(.milliseconds(200))
      try pod.commit(try receiver.poll())
      pod.run(.milliseconds(200))
    }
    #expect(receiver.delivered[0].sorted() == Array(lines))
    #expect(pod.links == 0)
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
    let fresh = pod.node.directory.path + "/fresh"
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
