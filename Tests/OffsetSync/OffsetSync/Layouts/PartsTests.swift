import FilelogHTTPClient
import FilelogJSON
import TestSupport
import Testing

@testable import OffsetSync

/// Payloads that one map does not hold.
@Suite struct PartsTests {
  private static let map = "rel-filelogoffsets-node-node-a"
  /// Small maps, so that a few bytes need many.
  private static let limits = PerNodeMapStore.Limits(part: 10, whole: 10)

  private static func payload(_ byte: UInt8, _ count: Int) -> [UInt8] {
    (0..<count).map { byte &+ UInt8(truncatingIfNeeded: $0) }
  }

  @Test func aPayloadIsPutTogetherAgainWhateverItsSizeWasBefore() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store(limits: Self.limits)
    for count in [5, 25, 160, 1, 31, 30, 11, 10, 159, 160, 9, 3, 45] {
      let payload = Self.payload(UInt8(count), count)
      try store.save(payload)
      #expect(try cluster.store(limits: Self.limits).load() == payload)
      // Nothing is left of what was stored before.
      let filled = try cluster.filledMaps()
      #expect(filled.count == (count + 9) / 10)
    }
  }

  @Test func moreThanAnyPayloadTakesIsRefused() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store(limits: Self.limits)
    let error = #expect(throws: StoreError.self) { try store.save(Self.payload(1, 161)) }
    #expect(error?.code == .full)
    #expect(
      error?.description.hasPrefix(
        "this node's offsets take 161 bytes, more than 16 config maps hold; what helps: ") == true)
  }

  @Test func aPayloadBeyondOneMapOfRealSizeIsStored() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store()
    let payload = Self.payload(3, 1_048_576 + 1)
    try store.save(payload)
    #expect(try store.load() == payload)
    #expect(try cluster.filledMaps().count == 2)
    try store.save(Self.payload(4, 100))
    #expect(try store.load() == Self.payload(4, 100))
    #expect(Array(try cluster.filledMaps().keys) == [Self.map])
  }

  // MARK: Crashes

  private static let gone = HTTPFailure(.connectionLost, origin: "emulated")

  /// From what is stored to what replaces it: the sizes of both.
  static let changes = [(0, 25), (5, 25), (25, 35), (35, 25), (25, 5), (45, 42)]

  /// A sidecar that dies between any two requests, or before the answer to one reaches it.
  @Test(arguments: changes, [true, false])
  func aCrashAnywhereLeavesTheOldPayloadOrTheNew(
    _ sizes: (from: Int, to: Int), _ losesAnswer: Bool
  ) throws {
    let old = sizes.from == 0 ? nil : Self.payload(1, sizes.from)
    let new = Self.payload(100, sizes.to)
    var crash = 0
    var sawOld = false
    let cluster = try LayoutCluster()
    while true {
      try cluster.clear()
      if let old { try cluster.store(limits: Self.limits).save(old) }
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
        (try? cluster.store(limits: Self.limits, interference).save(new)) != nil
      let found = try cluster.store(limits: Self.limits).load()
      #expect(found == old || found == new, "crash at request \(crash)")
      if found == old { sawOld = true }
      // The next store cleans up after the crash.
      let next = Self.payload(50, 15)
      try cluster.store(limits: Self.limits).save(next)
      #expect(try cluster.store(limits: Self.limits).load() == next)
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
    let mine = Self.payload(40, sizes.mine)
    let others = Self.payload(80, sizes.others)
    var place = 0
    var mineLast = 0
    var wasReached = true
    let cluster = try LayoutCluster()
    while wasReached {
      try cluster.clear()
      try cluster.store(limits: Self.limits).save(Self.payload(1, sizes.before))
      let other = try cluster.store(limits: Self.limits)
      // It knows what was stored when it was still alone.
      _ = try other.load()
      var interference = LayoutCluster.Interference()
      wasReached = false
      interference.before = { (number) throws(HTTPFailure) in
        guard number == place else { return }
        wasReached = true
        try? other.save(others)
      }
      try cluster.store(limits: Self.limits, interference).save(mine)
      let found = try cluster.store(limits: Self.limits).load()
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
        try cluster.store(limits: Self.limits).save(Self.payload(1, 25))
        let mine = Self.payload(40, 25)
        let others = Self.payload(80, 35)
        // The other one's store begins, and dies when it has made some of its requests.
        (isPaused, dies) = (false, false)
        var otherInterference = LayoutCluster.Interference()
        otherInterference.before = { (number) throws(HTTPFailure) in
          guard number >= resumedAt else { return }
          dies = true
          throw Self.gone
        }
        let other = try cluster.store(limits: Self.limits, otherInterference)
        var interference = LayoutCluster.Interference()
        interference.before = { (number) throws(HTTPFailure) in
          guard number == pausedAt else { return }
          isPaused = true
          try? other.save(others)
        }
        try? cluster.store(limits: Self.limits, interference).save(mine)
        let found = try cluster.store(limits: Self.limits).load()
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
    let old = Self.payload(1, 25)
    let new = Self.payload(100, 35)
    let cluster = try LayoutCluster()
    for place in 0..<8 {
      try cluster.clear()
      let writer = try cluster.store(limits: Self.limits)
      try writer.save(old)
      var interference = LayoutCluster.Interference()
      interference.before = { (number) throws(HTTPFailure) in
        if number == place { try? writer.save(new) }
      }
      let found = try cluster.store(limits: Self.limits, interference).load()
      #expect(found == old || found == new)
    }
  }

  // MARK: Damage

  @Test func aPartThatIsNotTheOneIsDamageAndIsReplaced() throws {
    for change: JSONValue in [
      ["binaryData": ["node-a": "AAECAwQFBgcICQ=="]], ["binaryData": ["node-a": "AAE="]],
      ["binaryData": ["node-a": .null]],
    ] {
      let cluster = try LayoutCluster()
      let store = try cluster.store(limits: Self.limits)
      try store.save(Self.payload(50, 25))
      try cluster.patchMap("rel-filelogoffsets-part-1-node-a", change)
      let error = #expect(throws: StoreError.self) { try store.load() }
      #expect(error?.code == .damaged)
      #expect(error?.description.hasSuffix(", in \(store.name)") == true)
      try store.save(Self.payload(9, 25))
      #expect(try cluster.store(limits: Self.limits).load() == Self.payload(9, 25))
      // What somebody else changed is emptied one store later, by its new version.
      try store.save(Self.payload(11, 25))
      #expect(try cluster.filledMaps().count == 3)
    }
  }

  @Test func aDamagedListIsReplacedAndAllPartsAreCleared() throws {
    let cluster = try LayoutCluster()
    let store = try cluster.store(limits: Self.limits)
    try store.save(Self.payload(50, 45))
    try cluster.patchMap(Self.map, ["data": ["_parts.json": "{}"]])
    let error = #expect(throws: StoreError.self) { try store.load() }
    #expect(
      error?.description
        == "damaged parts (manifest): the list has other members than it should, in \(store.name)")
    try store.save([1, 2])
    #expect(try store.load() == [1, 2])
    #expect(try cluster.filledMaps().count == 1)
  }

  private static let part =
    #"{"number":0,"bytes":5,"sha256":"\#(String(repeating: "a", count: 64))","resourceVersion":"7"}"#

  private static func list(_ parts: String, spares: String = "[]", round: String = "1") -> String {
    #"{"version":1,"round":\#(round),"parts":[\#(parts)],"spares":\#(spares)}"#
  }

  @Test func aListIsReadAsItWasWritten() throws {
    var manifest = PartsManifest(round: 9)
    manifest.parts = [
      .init(number: 4, bytes: 1_048_576, sha256: [1].sha256, resourceVersion: "123"),
      .init(number: 0, bytes: 1, sha256: [2].sha256, resourceVersion: "124"),
    ]
    manifest.spares = [1, 31]
    #expect(try PartsManifest(parsing: manifest.text) == manifest)
    #expect(try PartsManifest(parsing: Self.list(Self.part)).bytes == 5)
    // It stays within the room that a node's map keeps for it.
    var largest = PartsManifest(round: PartsManifest.largestRound)
    largest.parts = (0..<16).map {
      .init(
        number: $0, bytes: 1_048_576, sha256: [1].sha256,
        resourceVersion: "18446744073709551615")
    }
    largest.spares = Array(16..<32)
    #expect(largest.text.utf8.count < 4096)
  }

  @Test func aClaimNeverLooksLikeTheOneItReplaces() throws {
    var manifest = PartsManifest(round: PartsManifest.largestRound)
    for _ in 0..<3 {
      let next = PartsManifest(round: manifest.nextRound)
      #expect(next.round != manifest.round)
      #expect(try PartsManifest(parsing: next.text) == next)
      manifest = next
    }
    #expect(manifest.round == 2)
  }

  static let hostileLists = [
    "", "null", "[]", "{", "{}", "\u{0}", String(repeating: "[", count: 10_000),
    list(part, round: "-1"), list(part, round: "1e300"), list(part, round: "9007199254740992"),
    list(part, round: "9007199254740993"), list(part, round: "9223372036854775807"),
    list(part, round: "\"1\""),
    list(part, spares: "[32]"), list(part, spares: "[-1]"), list(part, spares: "[0]"),
    list(part, spares: "[1,1]"), list(part, spares: "{}"), list("\(part),\(part)"),
    list(Array(repeating: part, count: 17).joined(separator: ",")), list("1"),
    list(part.replacing(#""bytes":5"#, with: #""bytes":0"#)),
    list(part.replacing(#""bytes":5"#, with: #""bytes":9223372036854775807"#)),
    list(part.replacing(#""bytes":5"#, with: #""bytes":1048577"#)),
    list(part.replacing("aaaa", with: "AAAA")), list(part.replacing("aaaa", with: "aaa")),
    list(part.replacing(#""7""#, with: "7")), list(part.replacing(#""7""#, with: #""7\n""#)),
    list(part.replacing(#""7""#, with: #""""#)),
    list(part.replacing(#""number":0"#, with: #""number":0.5"#)),
    list(part.replacing(#""number":0"#, with: #""number":99"#)),
    list(part).replacing(#""version":1"#, with: #""version":2"#),
    list(part).replacing(#""version":1"#, with: #""version":1,"more":1"#),
    list(part) + String(repeating: " ", count: 17_000),
  ]

  @Test(arguments: hostileLists)
  func aListThatNoSidecarWritesIsRefused(_ text: String) {
    let error = #expect(throws: PartsError.self) { try PartsManifest(parsing: text) }
    #expect(error?.code == .manifest)
    #expect((error?.description.utf8.count ?? 0) < 100)
  }
}
