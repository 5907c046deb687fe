/// One life of a pod: init containers in order, then all containers together, then their end, as the
/// kubelet does it.
///
/// It does nothing by itself: ``step(now:)`` is called again and again.
final class PodRun {
  enum Phase: Equatable {
    /// Init containers up to this one are done.
    case initializing(Int)
    case running(since: ContinuousClock.Instant)
    /// Containers were asked to stop; `sidecars`: the main ones are gone, native sidecars were asked.
    case stopping(deadline: ContinuousClock.Instant, sidecars: Bool)
    case ended
  }

  enum Event: Equatable {
    case started(container: String)
    case exited(container: String, ChildProcess.Exit, expected: Bool)
  }

  let identity: PodIdentity
  private(set) var phase = Phase.initializing(0)
  private let initContainers: [ContainerRun]
  private let containers: [ContainerRun]
  private let report: (Event) -> Void

  init(
    _ identity: PodIdentity, initContainers: [ContainerRun], containers: [ContainerRun],
    report: @escaping (Event) -> Void
  ) {
    self.identity = identity
    self.initContainers = initContainers
    self.containers = containers
    self.report = report
  }

  /// Whether all containers run and have done so for a while.
  func isReady(now: ContinuousClock.Instant, settledFor time: Duration) -> Bool {
    guard case .running(let since) = phase, now - since >= time else { return false }
    return (containers + sidecars).allSatisfy { $0.state == .running }
  }

  /// Whether a container runs now.
  func isRunning(_ name: String) -> Bool {
    (initContainers + containers).contains { $0.spec.name == name && $0.state == .running }
  }

  /// Containers that failed more often than a simulation should wait for, with the reason.
  func failure() -> (container: String, restarts: Int)? {
    (initContainers + containers).first { $0.restarts >= 5 }.map { ($0.spec.name, $0.restarts) }
  }

  /// Containers that took more memory than they may, as far as that was measured.
  var overLimit: [ContainerRun] {
    (initContainers + containers).filter { $0.memoryPeak > $0.spec.memoryLimit ?? .max }
  }

  /// Goes on with what the phase is about.
  func step(now: ContinuousClock.Instant) throws {
    observe()
    switch phase {
    case .initializing(let index): try initialize(index, now: now)
    case .running:
      for container in containers + sidecars { try restart(container, now: now) }
    case .stopping(let deadline, let areSidecarsAsked):
      stop(deadline: deadline, areSidecarsAsked: areSidecarsAsked, now: now)
    case .ended: break
    }
  }

  /// Asks all containers to stop, native sidecars after the others, and ends at the deadline
  /// whatever is still there.
  func terminate(now: ContinuousClock.Instant, grace: Duration) {
    guard phase != .ended else { return }
    phase = .stopping(deadline: now + grace, sidecars: false)
    for container in containers + initContainers.filter({ !$0.spec.isSidecar }) {
      container.terminate()
    }
  }

  /// Ends everything at once, as a node that loses power does.
  func kill() {
    for container in initContainers + containers { container.end() }
    phase = .ended
  }

  /// Kills one container, which then is started anew.
  /// - Parameter time: how long that takes, as after many crashes; nil: a moment.
  func crash(container name: String, downFor time: Duration? = nil) {
    guard let container = (initContainers + containers).first(where: { $0.spec.name == name })
    else { return }
    container.end()
    if let time { container.backOff(until: .now + time) }
  }

  private var sidecars: [ContainerRun] { initContainers.filter(\.spec.isSidecar) }

  private func observe() {
    for container in initContainers + containers where container.update() {
      guard case .exited(let exit) = container.state else { continue }
      let isStopping = if case .stopping = phase { true } else { false }
      let isDone = initContainers.contains { $0 === container } && !container.spec.isSidecar
      report(
        .exited(
          container: container.spec.name, exit, expected: isStopping || (isDone && exit == .code(0))
        ))
    }
  }

  private func initialize(_ index: Int, now: ContinuousClock.Instant) throws {
    for container in sidecars { try restart(container, now: now) }
    guard index < initContainers.count else {
      for container in containers { try start(container) }
      phase = .running(since: now)
      return
    }
    let container = initContainers[index]
    switch container.state {
    case .waiting: try start(container)
    case .running where container.spec.isSidecar: phase = .initializing(index + 1)
    case .exited(.code(0)) where !container.spec.isSidecar: phase = .initializing(index + 1)
    case .exited: try restart(container, now: now)
    case .running: break
    }
  }

  private func stop(
    deadline: ContinuousClock.Instant, areSidecarsAsked: Bool, now: ContinuousClock.Instant
  ) {
    if now >= deadline {
      // Native sidecars get two seconds of their own, however late the others were.
      if !areSidecarsAsked, isAnyRunning(sidecars) {
        for container in containers { container.end() }
        askSidecars(deadline: now + .seconds(2))
        return
      }
      for container in initContainers + containers { container.end() }
    } else if !areSidecarsAsked, !isAnyRunning(containers), isAnyRunning(sidecars) {
      askSidecars(deadline: deadline)
      return
    }
    if !isAnyRunning(initContainers + containers) {
      observe()
      phase = .ended
    }
  }

  private func askSidecars(deadline: ContinuousClock.Instant) {
    for container in sidecars.reversed() { container.terminate() }
    phase = .stopping(deadline: deadline, sidecars: true)
  }

  private func isAnyRunning(_ containers: [ContainerRun]) -> Bool {
    containers.contains { $0.state == .running }
  }

  private func start(_ container: ContainerRun) throws {
    try container.start()
    if container.state == .running { report(.started(container: container.spec.name)) }
  }

  private func restart(_ container: ContainerRun, now: ContinuousClock.Instant) throws {
    guard case .exited = container.state, container.command != nil else { return }
    try container.restart(now: now)
    if container.state == .running { report(.started(container: container.spec.name)) }
  }
}
