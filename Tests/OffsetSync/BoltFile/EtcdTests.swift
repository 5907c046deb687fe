import BoltFile
import Foundation
import TestSupport
import Testing

/// bbolt itself as the writer that we read and as the reader of what we write.
@Suite(
  .enabled(if: Etcd.path != nil, "etcd is not installed (Debian: etcd-server)"), .serialized,
  .waits)
struct EtcdTests {
  @Test func everySnapshotOfABusyDatabaseIsOneConsistentRevision() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let etcd = try Etcd(directory: directory)
      defer { etcd.stop() }
      let first = try etcd.put("k0", "value of revision 2")
      try #require(first == 2)
      let writer = BusyWriter(etcd)
      defer { writer.stop() }
      let source = try FileSource(path: etcd.database)
      var newest = 0
      var retries = 0
      var snapshots = 0
      // A slow machine, or a build with a sanitizer, gets more time for the least that counts.
      let start = ContinuousClock.now
      while snapshots < 200 || newest <= 100 || retries == 0,
        ContinuousClock.now - start < .seconds(150)
      {
        let read = Result { () throws(BoltError) in
          try BoltDatabase.readLive(source) { attempt in
            retries += 1
            return attempt < 20
          }
        }
        // To give up is right where the writer is faster; what is accepted must be whole.
        guard let content = try? read.get() else { continue }
        snapshots += 1
        // From the last compaction on every revision is there, each with its own value, up to one
        // that is no older than what an earlier snapshot held.
        let revisions = try revisions(in: content)
        #expect(revisions.allSatisfy { $0.isItsOwn })
        let compacted = writer.compacted
        let kept = revisions.map(\.number).filter { $0 > compacted }
        if let first = kept.first, let last = kept.last {
          #expect(last - first + 1 == kept.count)
          #expect(last >= newest)
          newest = max(newest, last)
        }
      }
      print("\(snapshots) snapshots of etcd, \(newest) revisions, \(retries) retries")
      #expect(newest > 100)
      #expect(snapshots >= 200)
      #expect(retries > 0)
    }
  }

  @Test func openedOnADatabaseWrittenByUsItReadsEveryKeyBackAndWritesOn() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let etcd = try Etcd(directory: directory)
      for index in 0..<300 {
        _ = try etcd.put("key \(index)", String(repeating: "value \(index) ", count: index))
      }
      for index in 0..<200 { _ = try etcd.put("key \(index)", "replaced \(index)") }
      let before = try etcd.everything()
      etcd.stop()
      #expect(before.count == 300)

      let content = try BoltDatabase.read(FileSource(path: etcd.database))
      try HostFiles.write(content.compactFile(), to: etcd.database)

      let again = try Etcd(directory: directory)
      #expect(try again.everything() == before)
      for index in 0..<100 { _ = try again.put("key \(index)", "written later \(index)") }
      let after = try again.everything()
      again.stop()
      #expect(after["key 7"] == "written later 7")
      #expect(after["key 250"] == before["key 250"])
      let reread = try BoltDatabase.read(FileSource(path: etcd.database))
      #expect(try revisions(in: reread).count == 600)
    }
  }

  private struct Revision {
    let number: Int
    /// Whether the value tells this revision; only ``BusyWriter``'s values do.
    let isItsOwn: Bool
  }

  /// The key of etcd's bucket `key`: main revision (8 bytes, big endian), `_`, sub revision.
  private func revisions(in content: BoltContent) throws -> [Revision] {
    guard case .bucket(let bucket)? = content.root[Array("key".utf8)] else { return [] }
    return try bucket.entries.map { entry in
      guard case .value(let value) = entry.content else {
        throw BoltError(.damaged, "a bucket in etcd's keys", file: content.description)
      }
      let number = entry.key.prefix(8).reduce(0) { $0 << 8 | Int($1) }
      let text = String(decoding: value, as: UTF8.self)
      return Revision(number: number, isItsOwn: text.contains("value of revision \(number)"))
    }
  }
}

extension BoltContent {
  fileprivate var description: String { "transaction \(transaction)" }
}

/// Puts one revision after the other as fast as etcd takes them, and lets it forget old ones, so that
/// pages are freed and used again.
private final class BusyWriter: @unchecked Sendable {
  private let lock = NSLock()
  private var isStopped = false
  private var floor = 0

  /// Revisions up to this one may be missing.
  var compacted: Int { lock.withLock { floor } }
  private let done = DispatchSemaphore(value: 0)

  init(_ etcd: Etcd) {
    nonisolated(unsafe) let etcd = etcd
    Thread.detachNewThread { [self] in
      var revision = 2
      while !lock.withLock({ isStopped }), revision > 0 {
        let written = try? etcd.put("k\(revision % 50)", "value of revision \(revision + 1)")
        revision = written ?? 0
        if revision % 500 == 0 {
          lock.withLock { floor = revision }
          try? etcd.compact(to: revision)
        }
      }
      done.signal()
    }
  }

  func stop() {
    lock.withLock { isStopped = true }
    done.wait()
  }
}
