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
    /// When each record arrived first, in milliseconds of the ledger's; 0: not yet. By line of the
    /// file, of which some hold only a piece of a record.
    var arrivals: [UInt32] = []
    /// When lines up to each number were written.
    var writes: [(time: ContinuousClock.Instant, count: Int)] = []

    mutating func write(_ lines: Int, _ time: ContinuousClock.Instant) {
      count.written += lines
      arrivals.append(contentsOf: repeatElement(0, count: lines))
      if let last = writes.last, time - last.time < .milliseconds(100) {
        writes[writes.count - 1].count = arrivals.count
      } else {
        writes.append((time, arrivals.count))
      }
    }

    /// A line that is not a record by itself.
    static let piece = UInt32.max

    /// - Returns: when it arrived first, 0 if that is now; nil when it was never written.
    mutating func receive(_ sequence: Int, at time: UInt32) -> UInt32? {
      guard sequence < arrivals.count, arrivals[sequence] != Self.piece else { return nil }
      let first = arrivals[sequence]
      if first > 0 {
        count.duplicated += 1
      } else {
        count.delivered += 1
        arrivals[sequence] = time
      }
      return first
    }
  }

  /// Neighbouring records of one file that arrived together, and then again.
  struct Repetition {
    var time: ContinuousClock.Instant
    var file: RecordIdentity.File
    var sequences: ClosedRange<Int>
    /// Their first arrival, to the millisecond.
    var first: ContinuousClock.Instant

    func isContinued(
      by sequence: Int, of file: RecordIdentity.File, _ first: ContinuousClock.Instant
    )
      -> Bool
    {
      self.file == file && self.first == first && sequences.upperBound + 1 == sequence
    }
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
  private let began = ContinuousClock.now

  /// Notes lines before they are written, so that none can arrive unknown.
  func willWrite(_ count: Int, to file: RecordIdentity.File) {
    let time = ContinuousClock.now
    state.withLock { state in
      state.files[file, default: FileEntry()].write(count, time)
    }
  }

  /// Notes a line that holds a piece of a record.
  func willWritePiece(to file: RecordIdentity.File) {
    state.withLock { $0.files[file, default: FileEntry()].arrivals.append(FileEntry.piece) }
  }

  /// Notes the records of one request.
  /// - Returns: how many of them had arrived before.
  @discardableResult
  func received(_ bodies: [String]) -> Int {
    let identities = bodies.map { body in
      let identity = RecordIdentity(body: body)
      return (identity, isPiece: identity == nil && RecordIdentity.isPiece(body))
    }
    let time = ContinuousClock.now
    let arrival = UInt32(clamping: Int((time - began) / .milliseconds(1)) + 1)
    return state.withLock { state in
      var repeated: [Repetition] = []
      for (identity, isPiece) in identities {
        state.arrivals += 1
        if isPiece { continue }
        // In place: a copy of an entry would make each arrival cost as much as the file is long.
        guard let identity,
          let first = state.files[identity.file]?.receive(identity.sequence, at: arrival)
        else {
          state.unknown += 1
          continue
        }
        guard first > 0 else { continue }
        let firstTime = began + .milliseconds(Int(first) - 1)
        if let last = repeated.last,
          last.isContinued(by: identity.sequence, of: identity.file, firstTime)
        {
          repeated[repeated.count - 1].sequences = last.sequences.lowerBound...identity.sequence
        } else {
          repeated.append(
            Repetition(
              time: time, file: identity.file, sequences: identity.sequence...identity.sequence,
              first: firstTime))
        }
      }
      state.repetitions += repeated.prefix(max(0, Self.listLimit - state.repetitions.count))
      return repeated.reduce(0) { $0 + $1.sequences.count }
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

  /// Whether every record of a file has arrived.
  func hasAllArrived(of file: RecordIdentity.File) -> Bool {
    state.withLock { ($0.files[file]?.count.lost ?? 0) == 0 }
  }

  /// When a record of a file was written.
  func writeTime(of sequence: Int, in file: RecordIdentity.File) -> ContinuousClock.Instant? {
    state.withLock { state in
      state.files[file]?.writes.first { $0.count > sequence }?.time
    }
  }

  /// Records of a node that were written and have not arrived, counted one by one.
  func lost(on node: String) -> Int {
    state.withLock { state in
      state.files.filter { $0.key.node == node }.reduce(0) { sum, file in
        sum + file.value.arrivals.count { $0 == 0 }
      }
    }
  }

  /// Records that have not arrived while later ones of their file have.
  var overtaken: Int {
    state.withLock { state in
      state.files.values.reduce(0) { sum, file in
        let last = file.arrivals.lastIndex { $0 != 0 && $0 != FileEntry.piece } ?? 0
        return sum + file.arrivals[..<last].count { $0 == 0 }
      }
    }
  }

  /// Ranges of sequence numbers of a file that did not arrive.
  func missing(in file: RecordIdentity.File) -> [ClosedRange<Int>] {
    let arrivals = state.withLock { $0.files[file]?.arrivals } ?? []
    var ranges: [ClosedRange<Int>] = []
    for (sequence, arrival) in arrivals.enumerated() where arrival == 0 {
      if let last = ranges.last, last.upperBound == sequence - 1 {
        ranges[ranges.count - 1] = last.lowerBound...sequence
      } else {
        ranges.append(sequence...sequence)
      }
    }
    return ranges
  }
}
