internal import Contract
internal import DesiredState
internal import OffsetSync

/// One life of a pod in virtual time: the sidecar's own code for the init and the sync container, and
/// what is left of a collector.
final class VirtualPod {
  /// What the pod's containers need of the world.
  struct World {
    let time: VirtualTime
    let api: InProcessAPI
    let options: SimulationOptions
    /// Whether the sync container is a native sidecar, which is stopped after the collector.
    let isNativeSidecar: Bool
    /// How late the collector reacts to SIGTERM; nil: never.
    var collectorDelay: () -> Duration?
  }

  enum Phase: Equatable {
    case initializing
    case running(since: Duration)
    case stopping
    case ended
  }

  let identity: PodIdentity
  let folder: MemoryFolder
  private(set) var phase = Phase.initializing
  private(set) var collector: VirtualCollector?
  /// The token as the kubelet has written it.
  var token: String

  private let world: World
  private let node: Int
  private let settings: Settings
  private let files: () -> [VirtualLogFile]
  private let report: (Event) -> Void
  private var random: SeededRandom
  private var container: (thread: VirtualThread, surroundings: VirtualSurroundings?)?
  private var restarts = 0
  private var hasSyncEnded = false

  enum Event {
    case ready
    case ended
    case failed(container: String)
    case complaint(container: String, text: String)
    /// Lines that had arrived before arrived again.
    case repeated(Int, since: Duration)
  }

  /// - Parameters:
  ///   - node: counts the nodes from 0.
  ///   - folder: the offsets volume; a kept one after a reboot.
  init(
    _ identity: PodIdentity, node: Int, settings: Settings, token: String, folder: MemoryFolder,
    world: World, files: @escaping () -> [VirtualLogFile], random: SeededRandom,
    report: @escaping (Event) -> Void
  ) {
    self.identity = identity
    self.node = node
    self.settings = settings
    self.token = token
    self.folder = folder
    self.world = world
    self.files = files
    self.random = random
    self.report = report
    folder.beforeLook = { [weak self] in self?.collector?.catchUp(world.time.now) }
    world.time.after(pause(200...600)) { [weak self] in self?.startInit() }
  }

  var isReady: Bool {
    guard case .running(let since) = phase, container != nil, collector != nil else { return false }
    return world.time.now - since >= .milliseconds(500)
  }

  /// SIGTERM to every container, or to the collector first where the sync container is a native
  /// sidecar; whatever is left at the end of the grace period is killed.
  func terminate(grace: Duration) {
    guard phase != .stopping, phase != .ended else { return }
    phase = .stopping
    if collector == nil || !world.isNativeSidecar { container?.surroundings?.requestStop() }
    if let delay = world.collectorDelay() {
      world.time.after(delay + pause(20...80)) { [weak self] in self?.stopCollector() }
    }
    world.time.after(grace) { [weak self] in self?.endGrace() }
    finishIfDone()
  }

  /// Everything dies at once.
  func kill() {
    guard phase != .ended else { return }
    container?.thread.kill()
    container = nil
    crashCollector()
    phase = .ended
    report(.ended)
  }

  /// The sync container dies and comes back.
  func crashSync() {
    guard case .running = phase, let container else { return }
    container.thread.kill()
    self.container = nil
    world.time.after(pause(200...600)) { [weak self] in
      guard let self, case .running = phase else { return }
      startSync()
    }
  }

  /// The collector dies and comes back.
  func restartCollector() {
    guard case .running = phase, collector != nil else { return }
    crashCollector()
    world.time.after(pause(200...600)) { [weak self] in
      guard let self, case .running = phase else { return }
      startCollector()
    }
  }

  /// What the collector has read by now arrives; it goes on.
  func arrived(_ now: Duration) -> Int { collector?.arrived(now) ?? 0 }

  private func pause(_ milliseconds: ClosedRange<Int>) -> Duration {
    .milliseconds(Int.random(in: milliseconds, using: &random))
  }

  private func startInit() {
    guard phase == .initializing else { return finishIfDone() }
    var isDone = false
    run(Contract.ContainerName.initialize) { [settings] store, volume, surroundings, log in
      isDone =
        InitMode(
          settings: settings, store: store, volume: volume, host: surroundings, log: log
        ).run()
    } ended: { [self] in
      container = nil
      guard phase == .initializing else { return finishIfDone() }
      if isDone {
        world.time.after(pause(50...150)) { [weak self] in self?.startContainers() }
      } else {
        report(.failed(container: Contract.ContainerName.initialize))
        // As the kubelet does: from ten seconds to five minutes.
        let delay = min(.seconds(10) * (1 << min(restarts, 5)), .seconds(300))
        restarts += 1
        world.time.after(delay) { [weak self] in self?.startInit() }
      }
    }
  }

  private func startContainers() {
    guard phase == .initializing else { return finishIfDone() }
    phase = .running(since: world.time.now)
    startCollector()
    startSync()
    world.time.after(.milliseconds(500)) { [weak self] in
      guard let self, case .running = phase else { return }
      report(.ready)
    }
  }

  private func startSync() {
    hasSyncEnded = false
    run(Contract.ContainerName.sync) { [settings, world] store, volume, surroundings, log in
      let telemetry = Telemetry(
        environment: [:], container: Contract.ContainerName.sync, log: log, now: world.time.now)
      _ = SyncMode(
        settings: settings, store: store, volume: volume, host: surroundings, log: log,
        telemetry: telemetry
      ).run()
    } ended: { [self] in
      container = nil
      hasSyncEnded = true
      finishIfDone()
    }
  }

  private func startCollector() {
    do {
      collector = try VirtualCollector(at: world.time.now, folder: folder, files: files())
    } catch {
      report(.complaint(container: Contract.ContainerName.collector, text: "\(error)"))
    }
  }

  private func stopCollector() {
    guard phase == .stopping, let collector else { return }
    collector.stop(world.time.now)
    forget(collector)
    if world.isNativeSidecar { container?.surroundings?.requestStop() }
    finishIfDone()
  }

  private func crashCollector() {
    guard let collector else { return }
    collector.kill(world.time.now)
    forget(collector)
  }

  private func forget(_ collector: VirtualCollector) {
    if collector.repeated > 0 { report(.repeated(collector.repeated, since: collector.started)) }
    self.collector = nil
  }

  /// Native sidecars get two seconds of their own.
  private func endGrace() {
    guard phase == .stopping else { return }
    if world.isNativeSidecar, collector != nil {
      crashCollector()
      container?.surroundings?.requestStop()
      world.time.after(.seconds(2)) { [weak self] in self?.kill() }
      return finishIfDone()
    }
    kill()
  }

  private func finishIfDone() {
    guard phase == .stopping, collector == nil, container == nil else { return }
    phase = .ended
    report(.ended)
  }

  /// Runs a container's code on a thread of its own.
  private func run(
    _ name: String,
    _ body: @escaping (any OffsetStore, Volume, any HostEnvironment, Log) -> Void,
    ended: @escaping () -> Void
  ) {
    let random = self.random.branch()
    let clientRandom = self.random.branch()
    let path = settings.directory
    do {
      let thread = try VirtualThread(world.time, ended: ended) { [self] thread in
        let surroundings = VirtualSurroundings(thread, world.time, random: random)
        container?.surroundings = surroundings
        if phase == .stopping { surroundings.requestStop() }
        let client = world.api.client(node: node, on: thread, random: clientRandom) { [self] in
          token
        }
        let calls = folder.calls { thread.isKilled }
        let log = log(of: name, thread)
        do throws(VolumeError) {
          let volume = try Volume(path: path, calls: calls)
          body(
            makeOffsetStore(
              client: client, maps: settings.maps, directory: settings.directory, log: log), volume,
            surroundings, log
          )
        } catch { log.error("\(error)") }
      }
      container = (thread, nil)
    } catch {
      report(.complaint(container: name, text: "\(error)"))
    }
  }

  /// Errors are reported; a dead container says nothing.
  private func log(of name: String, _ thread: VirtualThread) -> Log {
    let time = world.time
    nonisolated(unsafe) let report = report
    return Log(
      threshold: .error,
      clock: { Timestamp(nanoseconds: Int64((InProcessAPI.epoch + time.now / .seconds(1)) * 1e9)) },
      output: { line in
        guard !thread.isKilled else { return }
        report(
          .complaint(
            container: name, text: SidecarComplaints.text(ofLine: line) ?? "an unreadable line"))
      })
  }
}
