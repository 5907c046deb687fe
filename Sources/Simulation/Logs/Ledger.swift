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

    /// - Returns: whether it had arrived before; nil when it was never written.
    mutating func receive(_ sequence: Int) -> Bool? {
      guard sequence < seen.count else { return nil }
      let wasSeen = seen[sequence]
      if wasSeen { count.duplicated += 1 } else { count.delivered += 1 }
      seen[sequence] = true
      return wasSeen
    }
  }

  private struct State {
    var files: [RecordIdentity.File: FileEntry] = [:]
    var unknown = 0
    var arrivals = 0
  }

  private let state = Mutex(State())

  /// Notes lines before they are written, so that none can arrive unknown.
  func willWrite(_ count: Int, to file: RecordIdentity.File) {
    state.withLock { state in
      state.files[file, default: FileEntry()].count.written += count
      state.files[file]?.seen.append(contentsOf: repeatElement(false, count: count))
    }
  }

  /// Notes the records of one request.
  /// - Returns: how many of them had arrived before.
  @discardableResult
  func received(_ bodies: [String]) -> Int {
    let identities = bodies.map { RecordIdentity(body: $0) }
    return state.withLock { state in
      var repeated = 0
      for identity in identities {
        state.arrivals += 1
        // In place: a copy of an entry would make each arrival cost as much as the file is long.
        switch identity.flatMap({ state.files[$0.file]?.receive($0.sequence) }) {
        case nil: state.unknown += 1
        case true?: repeated += 1
        case false?: break
        }
      }
      return repeated
    }
  }

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
