internal import BoltFile

/// When each receiver last looked at its log files, as far as can be told from outside.
///
/// A poll looks for files, reads them, and commits. Only the commit is to be seen, and it may come any
/// time after the look: where the processor is others', or the backend is slow. The last commit of a
/// receiver that stops comes without any look at all. What came up after the look is unknown to the
/// receiver all the same, and a file that was made and rotated between look and commit would be taken
/// for one that it has read and forgotten.
///
/// So the time of a look is not that of its commit, but an earlier one at which a transaction was seen
/// to be the newest. A poll begins when the one before it has committed. While transaction *X* is the
/// newest, poll *X* + 1 runs at most; so any such moment lies before the look of poll *X* + 2. The
/// newest transaction *T* is of a poll, or of a stop and *T* − 1 is of the last poll. So what was seen
/// of *X* ≤ *T* − 3 lies before the last look. It lies after the look by which the receiver has
/// forgotten what *T* does not list any more (it lists a file for three polls after its rotation), as
/// long as every transaction is seen.
final class ReceiverLooks {
  /// From a look to the time that tells of it: see ``time(of:at:written:)``.
  static let lag: Duration = .milliseconds(300)
  /// Files are stamped by a clock that stands still for a tick of the kernel, 10 ms at most.
  private static let stampError: Duration = .milliseconds(20)

  private struct Sighting {
    let transaction: BoltFormat.TransactionID
    /// Since 1970.
    var time: Duration
  }

  private struct Receiver {
    var first: BoltFormat.TransactionID
    /// In order of transactions; of those that are old enough to tell of the last look, the newest.
    var sightings: [Sighting] = []
    var commitsPerPoll: UInt64 = 1

    /// How many transactions come after one that tells of the last look.
    var distance: UInt64 { 3 * commitsPerPoll }

    mutating func note(_ transaction: BoltFormat.TransactionID, at time: Duration) {
      if let last = sightings.last, transaction < last.transaction {
        // The database was begun anew, by compaction for instance, and counts from there.
        self = Receiver(first: transaction, commitsPerPoll: commitsPerPoll)
      }
      if let last = sightings.last, transaction - last.transaction < commitsPerPoll {
        if transaction == last.transaction { sightings[sightings.count - 1].time = time }
        return
      }
      sightings.append(Sighting(transaction: transaction, time: time))
      if let old = sightings.lastIndex(where: { transaction - $0.transaction >= distance }) {
        sightings.removeFirst(old)
      }
    }

    /// Nil while too little was seen. One that is stopped before its first poll commits three times,
    /// twice when it opens its database; what was seen first may be of a time before that.
    func look(at transaction: BoltFormat.TransactionID) -> Duration? {
      guard transaction > first, transaction - first > distance else { return nil }
      return sightings.last {
        $0.transaction <= transaction && transaction - $0.transaction >= distance
      }?.time
    }
  }

  private var receivers: [String: Receiver] = [:]

  /// Notes which transaction of a database was in force.
  /// - Parameter time: since 1970, before that was read; nil: not known.
  func note(_ name: String, _ transaction: BoltFormat.TransactionID, at time: Duration?) {
    guard let time else { return }
    receivers[name, default: Receiver(first: transaction)].note(transaction, at: time)
  }

  /// Notes that a poll of this receiver takes so many transactions.
  func note(_ name: String, commitsPerPoll: UInt64) {
    receivers[name]?.commitsPerPoll = commitsPerPoll
  }

  /// The time that is kept of a database: that of its last commit, or an earlier one, so that the
  /// receiver's last look came ``lag`` before it or later.
  /// - Parameters:
  ///   - transaction: the newest one.
  ///   - written: when it was written.
  /// - Returns: nil while too little was seen of the receiver.
  func time(
    of name: String, at transaction: BoltFormat.TransactionID, written: Duration?
  ) -> Duration? {
    guard let look = receivers[name]?.look(at: transaction) else { return nil }
    let time = look + Self.lag - Self.stampError
    return written.map { min($0, time) } ?? time
  }
}
