internal import Glibc

/// One container of a pod: its process, and what becomes of it.
final class ContainerRun {
  enum State: Equatable {
    case waiting
    case running
    case exited(ChildProcess.Exit)
  }

  let spec: ContainerSpec
  let command: ChildProcess.Command?
  private(set) var state = State.waiting
  private(set) var restarts = 0
  /// The most memory that its processes were seen to take, in bytes; 0 unless ``measuresMemory``.
  private(set) var memoryPeak = 0
  var measuresMemory = false
  private var process: ChildProcess?
  private var restartsAt: ContinuousClock.Instant?
  private var pause = Duration.milliseconds(200)

  /// - Parameter command: nil for a container that has nothing to do: it succeeds at once.
  init(_ spec: ContainerSpec, _ command: ChildProcess.Command?) {
    self.spec = spec
    self.command = command
  }

  deinit { process?.end() }

  func start() throws {
    restartsAt = nil
    guard let command else {
      state = .exited(.code(0))
      return
    }
    process = try ChildProcess(command)
    state = .running
  }

  /// Sees whether the process has ended.
  /// - Returns: true when it just has.
  func update() -> Bool {
    if measuresMemory, let process, state == .running {
      memoryPeak = max(memoryPeak, ContainerMemory.peak(of: process.pid) ?? 0)
    }
    guard state == .running, let exit = process?.poll() else { return false }
    state = .exited(exit)
    return true
  }

  /// Starts it anew after a pause that doubles from a fifth of a second to five, as the kubelet does in
  /// longer steps.
  func restart(now: ContinuousClock.Instant) throws {
    guard case .exited = state else { return }
    if restartsAt == nil {
      restartsAt = now + pause
      pause = min(pause * 2, .seconds(5))
    } else if let restartsAt, now >= restartsAt {
      restarts += 1
      try start()
    }
  }

  /// Lets the next start come not before a moment, as the kubelet does after many crashes.
  func backOff(until moment: ContinuousClock.Instant) { restartsAt = moment }

  func terminate() { process?.signal(SIGTERM) }

  /// Ends it at once.
  func end() {
    process?.end()
    if state == .running { state = .exited(.signal(SIGKILL)) }
  }
}
