internal import Synchronization

/// What was written and what was delivered, record by record.
final class Ledger: Sendable {
  struct Count: Equatable {
    var written = 0
    /// Different records that arrived.
    var delivered = 0
    /// Arrivals beyond the first of a record.
    var duplicated = 0

    /// Meaningful once nothing is on its way any more.
    var lost: Int { written - delivered }

    static func + (one: Count, other: Count) -> Count {
      Count(
        written: one.written + other.written, delivered: one.delivered + other.delivered,
        duplicated: one.duplicated + other.duplicated)
    }
  }

  private struct FileEntry {
    var count = Count()
    var seen: [Bool] = []
    /// When the lines up to each number were written.
    var writes: [(time: ContinuousClock.Instant, count: Int)] = []

    mutating func write(_ lines: Int, _ time: ContinuousClock.Instant) {
      count.written += lines
      seen.append(contentsOf: repeatElement(false, count: lines))
      if let last = writes.last, time - last.time < .milliseconds(100) {
        writes[writes.count - 1].count = count.written
      } else {
        writes.append((time, count.written))
      }
    }

    /// - Returns: whether it had arrived before; nil when it was never written.
    mutating func receive(_ sequence: Int) -> Bool? {
      guard sequence < seen.count else { return nil }
      let wasSeen = seen[sequence]
      if wasSeen { count.duplicated += 1 } else { count.delivered += 1 }
      seen[sequence] = true
      return wasSeen
    }
  }

  /// Records of one node that arrived again, in one request.
  struct Repetition {
    var time: ContinuousClock.Instant
    var node: String
    var records: Int
  }

  private struct State {
    var files: [RecordIdentity.File: FileEntry] = [:]
    var unknown = 0
    var arrivals = 0
    var repetitions: [Repetition] = []
  }

  /// Repetitions beyond this number are counted and not listed.
  private static let listLimit = 10_000

  private let state = Mutex(State())

  /// Notes lines before they are written, so that none can arrive unknown.
  func willWrite(_ count: Int, to file: RecordIdentity.File) {
    let time = ContinuousClock.now
    state.withLock { state in
      state.files[file, default: FileEntry()].write(count, time)
    }
  }

  /// Notes the records of one request.
  /// - Returns: how many of them had arrived before.
  @discardableResult
  func received(_ bodies: [String]) -> Int {
    let identities = bodies.map { RecordIdentity(body: $0) }
    let time = ContinuousClock.now
    return state.withLock { state in
      var repeated = 0
      var nodes: [String: Int] = [:]
      for identity in identities {
        state.arrivals += 1
        // In place: a copy of an entry would make each arrival cost as much as the file is long.
        switch identity.flatMap({ state.files[$0.file]?.receive($0.sequence) }) {
        case nil: state.unknown += 1
        case true?:
          repeated += 1
          nodes[identity?.file.node ?? "", default: 0] += 1
        case false?: break
        }
      }
      for (node, records) in nodes where state.repetitions.count < Self.listLimit {
        state.repetitions.append(Repetition(time: time, node: node, records: records))
      }
      return repeated
    }
  }

  /// When records arrived again.
  var repetitions: [Repetition] { state.withLock(\.repetitions) }

  /// Records that arrived and were never written.
  var unknown: Int { state.withLock(\.unknown) }

  /// All arrivals, whatever they were.
  var arrivals: Int { state.withLock(\.arrivals) }

  var counts: [RecordIdentity.File: Count] {
    state.withLock { $0.files.mapValues(\.count) }
  }

  var total: Count {
    state.withLock { $0.files.values.reduce(Count()) { $0 + $1.count } }
  }

  /// When a record of a file was written.
  func writeTime(of sequence: Int, in file: RecordIdentity.File) -> ContinuousClock.Instant? {
    state.withLock { state in
      state.files[file]?.writes.first { $0.count > sequence }?.time
    }
  }

  /// Ranges of sequence numbers of a file that did not arrive.
  func missing(in file: RecordIdentity.File) -> [ClosedRange<Int>] {
    let seen = state.withLock { $0.files[file]?.seen } ?? []
    var ranges: [ClosedRange<Int>] = []
    for (sequence, isSeen) in seen.enumerated() where !isSeen {
      if let last = ranges.last, last.upperBound == sequence - 1 {
        ranges[ranges.count - 1] = last.lowerBound...sequence
      } else {
        ranges.append(sequence...sequence)
      }
    }
    return ranges
  }
}
