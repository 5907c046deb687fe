import BoltFile
import FilelogSystemCalls
import Foundation
import StandInCollector
import TestSupport
import Testing

/// A reader against a writer of which every single write may fall between any two of its reads.
@Suite(.waits) struct LiveReadingTests {
  @Test(arguments: [1, 2, 3, 4])
  func whatIsAcceptedIsAlwaysExactlyOneCommittedTransaction(seed: UInt64) throws {
    try HostFiles.withTemporaryDirectory { directory in
      let path = directory + "/receiver_filelog_"
      let writer = try SteppedWriter(path: path)
      var random = SeededRandom(seed: seed)
      var torn = 0
      var accepted = 0
      for _ in 0..<60 {
        let source = HookedSource(try FileSource(path: path)) {
          // Mostly nothing, sometimes part of a commit, seldom several.
          guard Int.random(in: 0..<10, using: &random) == 0 else { return }
          writer.step([1, 2, 5, 20, 60].randomElement(using: &random)!)
        }
        let unchecked = Result { try BoltDatabase.read(source) }
        if !((try? unchecked.get()).map(writer.wasCommitted) ?? false) { torn += 1 }
        let live = Result { () throws(BoltError) in
          try BoltDatabase.readLive(source) { $0 < 50 }
        }
        switch live {
        case .success(let content):
          #expect(writer.wasCommitted(content))
          accepted += 1
        case .failure(let error): #expect(error.code == .changing)
        }
      }
      writer.stop()
      // The test is worth something only if reading without the rule tears, and with it succeeds.
      #expect(torn > 0)
      #expect(accepted > 40)
    }
  }

  @Test func aWriterThatNeverPausesIsGivenUpAndSaid() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let path = directory + "/receiver_filelog_"
      let writer = try SteppedWriter(path: path)
      let source = HookedSource(try FileSource(path: path, name: "receiver_filelog_")) {
        writer.step(40)
      }
      var pauses: [Int] = []
      let error = #expect(throws: BoltError.self) {
        try BoltDatabase.readLive(source) { attempt in
          pauses.append(attempt)
          return attempt < 5
        }
      }
      writer.stop()
      #expect(pauses == [1, 2, 3, 4, 5])
      #expect(
        error?.description
          == "receiver_filelog_: its writer committed during each of 5 attempts to read it")
    }
  }
}

/// Calls a hook before every read.
private struct HookedSource: ByteSource {
  let base: FileSource
  let hook: () -> Void

  init(_ base: FileSource, hook: @escaping () -> Void) {
    self.base = base
    self.hook = hook
  }

  var name: String { base.name }
  func size() throws(BoltError) -> UInt64 { try base.size() }

  func read(at offset: UInt64, count: Int) throws(BoltError) -> ArraySlice<UInt8> {
    hook()
    return try base.read(at: offset, count: count)
  }
}

/// Commits without end on a thread of its own, but performs a write only when told to.
private final class SteppedWriter: @unchecked Sendable {
  private let allowed = DispatchSemaphore(value: 0)
  private let written = DispatchSemaphore(value: 0)
  private let lock = NSLock()
  private var committed: [UInt64: BoltBucket] = [:]
  private var isStopped = false
  private struct Stopped: Error {}

  private let writer: InPlaceBoltWriter

  init(path: String) throws {
    writer = try InPlaceBoltWriter(path: path, pageSize: 1024)
    try commit(round: 0)
    writer.beforeWrite = { [self] write in
      // What a meta puts in force must be known before a reader can see it.
      allowed.wait()
      if lock.withLock({ isStopped }) { throw Stopped() }
      written.signal()
    }
    Thread.detachNewThread { [self] in
      var round = 1
      while (try? commit(round: round)) != nil { round += 1 }
    }
  }

  private func commit(round: Int) throws {
    let root = Self.content(round: round)
    lock.withLock { committed[writer.transaction + 1] = root }
    try writer.commit(root)
  }

  /// Lets so many writes happen. The last of them may still be under way when this returns, as in
  /// life.
  func step(_ count: Int) {
    for _ in 0..<count {
      allowed.signal()
      written.wait()
    }
  }

  func stop() {
    lock.withLock { isStopped = true }
    allowed.signal()
  }

  func wasCommitted(_ content: BoltContent) -> Bool {
    lock.withLock { committed[content.transaction] } == content.root
  }

  /// A value over several pages, and keys over several pages, all telling their round.
  private static func content(round: Int) -> BoltBucket {
    let big = (0..<600).flatMap { _ in Array("round \(round) ".utf8) }
    var entries = [BoltBucket.Entry(key: [0], content: .value(big[...]))]
    for index in 0..<80 {
      let key = [1, UInt8(index)] + Array("key of a log file".utf8)
      let value = Array("round \(round), \(index)".utf8)
      entries.append(BoltBucket.Entry(key: key[...], content: .value(value[...])))
    }
    let bucket = BoltBucket(entries: entries)
    return BoltBucket(entries: [.init(key: Array("default".utf8)[...], content: .bucket(bucket))])
  }
}
