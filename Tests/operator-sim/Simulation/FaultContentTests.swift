import BoltFile
import FilelogCheckpoint
import FilelogJSON
import FilelogSystemCalls
import FilelogText
import Glibc
import HTTPServer
import OffsetSync
import TestSupport
import Testing

@testable import Simulation

/// What scenarios put in place of what pods expect.
@Suite struct FaultContentTests {
  /// Two of them fit into a map of 1 MiB, beside the entries of others.
  @Test(arguments: HostileDatabase.allCases)
  func hostilePayloadIsSmallAndTakesMuchMemory(_ database: HostileDatabase) throws {
    let content = database.content
    let payload = Payload.pack(
      Snapshot(files: ["receiver_filelog_": .database(content)]), directory: "/offsets")
    #expect(payload.count < 500_000)
    #expect(content.compactFile().count > 2_500_000)
    #expect(content.root.entryCount > 1)
  }

  @Test func damageLeavesOtherDatabasesAsTheyAre() throws {
    let database = BoltContent(transaction: 7, pageSize: 4096, root: BoltBucket())
    let stored = Payload.pack(
      Snapshot(files: ["receiver_filelog_": .database(database)]), directory: "/offsets")
    let store = OneEntryStore(stored)
    try Step.StoredDamage.unsoundDatabase.replace(in: store, turn: 0, directory: "/offsets")
    let (sound, damaged) = try Payload.verify(#require(store.payload))
    #expect(sound == ["receiver_filelog_"])
    #expect(damaged.keys.sorted() == ["receiver_filelog_unsound"])
  }

  @Test func damageNeedsSomethingStored() throws {
    let store = OneEntryStore(nil)
    try Step.StoredDamage.hostilePayload.replace(in: store, turn: 0, directory: "/offsets")
    #expect(store.payload == nil)
  }

  private final class OneEntryStore: OffsetStore {
    let name = "one entry"
    let used: Int? = nil
    var payload: [UInt8]?

    init(_ payload: [UInt8]?) { self.payload = payload }

    func load() throws(StoreError) -> StoredPayload? { payload.map { StoredPayload($0) } }

    func save(_ offer: PayloadOffer) throws(StoreError) -> Saved {
      let whole = try offer.whole()
      payload = whole
      return Saved(whole: whole)
    }
  }

  @Test func proxyAnswersReadsOfPodsAlone() throws {
    let proxy = ProxyAnswers()
    func answer(_ method: String = "GET", _ agent: String = "filelog-offset-sync") -> String? {
      let request = HTTPServerRequest(
        method: method, target: "/api/v1/namespaces/n/configmaps/offsets?x",
        headers: HTTPHeaders([("User-Agent", agent)]))
      guard let response = proxy.answer(request), case .bytes(let bytes) = response.body else {
        return nil
      }
      return "\(response.status) \(String(decoding: bytes, as: UTF8.self))"
    }
    #expect(answer() == nil)
    proxy.set(["node-1"])
    #expect(answer("PATCH") == nil)
    #expect(answer("GET", ClusterAPI.userAgent) == nil)
    #expect(answer()?.hasPrefix("404 <html>") == true)
    let status = try #require(answer())
    #expect(status.hasPrefix("404 {") && status.contains("services"))
    #expect(!status.contains("configmaps"))
    #expect(answer()?.contains(#""binaryData":{"node-1":404}"#) == true)
    proxy.set(nil)
    #expect(answer() == nil)
  }

  /// A list of known files that takes several pages, and one file more a second later.
  @Test func powerCutTearsListOfKnownFiles() throws {
    func database(_ files: ClosedRange<Int>, _ transaction: UInt64) -> [UInt8] {
      let checkpoint = Checkpoint(
        files: files.map {
          KnownFile(
            fingerprint: [UInt8](repeating: UInt8($0), count: $0 == 0 ? 300 : 1000), offset: 1)
        })
      let bucket = BoltBucket(entries: [
        .init(key: Checkpoint.knownFilesKey[...], content: .value(checkpoint.encoded()[...]))
      ])
      return BoltContent(
        transaction: transaction, pageSize: 4096,
        root: BoltBucket(entries: [.init(key: Checkpoint.bucket[...], content: .bucket(bucket))])
      ).compactFile()
    }
    var random = SeededRandom(seed: 1)
    // The same pages, as a writer in place takes them again and again.
    let torn = PowerCut.torn(
      database(1...12, 9), earlier: Array(database(0...12, 8)), random: &random)
    let content = try BoltDatabase.read(MemorySource(torn[...], name: "torn"))
    #expect(content.transaction == 9)
    let isUndecodable = PowerCut.isUndecodable(torn)
    #expect(isUndecodable)
    let isWholeUndecodable = PowerCut.isUndecodable(database(1...12, 9))
    #expect(!isWholeUndecodable)
  }

  @Test func compactionBeginsTransactionsAnew() throws {
    let content = BoltContent(transaction: 900, pageSize: 4096, root: BoltBucket(sequence: 3))
    let compacted = try BoltDatabase.read(
      MemorySource(CompactedDatabase.bytes(content.compactFile())[...], name: "compacted"))
    #expect(compacted.transaction == 2)
    #expect(compacted.root == content.root)
  }

  @Test func memoryOfProcessIsWithoutItsPrograms() throws {
    let own = try #require(ContainerMemory.peak(of: getpid()))
    #expect(own > 1 << 20)
    #expect(ContainerMemory.peak(of: -1) == nil)
    #expect(ContainerMemory.bytes("32Mi") == 32 << 20)
    #expect(ContainerMemory.bytes("32M") == nil)
  }

  /// A node whose stored offsets were replaced may repeat all that it wrote; its neighbour may not.
  @Test func replacedOffsetsExplainNothingElsewhere() {
    let options = ScenarioTests.options(.hostilePayload)
    var record = RunRecord()
    record.forgotten = [("node-1", .seconds(10))]
    func isExpected(_ first: Int, _ second: Int, lost: Int = 0) -> Bool {
      record.isExpected(
        [first, second].enumerated().map { index, duplicated in
          RunResult.Node(
            name: "node-\(index + 1)", written: 5000, delivered: 5000 - lost,
            duplicated: duplicated, lost: lost, patches: nil, patchBytes: nil, podGenerations: 1)
        }, options)
    }
    #expect(isExpected(1000, 0))
    #expect(!isExpected(1200, 0))
    #expect(!isExpected(999, 1))
    #expect(!isExpected(0, 0, lost: 1))
  }
}
