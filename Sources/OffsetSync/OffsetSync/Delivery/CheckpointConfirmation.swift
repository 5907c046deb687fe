/// Which checkpoint of one database is confirmed: holds no offset of a record that was not delivered.
///
/// Where nothing between receiver and backend holds records (`filelogDelivery: atLeastOnce`), a poll
/// ends when its records are delivered, and commits then. But for the last ones: a receiver that
/// stops gives up the delivery that it is waiting for, drops those records, and commits their offsets
/// all the same, up to four times within a moment. Such a premature checkpoint looks like any other.
/// What tells them apart is what follows:
///
/// > A checkpoint is confirmed by a later write of its receiver: one that comes longer after it than
/// > a stopping receiver takes from its first premature commit to its last.
///
/// The lock plays no part: a receiver may hold it for a second after its last commit, or until it is
/// killed, while unfinished lines wait for a backend (measured). Signals play no part either: the
/// kubelet may ask collector and sidecar to stop in any order. Time that passes between two
/// observations counts only as far as they saw something at both its ends, so that a sidecar that
/// does not get to run confirms less, never more.
///
/// Pure: all it knows is what it is told. Times count from some fixed moment and never go back.
struct CheckpointConfirmation<Content: Equatable> {
  /// What is seen of a database without reading its content.
  struct Observation {
    /// Before the first byte was read.
    let began: Duration
    /// After everything below was asked.
    let ended: Duration
    /// The one in force when the content, or the meta pages, were read.
    let transaction: UInt64
    /// How long ago the file was last written, asked after the transaction was read; nil when the
    /// clock cannot be trusted.
    let age: Duration?
  }

  struct Checkpoint {
    let transaction: UInt64
    let content: Content
  }

  private struct Candidate {
    let checkpoint: Checkpoint
    /// It was committed then or before.
    let committedBy: Duration
  }

  /// The newest one that is confirmed; nil while none is.
  private(set) var confirmed: Checkpoint?
  /// Newer ones that may still be confirmed: the oldest and the newest. Others in between would only
  /// cost memory.
  private var candidates: [Candidate] = []
  /// The last observation, and by when its transaction was committed at the latest.
  private var last: (began: Duration, transaction: UInt64, committedBy: Duration)?
  /// The receiver wrote then or later.
  private var lastWrite: Duration?
  /// When another transaction was last noticed.
  private var lastChange: (at: Duration, transaction: UInt64)?
  /// The mean time between two commits, as last observed; nil while unknown.
  private(set) var rhythm: Duration?
  private var bytes = 0

  /// A content newer than ``confirmed`` was seen, and a later write may confirm it.
  var hasCandidates: Bool { !candidates.isEmpty }

  /// The files' time stamps are as coarse as the kernel's tick.
  static var ageTolerance: Duration { .milliseconds(10) }

  /// How long after a checkpoint the receiver must write again.
  ///
  /// Measured, from the first premature commit to the last (v0.156, on 2 cores, idle and with 4 to 8
  /// busy loops beside it): 10 files 2 and 15 ms, 200 files 16 and 55 ms, 2,000 files 220 and 560 ms.
  /// Before it stops, a receiver may walk once more through all its files, which takes no longer than
  /// its observed rhythm, and mostly a small part of it.
  var settling: Duration {
    let work = Duration.milliseconds(100) + .nanoseconds(250 * min(bytes, 8 << 20))
    guard let rhythm else { return max(work, .seconds(1)) }
    return min(max(work, rhythm / 2), .seconds(3))
  }

  /// Notes the content that was read under an observation.
  /// - Parameter bytes: how large it is; what a receiver does while it stops grows with it.
  mutating func note(_ observation: Observation, content: Content, bytes: Int) {
    self.bytes = bytes
    let committedBy = follow(observation)
    add(
      Candidate(
        checkpoint: Checkpoint(transaction: observation.transaction, content: content),
        committedBy: committedBy))
    confirm()
    if candidates.last?.checkpoint.content == confirmed?.content { candidates = [] }
  }

  /// Notes an observation without content.
  mutating func note(_ observation: Observation) {
    _ = follow(observation)
    confirm()
  }

  /// - Returns: by when the observed transaction was committed at the latest.
  private mutating func follow(_ observation: Observation) -> Duration {
    let age = observation.age.map { max(.zero, $0) }
    var committedBy = observation.ended
    if let age {
      committedBy -= max(.zero, age - Self.ageTolerance)
      noteWrite(observation.began - age)
    }
    if let last {
      if last.transaction == observation.transaction {
        committedBy = min(committedBy, last.committedBy)
      } else {
        // It was not there yet when the other one was read.
        noteWrite(last.began)
      }
    }
    noteRhythm(observation)
    last = (observation.began, observation.transaction, committedBy)
    return committedBy
  }

  private mutating func noteWrite(_ time: Duration) {
    lastWrite = lastWrite.map { max($0, time) } ?? time
  }

  private mutating func confirm() {
    guard let lastWrite,
      let newest = candidates.last(where: { lastWrite - $0.committedBy >= settling })
    else { return }
    confirmed = newest.checkpoint
    candidates.removeAll { $0.committedBy <= newest.committedBy }
  }

  private mutating func add(_ candidate: Candidate) {
    // The same content in a later transaction, as an idle receiver commits it, confirms as much.
    if candidates.last?.checkpoint.content == candidate.checkpoint.content { return }
    if candidates.count > 1 { candidates.removeLast() }
    candidates.append(candidate)
  }

  private mutating func noteRhythm(_ observation: Observation) {
    guard let lastChange else {
      self.lastChange = (observation.ended, observation.transaction)
      return
    }
    guard observation.transaction != lastChange.transaction else { return }
    self.lastChange = (observation.ended, observation.transaction)
    // Less after a database was begun anew.
    guard observation.transaction > lastChange.transaction else { return }
    let commits = min(observation.transaction - lastChange.transaction, 1 << 31)
    rhythm = (observation.ended - lastChange.at) / Int(commits)
  }
}
