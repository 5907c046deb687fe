internal import Contract
internal import OffsetSync
internal import SystemCalls
internal import Text

/// One life of a pod in virtual time: the sidecar's own code for the init and the sync container, and
/// what is left of a collector.
final class VirtualPod {
  /// What the pods of a simulation share.
  struct Context {
    let time: VirtualTime
    let api: InProcessAPI
    let options: SimulationOptions
    /// Whether the sync container is a native sidecar, which is stopped after the collector.
    let isNativeSidecar: Bool
  }

  enum Phase: Equatable {
    case initializing
    case running(since: Duration)
    case stopping
    case ended
  }

  let identity: PodIdentity
  let directory: MemoryDirectory
  private(set) var phase = Phase.initializing
  private(set) var collector: VirtualCollector?
  /// The token as the kubelet has written it.
  var token: String

  private let context: Context
  private let node: Int
  private let settings: Settings
  private let files: () -> [VirtualLogFile]
  private let report: (Event) -> Void
  private var random: SeededRandom
  private var container: (thread: VirtualThread, host: VirtualHostEnvironment?)?
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
  ///   - directory: the offsets volume; a kept one after a reboot.
  init(
    _ identity: PodIdentity, node: Int, settings: Settings, token: String,
    directory: MemoryDirectory,
    context: Context, files: @escaping () -> [VirtualLogFile], random: SeededRandom,
    report: @escaping (Event) -> Void
  ) {
    self.identity = identity
    self.node = node
    self.settings = settings
    self.token = token
    self.directory = directory
    self.context = context
    self.files = files
    self.random = random
    self.report = report
    directory.beforeLook = { [weak self] in self?.collector?.catchUp(context.time.now) }
    context.time.after(pause(200...600)) { [weak self] in self?.startInit() }
  }

  var isReady: Bool {
    guard case .running(let since) = phase, container != nil, collector != nil else { return false }
    return context.time.now - since >= .milliseconds(500)
  }

  /// SIGTERM to every container, or to the collector first where the sync container is a native
  /// sidecar; whatever is left at the end of the grace period is killed.
  func terminate(grace: Duration) {
    guard phase != .stopping, phase != .ended else { return }
    phase = .stopping
    if collector == nil || !context.isNativeSidecar { container?.host?.requestStop() }
    if let delay = context.options.collectorDelay {
      context.time.after(delay + pause(20...80)) { [weak self] in self?.stopCollector() }
    }
    context.time.after(grace) { [weak self] in self?.endGrace() }
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
    context.time.after(pause(200...600)) { [weak self] in
      guard let self, case .running = phase else { return }
      startSync()
    }
  }

  /// The collector dies and comes back.
  /// - Parameter time: how long that takes, as after many crashes; nil: a moment.
  func restartCollector(after time: Duration?) {
    guard case .running = phase, collector != nil else { return }
    crashCollector()
    context.time.after(time ?? pause(200...600)) { [weak self] in
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
    run(Contract.ContainerName.initialize) { [settings] store, volume, host, log in
      isDone =
        InitMode(
          settings: settings, store: store, volume: volume, host: host, log: log
        ).run()
    } ended: { [self] in
      container = nil
      guard phase == .initializing else { return finishIfDone() }
      if isDone {
        context.time.after(pause(50...150)) { [weak self] in self?.startContainers() }
      } else {
        report(.failed(container: Contract.ContainerName.initialize))
        // As the kubelet does: from ten seconds to five minutes.
        let delay = min(.seconds(10) * (1 << min(restarts, 5)), .seconds(300))
        restarts += 1
        context.time.after(delay) { [weak self] in self?.startInit() }
      }
    }
  }

  private func startContainers() {
    guard phase == .initializing else { return finishIfDone() }
    phase = .running(since: context.time.now)
    startCollector()
    startSync()
    context.time.after(.milliseconds(500)) { [weak self] in
      guard let self, case .running = phase else { return }
      report(.ready)
    }
  }

  private func startSync() {
    hasSyncEnded = false
    run(Contract.ContainerName.sync) { [settings, context] store, volume, host, log in
      let telemetry = Telemetry(
        environment: [:], container: Contract.ContainerName.sync, log: log, now: context.time.now)
      _ = SyncMode(
        settings: settings, store: store, volume: volume, host: host, log: log,
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
      collector = try VirtualCollector(at: context.time.now, directory: directory, files: files())
    } catch {
      report(.complaint(container: Contract.ContainerName.collector, text: "\(error)"))
      report(.failed(container: Contract.ContainerName.collector))
      context.time.after(.seconds(10)) { [weak self] in
        guard let self, case .running = phase, collector == nil else { return }
        startCollector()
      }
    }
  }

  private func stopCollector() {
    guard phase == .stopping, let collector else { return }
    collector.stop(context.time.now)
    forget(collector)
    if context.isNativeSidecar { container?.host?.requestStop() }
    finishIfDone()
  }

  private func crashCollector() {
    guard let collector else { return }
    collector.kill(context.time.now)
    forget(collector)
  }

  private func forget(_ collector: VirtualCollector) {
    if collector.repeated > 0 { report(.repeated(collector.repeated, since: collector.started)) }
    self.collector = nil
  }

  /// Native sidecars get two seconds of their own.
  private func endGrace() {
    guard phase == .stopping else { return }
    if context.isNativeSidecar, collector != nil {
      crashCollector()
      container?.host?.requestStop()
      context.time.after(.seconds(2)) { [weak self] in self?.kill() }
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
      let thread = try VirtualThread(context.time, ended: ended) { [self] thread in
        let host = VirtualHostEnvironment(thread, context.time, random: random)
        container?.host = host
        if phase == .stopping { host.requestStop() }
        let client = context.api.client(node: node, on: thread, random: clientRandom) { [self] in
          token
        }
        let calls = directory.calls { thread.isKilled }
        let log = log(of: name, thread)
        do throws(VolumeError) {
          let volume = try Volume(path: path, calls: calls)
          body(
            makeOffsetStore(
              client: client, maps: settings.maps, directory: settings.directory, log: log), volume,
            host, log
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
    let time = context.time
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
