internal import CProcesses
internal import Glibc

/// A thread that lives in virtual time: code that blocks, such as the sidecar's loop, runs on it
/// unchanged, and never beside anything else.
///
/// While it runs, the thread that resumed it waits; while it sleeps, all others go on.
final class VirtualThread: @unchecked Sendable {
  /// Why a sleep ended.
  enum Wake { case time, interruption }

  private let time: VirtualTime
  private let body: (VirtualThread) -> Void
  private let ended: () -> Void
  /// Each posted by one side, and awaited by the other.
  private let turn = Semaphore()
  private let yielded = Semaphore()
  private var sleeps = 0
  private(set) var hasEnded = false
  /// From here on it only finds its way out: no time passes for it, and it moves nothing any more.
  private(set) var isKilled = false

  /// Deep enough for parsing and compressing in a debug build; only what is touched takes memory.
  private static let stackSize = 1 << 20

  /// Starts now.
  /// - Parameters:
  ///   - body: what the thread does.
  ///   - ended: called when it is done, not on the thread; not after ``kill()``.
  /// - Throws: ``SimulationError`` when the system has no more threads.
  init(
    _ time: VirtualTime, ended: @escaping () -> Void = {},
    body: @escaping (VirtualThread) -> Void
  ) throws {
    self.time = time
    self.body = body
    self.ended = ended
    try start()
    time.at(time.now) { [self] in resume() }
  }

  /// Prepares the kernel for many threads that wait: it would else look for one to wake in a list of
  /// thousands.
  static func expect(_ count: Int) { shim_expect_waiting_threads(UInt(count)) }

  /// Lets time pass; called on the thread.
  /// - Parameter isInterruptible: whether ``interrupt()`` ends the sleep.
  func sleep(until end: Duration, isInterruptible: Bool = false) -> Wake {
    guard !isKilled else { return .interruption }
    sleeps += 1
    let sleep = sleeps
    canBeInterrupted = isInterruptible
    wake = .time
    time.at(end) { [self] in if sleeps == sleep { resume() } }
    yielded.post()
    turn.wait()
    canBeInterrupted = false
    return isKilled ? .interruption : wake
  }

  private var canBeInterrupted = false
  private var wake = Wake.time

  /// Ends an interruptible sleep.
  /// - Returns: whether the thread was in one.
  func interrupt() -> Bool {
    guard canBeInterrupted, !hasEnded else { return false }
    canBeInterrupted = false
    sleeps += 1
    wake = .interruption
    time.at(time.now) { [self, sleeps] in if self.sleeps == sleeps { resume() } }
    return true
  }

  /// Ends the thread before this returns, wherever it is: every sleep ends at once from now on, and
  /// whatever it asks for is refused.
  func kill() {
    guard !hasEnded else { return }
    isKilled = true
    sleeps += 1
    resume()
    precondition(hasEnded, "a killed thread went to sleep")
  }

  private func resume() {
    guard !hasEnded else { return }
    turn.post()
    yielded.wait()
    if hasEnded, !isKilled { ended() }
  }

  private func run() {
    turn.wait()
    if !isKilled { body(self) }
    hasEnded = true
    yielded.post()
  }

  private func start() throws {
    let own = Unmanaged.passRetained(self)
    let code = shim_start_thread(
      Self.stackSize,
      { argument in
        guard let argument else { return nil }
        Unmanaged<VirtualThread>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, own.toOpaque())
    guard code == 0 else {
      own.release()
      throw SimulationError("a thread cannot be started: \(String(cString: strerror(code)))")
    }
  }
}

/// Hands the turn from one thread to another.
private final class Semaphore: @unchecked Sendable {
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() { sem_init(semaphore, 0, 0) }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func post() { sem_post(semaphore) }

  func wait() { while sem_wait(semaphore) != 0 {} }
}
