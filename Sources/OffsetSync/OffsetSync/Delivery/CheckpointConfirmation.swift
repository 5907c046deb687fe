/// What a receiver committed, as far as its confirmation goes.
protocol ConfirmableContent {
  /// Whether a log file was read on between the other and this one.
  func isBeyond(_ other: Self) -> Bool
  /// How many transactions a poll takes, at the most.
  var commitsPerPoll: UInt64 { get }
}

/// Which checkpoint of one database is confirmed: holds no offset of a record that was not delivered.
///
/// Where nothing between receiver and backend holds records (`filelogDelivery: atLeastOnce`), a poll
/// ends when its records are delivered, and commits then. But for the last ones: a receiver that
/// stops gives up the delivery that it is waiting for, drops those records, and commits their offsets
/// all the same. Such a premature checkpoint looks like any other. What tells them apart is what
/// follows. Once it is to stop, a receiver reads no further: the interrupted poll commits, perhaps a
/// few polls more that read nothing, and the end of the receiver. So
///
/// > a checkpoint is confirmed when its receiver has read on after it, or has polled so often since
/// > that it is not stopping.
///
/// Time plays no part: a receiver that gets no processor may take any time from its first premature
/// commit to its last. Neither does the lock: it may be held for a second after the last commit, or
/// until the receiver is killed, while unfinished lines wait for a backend (measured). Nor do signals:
/// the kubelet may ask collector and sidecar to stop in any order. A sidecar that does not get to run
/// sees less, and confirms less.
///
/// Pure: all it knows is what it is told.
struct CheckpointConfirmation<Content: ConfirmableContent & Equatable> {
  struct Checkpoint {
    let transaction: UInt64
    let content: Content
  }

  private struct Candidate {
    let checkpoint: Checkpoint
    /// It was in force then, in the numbers of the database as it is now.
    var since: UInt64
  }

  /// The newest one that is confirmed; nil while none is.
  private(set) var confirmed: Checkpoint?
  /// Newer ones that may still be confirmed: the oldest and the newest. Others in between would only
  /// cost memory.
  private var candidates: [Candidate] = []
  private var last: UInt64?
  private let idlePolls: UInt64

  /// A content newer than ``confirmed`` was seen, and may be confirmed.
  var hasCandidates: Bool { !candidates.isEmpty }

  /// A stopping receiver polls once more when a tick has passed meanwhile, half of the times, and
  /// again when that poll takes as long as its interval. One that goes on so often by chance stops
  /// once in a million.
  static var idlePolls: UInt64 { 20 }

  /// - Parameter idlePolls: so many polls that read nothing are more than a stop makes.
  init(idlePolls: UInt64 = Self.idlePolls) { self.idlePolls = idlePolls }

  /// Notes the content that was read in a transaction.
  mutating func note(_ transaction: UInt64, content: Content) {
    note(transaction)
    confirm { content.isBeyond($0.checkpoint.content) }
    // The same content in a later transaction, as an idle receiver commits it, confirms as much.
    if candidates.last?.checkpoint.content != content {
      if candidates.count > 1 { candidates.removeLast() }
      candidates.append(
        Candidate(
          checkpoint: Checkpoint(transaction: transaction, content: content), since: transaction))
    }
    if content == confirmed?.content { candidates = [] }
  }

  /// Notes that a transaction is in force.
  mutating func note(_ transaction: UInt64) {
    if let last, transaction < last {
      // The database was begun anew, by compaction for instance, and counts from there.
      for index in candidates.indices { candidates[index].since = transaction }
    }
    last = transaction
    confirm { [idlePolls] candidate in
      transaction - candidate.since >= idlePolls * candidate.checkpoint.content.commitsPerPoll
    }
  }

  /// The newest one that has what it takes.
  private mutating func confirm(where isConfirmed: (Candidate) -> Bool) {
    guard let index = candidates.lastIndex(where: isConfirmed) else { return }
    confirmed = candidates[index].checkpoint
    candidates.removeFirst(index + 1)
  }
}
