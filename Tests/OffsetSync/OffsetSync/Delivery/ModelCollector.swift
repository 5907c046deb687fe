/// A receiver that delivers synchronously, its backend and its database, reduced to what can go
/// wrong. It knows nothing of the code under test, only what was measured of a real collector:
/// a poll ends when its record is delivered and commits then; a receiver that is asked to stop
/// drops the record it is delivering, commits its offset nevertheless, commits twice more, and lets
/// go of the lock at once, or a second later, or never, while unfinished lines wait for a backend.
struct ModelCollector {
  enum Event: CaseIterable {
    /// The next record is read, and its delivery begun.
    case beginPoll
    /// It is delivered; the poll commits.
    case endPoll
    /// A poll that finds nothing to read commits too.
    case idlePoll
    case backendFails
    case backendRecovers
    /// SIGTERM to the collector.
    case terminate
    /// The next thing that a stopping receiver does.
    case stopStep
    /// SIGKILL: at the deadline, or the node loses power.
    case kill
    /// The container is started again where it was killed.
    case restart
    /// The sidecar reads the database; then it asks for its age; then it knows.
    case read
    case ask
    case endScan
    /// The sidecar reads the meta pages alone, and asks for the age.
    case peek
    /// Longer than the other events take.
    case pause
  }

  private enum Phase: Equatable {
    case idle
    case delivering
    /// So many commits are left before the lock is released.
    case stopping(commits: Int)
    case stopped
    case killed
  }

  /// What the sidecar sees of the database.
  struct Sighting {
    var began: Int
    var ended: Int
    var transaction: UInt64
    var offset: Int
    var age: Int
    var isHeld: Bool
    fileprivate(set) var isAsked = false
  }

  /// Milliseconds.
  private(set) var now = 0
  private(set) var transaction: UInt64 = 2
  /// The offset in the database: records 1 to this one are passed.
  private(set) var committed = 0
  /// Records 1 to this one were delivered.
  private(set) var delivered = 0
  private(set) var isHeld = true
  private(set) var lastWrite = 0
  /// What the sidecar has read in a scan that has not ended.
  private(set) var scan: Sighting?
  private var offset = 0
  private var isBackendUp = true
  private var phase = Phase.idle
  private var hasCommittedInStop = false
  private let pause: Int

  /// - Parameter pause: milliseconds.
  init(pause: Int) { self.pause = pause }

  /// A scan that nothing comes in between of.
  static let scan: [Event] = [.read, .ask, .endScan]

  /// What a peek sees now.
  var sighting: Sighting {
    Sighting(
      began: now, ended: now, transaction: transaction, offset: committed, age: now - lastWrite,
      isHeld: isHeld)
  }

  func allows(_ event: Event) -> Bool {
    switch event {
    case .beginPoll, .idlePoll: phase == .idle
    case .endPoll: phase == .delivering && isBackendUp
    case .backendFails: isBackendUp
    case .backendRecovers: !isBackendUp
    case .terminate: phase == .idle || phase == .delivering
    case .stopStep: if case .stopping = phase { true } else { false }
    case .kill: phase != .stopped && phase != .killed
    case .restart: phase == .killed && !hasCommittedInStop
    case .read, .peek: scan == nil
    case .ask: scan?.isAsked == false
    case .endScan: scan?.isAsked == true
    // A process may get no processor between any two things that it does.
    case .pause: true
    }
  }

  mutating func play(_ event: Event) {
    now += event == .pause ? pause : 2
    switch event {
    case .beginPoll: phase = .delivering
    case .endPoll:
      if delivered == offset { delivered += 1 }
      offset += 1
      commit()
      phase = .idle
    case .idlePoll: commit()
    case .backendFails: isBackendUp = false
    case .backendRecovers: isBackendUp = true
    case .terminate:
      // The record in flight is dropped, its offset kept; the interrupted poll commits, and so may
      // one more, since the next tick has come meanwhile.
      let isInterrupted = phase == .delivering
      if isInterrupted { offset += 1 }
      phase = .stopping(commits: isInterrupted ? 3 : 1)
    case .stopStep: stop()
    case .kill:
      phase = .killed
      isHeld = false
    case .restart:
      phase = .idle
      isHeld = true
      offset = committed
      commit()
    case .read: scan = sighting
    case .ask:
      scan?.age = now - lastWrite
      scan?.isHeld = isHeld
      scan?.isAsked = true
    case .endScan: scan = nil
    case .peek, .pause: break
    }
  }

  private mutating func stop() {
    guard case .stopping(let commits) = phase else { return }
    if commits > 0 {
      hasCommittedInStop = true
      commit()
      phase = .stopping(commits: commits - 1)
    } else {
      isHeld = false
      phase = .stopped
    }
  }

  private mutating func commit() {
    transaction += 1
    committed = offset
    lastWrite = now
  }
}
