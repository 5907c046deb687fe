import BoltFile
import FilelogCheckpoint
import FilelogSystemCalls
import Glibc
import TestSupport
import Testing

@testable import OffsetSync

/// What is linked of directories that hold more than a kubelet puts there.
@Suite struct RotatedLogsTests {
  private static let uid = "0a1b2c3d-0000-4000-8000-000000000000"
  private static let pod = "shop_web-0_\(uid)"

  private static func line(_ time: String, _ text: String) -> [UInt8] {
    Array("\(time) stdout F \(text)\n".utf8)
  }

  private func makeDirectories(_ path: String) {
    var made = ""
    for name in path.split(separator: "/") {
      made += "/" + name
      _ = mkdir(made, 0o755)
    }
  }

  private func links(_ node: ModelNode) throws -> [String: String] {
    let directory = LinkDirectory(path: node.links, calls: .host)
    return Dictionary(
      uniqueKeysWithValues: try directory.links().map {
        ("\($0.slot)/\($0.place.pod)/\($0.place.container)/\($0.restart).log", $0.target)
      })
  }

  /// A state that knows nothing, of a look long before anything on the node.
  private static let early = ModelReceiver.State(time: .seconds(1))

  @Test func linksHaveTheParsersFormAndTheRestartCount() throws {
    let node = try ModelNode()
    let directory = node.directory(0)
    for name in ["3.log.20261128-101500", "3.log.20261128-101600", "0.log.20261128-101500"] {
      try HostFiles.write(Self.line("2026-11-28T10:15:00Z", name), to: "\(directory)/\(name)")
    }
    #expect(try node.follow([Self.early]).links == 3)
    let pod = "shop_web-0_\(Self.uid)"
    #expect(
      try links(node) == [
        "0/\(pod)/app/0.log": "\(directory)/0.log.20261128-101500",
        "1/\(pod)/app/0.log": "\(directory)/0.log.20261128-101500.gz",
        "0/\(pod)/app/3.log": "\(directory)/3.log.20261128-101500",
        "1/\(pod)/app/3.log": "\(directory)/3.log.20261128-101500.gz",
        "2/\(pod)/app/3.log": "\(directory)/3.log.20261128-101600",
        "3/\(pod)/app/3.log": "\(directory)/3.log.20261128-101600.gz",
      ])
    // Once more changes nothing.
    let again = try node.follow([Self.early])
    #expect((again.links, again.added, again.removed) == (3, 0, 0))
  }

  @Test(arguments: [
    "0.log", "1.log", "0.log.20261128-101500.tmp", "0.log.tmp", "log", ".log.1", "x.log.1",
    "0.log.",
    "0.log.a b", "0.log.a\nb", "0.log.\u{1b}[2J", "0.log.1.log", "0.logs", "99999999999.log.1",
    "0.log.\u{e4}", "0.LOG.1", "0.log.*", "-1.log.1",
  ])
  func namesThatNoRotatorGivesAreNotLinked(_ name: String) throws {
    #expect(RotatedLogName(name) == nil)
    let node = try ModelNode()
    try HostFiles.write(
      Self.line("2026-11-28T10:15:00Z", "x"), to: "\(node.directory(0))/\(name)")
    #expect(try node.follow([Self.early]).links == 0)
  }

  @Test(arguments: [
    "shop_web-0", "shop_web_0_\(uid)", "_web_\(uid)", "shop__\(uid)", "shop_web_", "shop_web_UID",
    "shop_we b_\(uid)", "shop_web\n_\(uid)", "shop_w\u{e4}b_\(uid)", "sh*p_web_\(uid)",
    "shop_web_xyz",
  ])
  func podDirectoriesThatTheParserDoesNotKnowAreNotEntered(_ pod: String) throws {
    let node = try ModelNode()
    makeDirectories("\(node.pods)/\(pod)/app")
    try HostFiles.write(
      Self.line("2026-11-28T10:15:00Z", "x"), to: "\(node.pods)/\(pod)/app/0.log.1")
    #expect(try node.follow([Self.early]).links == 0)
  }

  @Test func linksPipesAndDirectoriesAreNeverOpened() throws {
    let node = try ModelNode()
    let directory = node.directory(0)
    let secret = node.directory.path + "/secret"
    try HostFiles.write(Self.line("2026-11-28T10:15:00Z", "secret"), to: secret)
    #expect(symlink(secret, "\(directory)/0.log.1") == 0)
    #expect(symlink("\(directory)/0.log.2", "\(directory)/0.log.2") == 0)
    #expect(mkfifo("\(directory)/0.log.3", 0o644) == 0)
    makeDirectories("\(directory)/0.log.4")
    // Directories that lead out of the tree.
    let outside = node.directory.path + "/outside"
    makeDirectories("\(outside)/app")
    try HostFiles.write(Self.line("2026-11-28T10:15:00Z", "x"), to: "\(outside)/app/0.log.1")
    #expect(symlink(outside, "\(node.pods)/shop_link_\(Self.uid)") == 0)
    makeDirectories("\(node.pods)/shop_inner_\(Self.uid)")
    #expect(symlink("\(outside)/app", "\(node.pods)/shop_inner_\(Self.uid)/app") == 0)
    let outcome = try node.follow([Self.early])
    #expect(outcome.links == 0)
    #expect(outcome.skipped == 4)
  }

  @Test func damagedAndHugePackedFilesCostNothing() throws {
    let node = try ModelNode()
    let directory = node.directory(0)
    let packed = ModelNode.packed([UInt8](repeating: 0, count: 1 << 22))
    let broken: [[UInt8]] = [
      [0x1f, 0x8b], [0x1f, 0x8b, 8, 0], Array(packed.prefix(12)),
      [0x1f, 0x8b] + packed.dropFirst(9),
      [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 65, count: 20_000),
    ]
    for (index, bytes) in broken.enumerated() {
      try HostFiles.write(bytes, to: "\(directory)/0.log.\(index).gz")
    }
    // Its first kilobyte is all that is unpacked.
    try HostFiles.write(packed, to: "\(directory)/1.log.9.gz")
    let outcome = try node.follow([Self.early])
    #expect(outcome.links == 1)
    #expect(outcome.skipped == broken.count)
    #expect(outcome.files == broken.count + 1)
  }

  @Test func limitsAreKeptAndReported() throws {
    let node = try ModelNode()
    for number in 0..<12 {
      try HostFiles.write(
        Self.line("2026-11-28T10:15:00Z", "\(number)"),
        to: "\(node.directory(0))/0.log.\(number)")
    }
    let links = try node.follow([Self.early], limits: .init(files: 100, links: 5))
    #expect((links.links, links.unlinked, links.isCutShort) == (5, 7, false))
    #expect(links.shortcoming == "7 beyond the most links at a time")
    let files = try node.follow([Self.early], limits: .init(files: 3, links: 100))
    #expect((files.files, files.isCutShort) == (3, true))
    // What a walk that was cut short did not see stays as it was.
    #expect(files.links >= 3)
    #expect(try self.links(node).count >= 5)
    var now = Duration.zero
    let slow = RotatedLogs(
      node.places, limits: .init(time: .seconds(1)),
      now: {
        now += .milliseconds(300)
        return now
      }, wallClock: { node.time })
    #expect(try slow.follow(KnownLogFiles([Self.early.database])).isCutShort)
  }

  @Test func dockersOwnRotationIsFollowedThroughItsLinks() throws {
    let node = try ModelNode()
    let id = String(repeating: "ab12", count: 16)
    makeDirectories("\(node.docker)/\(id)")
    func json(_ text: String) -> [UInt8] {
      Array(#"{"log":"\#(text)\n","stream":"stdout","time":"2026-11-28T10:15:00.5Z"}"#.utf8)
    }
    try HostFiles.write(json("now"), to: "\(node.docker)/\(id)/\(id)-json.log")
    try HostFiles.write(json("before"), to: "\(node.docker)/\(id)/\(id)-json.log.1")
    let packed = ModelNode.packed(json("long ago"))
    try HostFiles.write(packed, to: "\(node.docker)/\(id)/\(id)-json.log.2.gz")
    try HostFiles.write([1], to: "\(node.docker)/\(id)/config.v2.json")
    #expect(
      symlink("\(node.docker)/\(id)/\(id)-json.log", "\(node.directory(0))/4.log") == 0)
    // Links to elsewhere are not followed.
    for (number, target) in [
      "/etc/passwd", "\(node.docker)/../\(id)/\(id)-json.log", "\(node.docker)/\(id)/x-json.log",
      "\(id)/\(id)-json.log",
    ].enumerated() {
      #expect(symlink(target, "\(node.directory(0))/1\(number).log") == 0)
    }
    #expect(try node.follow([Self.early]).links == 2)
    #expect(
      try links(node) == [
        "0/\(Self.pod)/app/4.log": "\(node.docker)/\(id)/\(id)-json.log.1",
        "1/\(Self.pod)/app/4.log": "\(node.docker)/\(id)/\(id)-json.log.2.gz",
      ])
  }

  /// A packed file counts by its first line; what came before the last look is old.
  @Test(arguments: [
    ("2026-11-28T10:15:00Z", "2026-11-28T10:15:00.35Z", false),
    ("2026-11-28T10:15:00Z", "2026-11-28T10:15:00.25Z", true),
    ("2026-11-28T12:15:00.000000000+02:00", "2026-11-28T10:15:00.25Z", true),
    ("2026-11-28T12:15:00.000000000+02:00", "2026-11-28T10:15:00.35Z", false),
  ])
  func aPackedFileIsNewByItsFirstLine(_ line: String, _ look: String, _ isNew: Bool) throws {
    let node = try ModelNode()
    let packed = ModelNode.packed(Self.line(line, "x"))
    try HostFiles.write(packed, to: "\(node.directory(0))/0.log.1.gz")
    node.pass(.seconds(3600))
    let state = ModelReceiver.State(time: ConfirmedTime.parse(look))
    #expect(try node.follow([state]).links == (isNew ? 1 : 0))
  }

  /// The file of a copy and its truncated original: the copy has the fingerprint.
  @Test func aCopyOfATruncatedFileIsReadOn() throws {
    let node = try ModelNode()
    try node.write(50)
    let receiver = ModelReceiver(node, from: .init())
    node.pass(.seconds(1))
    let state = try receiver.poll()
    try node.write(10)
    let path = node.directory(0)
    try HostFiles.write(HostFiles.read(path + "/0.log"), to: path + "/0.log.1")
    try HostFiles.write([], to: path + "/0.log")
    try node.write(5)
    #expect(try node.follow([state]).links == 1)
    let next = ModelReceiver(node, from: state)
    node.pass(.seconds(1))
    _ = try next.poll()
    #expect(receiver.delivered[0] + next.delivered[0].sorted() == Array(0..<65))
  }

  /// Several files with one beginning cannot be told apart by any receiver; none is skipped.
  @Test func filesWithOneBeginningAreAllLinkedWhileOneIsUnread() throws {
    let node = try ModelNode()
    let beginning = [UInt8](repeating: 65, count: 1000)
    for (name, length) in [("0.log.1", 1500), ("0.log.2", 2000)] {
      try HostFiles.write(
        beginning + [UInt8](repeating: 66, count: length - 1000),
        to: "\(node.directory(0))/\(name)")
    }
    func state(_ offsets: Int64...) -> ModelReceiver.State {
      .init(files: offsets.map { KnownFile(fingerprint: beginning, offset: $0) }, time: .seconds(9))
    }
    #expect(try node.follow([state(1200, 1700)]).links == 2)
    #expect(try node.follow([state(1500)]).links == 1)
    #expect(try node.follow([state(2000)]).links == 0)
  }

  @Test func whatCannotBeLinkedIsReported() throws {
    let node = try ModelNode()
    try HostFiles.write(
      Self.line("2026-11-28T10:15:00Z", "x"), to: "\(node.directory(0))/0.log.1")
    try HostFiles.write([1], to: node.links + "/0")
    let outcome = try node.follow([Self.early])
    #expect((outcome.links, outcome.failed) == (0, 1))
    #expect(outcome.shortcoming == "1 could not be linked: open: Not a directory")
    let nowhere = RotatedLogs(
      RotatedLogPlaces(pods: node.pods, docker: node.docker, links: node.links + "/none"),
      now: { .zero }, wallClock: { nil })
    #expect(throws: SystemError.self) { try nowhere.follow(KnownLogFiles([])) }
  }

  /// Fingerprints of any lengths, found by their longest.
  @Test func theLongestFingerprintCounts() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let files = [1, 7, 500, 999, 1000].map {
      KnownFile(fingerprint: Array(bytes.prefix($0)), offset: Int64($0))
    }
    let known = KnownLogFiles([ModelReceiver.State(files: files, time: .seconds(1)).database])
    for (length, expected) in [
      (1, 1), (6, 1), (7, 7), (499, 7), (998, 500), (999, 999), (1000, 1000),
    ] {
      #expect(known.progress(of: Array(bytes.prefix(length)))?.offset == Int64(expected))
    }
    #expect(known.progress(of: [9]) == nil)
    #expect(known.progress(of: []) == nil)
  }

  /// Two files of a receiver that knows none, the older one packed.
  private func rotatedTwice(
    firstLineAt began: Duration, rotatedAfter: Duration
  ) throws -> ModelNode {
    let node = try ModelNode()
    node.pass(began)
    try node.write(10)
    node.pass(rotatedAfter)
    try node.rotate()
    node.pass(.milliseconds(1500))
    try node.write(10)
    node.pass(.milliseconds(100))
    try node.rotate()
    node.pass(.seconds(1))
    return node
  }

  /// Seen with a real kubelet: rotated 0.13 s after init's look, and packed before the sync container
  /// got a processor.
  @Test func aFileThatWasRotatedInTheSecondOfInitsLookIsLinkedThoughPacked() throws {
    let node = try rotatedTwice(firstLineAt: .milliseconds(100), rotatedAfter: .milliseconds(2100))
    let receiver = ModelReceiver.State(time: node.time)
    var known = KnownLogFiles([receiver.database])
    #expect(try node.logs().follow(known).links == 0)
    // The receivers looked later, and saw neither.
    known.limitLook(to: .seconds(1_795_860_000) + .milliseconds(2070))
    #expect(try node.logs().follow(known).links == 2)
  }

  /// The sync container's first look comes after init's; what the receivers saw before both stays seen.
  @Test func aLaterLookOfInitsMakesNothingUnread() throws {
    let node = try rotatedTwice(firstLineAt: .milliseconds(100), rotatedAfter: .milliseconds(2100))
    let receiver = ModelReceiver.State(time: .seconds(1_795_860_000) + .milliseconds(2800))
    var known = KnownLogFiles([receiver.database])
    let links = try node.logs().follow(known).links
    known.limitLook(to: node.time)
    #expect(try node.logs().follow(known).links == links)
  }

  @Test func afterAClockWasSetBackWhatIsDatedBeforeNowIsLinked() throws {
    let node = try rotatedTwice(firstLineAt: .seconds(1), rotatedAfter: .seconds(2))
    let ahead = ModelReceiver.State(time: node.time + .seconds(3600))
    #expect(try node.follow([ahead]).links == 2)
    // What is dated after now was written, and read, before the clock was set back.
    let fresh = try rotatedTwice(firstLineAt: .seconds(1), rotatedAfter: .seconds(2))
    fresh.setTime(
      fresh.directory(0) + "/" + (try #require(try fresh.rotated().last)),
      fresh.time + .seconds(60))
    #expect(try fresh.follow([ahead]).links == 1)
  }

  /// The collector reports an error at every poll for a link that leads nowhere.
  @Test func aSpareLinkStaysUntilTheReceiverHasOpenedTheFile() throws {
    let node = try rotatedTwice(firstLineAt: .seconds(1), rotatedAfter: .seconds(2))
    try node.follow([Self.early])
    let plain = node.directory(0) + "/" + (try #require(try node.rotated().last))
    let before = try links(node)
    #expect(before.values.sorted().last == plain + ".gz")
    let unopened = try node.logs().sweep(KnownLogFiles([Self.early.database]))
    #expect((unopened.links, unopened.removed) == (2, 0))
    #expect(try links(node) == before)
    let beginning = Array(try HostFiles.read(plain).prefix(1000))
    let opened = ModelReceiver.State(
      files: [KnownFile(fingerprint: beginning, offset: 1)], time: node.time)
    let outcome = try node.logs().sweep(KnownLogFiles([opened.database]))
    #expect((outcome.links, outcome.removed) == (2, 0))
    #expect(try links(node) == before.filter { $0.value != plain + ".gz" })
  }

  /// Seen with a real kubelet: read by its link, then packed, then linked anew and read once more.
  @Test func aFileThatWasReadSinceTheCollectorStartedIsNotLinkedAgain() throws {
    let node = try rotatedTwice(firstLineAt: .seconds(1), rotatedAfter: .seconds(2))
    try node.follow([Self.early])
    #expect(try node.linkedFiles() == 2)
    let receiver = ModelReceiver(node, from: .init())
    let live = try receiver.poll()
    node.pass(.seconds(2))
    try node.write(10)
    try node.rotate()
    let before = KnownLogFiles([Self.early.database])
    // The one that was rotated meanwhile, which it has not read.
    #expect(
      try node.logs().follow(before, live: KnownLogFiles([live.database])).links == 1)
    #expect(try node.logs().follow(before).links == 3)
  }

  /// The collector would start without it: what comes before the break is not known to any receiver.
  @Test func aValueThatDoesNotDecodeSaysNothing() {
    let files = [KnownFile(fingerprint: [1, 2, 3], offset: 3)]
    let value = Checkpoint(files: files).encoded()
    for (broken, isKnown) in [(value, true), (value + [0x0a, 9], false)] {
      let bucket = BoltBucket(entries: [
        .init(key: Checkpoint.knownFilesKey[...], content: .value(broken[...]))
      ])
      let content = BoltContent(
        transaction: 1, pageSize: 4096,
        root: BoltBucket(entries: [
          .init(key: Checkpoint.bucket[...], content: .bucket(bucket))
        ]))
      let known = KnownLogFiles([content])
      #expect(known.isEmpty == !isKnown)
      #expect(known.progress(of: [1, 2, 3])?.offset == (isKnown ? 3 : nil))
    }
  }
}

/// Times of tests.
private enum ConfirmedTime {
  static func parse(_ text: String) -> Duration? {
    var head = LogFileHead(
      prefix: Array("\(text) x\n".utf8), contentBytes: 0, fileBytes: 0, isPacked: false,
      modified: .zero
    ).firstLine?.time
    if head == .zero { head = nil }
    return head
  }
}
