/// Which checkpoint of one database is true: holds no offset of a record that was not delivered.
///
/// Where nothing between receiver and backend holds records (`filelogDelivery: atLeastOnce`), a poll
/// ends when its records are delivered, and commits then: a checkpoint is true. But for the last
/// ones: a receiver that stops gives up the delivery it is waiting for, drops those records, and
/// commits their offsets all the same, up to four times within a moment, before it lets go of its
/// database. Such a checkpoint looks like any other. What tells them apart is what follows:
///
/// > A checkpoint is true if the receiver was still seen at work a while after it was committed:
/// > longer than a receiver takes from its first false checkpoint to letting go.
///
/// That holds whatever comes when: an outage that begins or ends before, during or after the stop,
/// signals that reach collector and sidecar in any order, a collector that is killed. A receiver
/// that stood still is the easy case, its checkpoint being old. Time that passes between two looks
/// counts only as far as the looks saw something at both its ends, so that a sidecar that does not
/// get to run proves less, never more.
///
/// Pure: all it knows is what it is told. Times count from some fixed moment and never go back.
struct CheckpointConfirmation<Content: Equatable> {
  /// What one look at the database saw.
  struct Look {
    /// Before the first byte was read.
    let began: Duration
    /// After everything below was asked.
    let ended: Duration
    /// The one in force when the content was read.
    let transaction: UInt64
    let content: Content
    /// How large the content is; what a receiver does while it stops grows with it.
    let bytes: Int
    /// How long ago the file was last written, asked after the content was read; nil when the clock
    /// cannot be trusted.
    let age: Duration?
    /// Whether somebody held the lock, asked after the content was read.
    let isHeld: Bool
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

  /// The newest one that is known to be true; nil while none is.
  private(set) var delivered: Checkpoint?
  /// Newer ones that may still prove true: the oldest and the newest. Others in between would only
  /// cost memory.
  private var candidates: [Candidate] = []
  private var last: (look: Duration, transaction: UInt64)?
  /// The mean time between two commits, as last observed; nil while unknown.
  private(set) var rhythm: Duration?
  private var bytes = 0

  /// A content newer than ``delivered`` was seen, and another look may prove it.
  var hasCandidates: Bool { !candidates.isEmpty }

  /// The files' time stamps are as coarse as the kernel's tick.
  static var ageTolerance: Duration { .milliseconds(10) }

  /// How long after a checkpoint the receiver must be seen at work.
  ///
  /// Measured, from the first false checkpoint to the lock's release (v0.156, on 2 cores, idle and
  /// with 4 to 8 busy loops beside it): 10 files 2 and 15 ms, 200 files 16 and 55 ms, 2,000 files
  /// 220 and 560 ms. Before it stops, a receiver may walk once more through all its files, which
  /// takes no longer than its observed rhythm, and mostly a small part of it.
  var settling: Duration {
    let work = Duration.milliseconds(100) + .nanoseconds(250 * min(bytes, 8 << 20))
    guard let rhythm else { return max(work, .seconds(1)) }
    return min(max(work, rhythm / 2), .seconds(3))
  }

  /// Notes what a look saw.
  /// - Returns: whether the newest content is known to be true now.
  mutating func note(_ look: Look) {
    bytes = look.bytes
    noteRhythm(look)
    let age = look.age.map { max(.zero, $0) }
    // A free lock says nothing of now, but the file was written when it was.
    let atWork = look.isHeld ? look.began : age.map { look.began - $0 }
    let committedBy = look.ended - max(.zero, (age ?? .zero) - Self.ageTolerance)
    add(
      Candidate(
        checkpoint: Checkpoint(transaction: look.transaction, content: look.content),
        committedBy: committedBy))
    if let atWork { prove(atWork) }
    // Who let go has said its last: what is not proven by now never will be.
    if !look.isHeld { candidates = [] }
    if candidates.last?.checkpoint.content == delivered?.content { candidates = [] }
  }

  /// Notes that the lock was found held by somebody, without a look at the content.
  /// - Parameter time: before the lock was asked for.
  mutating func noteHeld(at time: Duration) { prove(time) }

  private mutating func prove(_ atWork: Duration) {
    guard let newest = candidates.last(where: { atWork - $0.committedBy >= settling }) else {
      return
    }
    delivered = newest.checkpoint
    candidates.removeAll { $0.committedBy <= newest.committedBy }
  }

  private mutating func add(_ candidate: Candidate) {
    // The same content in a later transaction, as an idle receiver commits it, proves as much.
    if candidates.last?.checkpoint.content == candidate.checkpoint.content { return }
    if candidates.count > 1 { candidates.removeLast() }
    candidates.append(candidate)
  }

  private mutating func noteRhythm(_ look: Look) {
    defer { last = (look.ended, look.transaction) }
    guard let last, look.transaction > last.transaction else { return }
    rhythm = (look.ended - last.look) / Int(min(look.transaction - last.transaction, 1 << 31))
  }
}
