internal import FilelogContract
internal import FilelogSystemCalls
internal import FilelogText
internal import OffsetSync

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
  let volumes: Volumes
  private(set) var phase = Phase.initializing
  private(set) var collector: VirtualCollector?
  /// The token as the kubelet has written it.
  var token: String

  private let context: Context
  private let settings: Settings
  private let isVersionBefore: Bool
  private let node: Node
  private let report: (Event) -> Void
  private var random: SeededRandom
  private var container: (thread: VirtualThread, host: VirtualHostEnvironment?)?
  private var restarts = 0
  private var hasSyncEnded = false

  /// What ends with the pod.
  struct Volumes {
    let offsets: MemoryDirectory
    /// Links to rotated logs.
    let links = VirtualDirectory()
  }

  /// What the pod finds on its node.
  struct Node {
    /// Counts the nodes from 0.
    let index: Int
    let logs: VirtualDirectory
    /// The log files that are written.
    let files: () -> [VirtualLogFile]
    /// Tells one start of the machine from the next.
    let bootID: () -> String
  }

  enum Event {
    case ready
    case ended
    case failed(container: String)
    case complaint(container: String, text: String)
    /// Lines that had arrived before arrived again.
    case repeated(Int, since: Duration)
  }

  /// - Parameters:
  ///   - volumes: kept ones after a reboot.
  init(
    _ identity: PodIdentity, node: Node, settings: Settings, isVersionBefore: Bool, token: String,
    volumes: Volumes,
    context: Context, random: SeededRandom,
    report: @escaping (Event) -> Void
  ) {
    self.identity = identity
    self.node = node
    self.settings = settings
    self.isVersionBefore = isVersionBefore
    self.token = token
    self.volumes = volumes
    self.context = context
    self.random = random
    self.report = report
    volumes.offsets.beforeLook = { [weak self] in self?.collector?.catchUp(context.time.now) }
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
    // The sync container comes first in either form of the pod.
    startSync()
    context.time.after(pause(50...1500)) { [weak self] in
      guard let self, case .running = phase, collector == nil else { return }
      startCollector()
    }
    context.time.after(.milliseconds(1600)) { [weak self] in
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
      let collector = try VirtualCollector(
        at: context.time.now, directory: volumes.offsets, logs: node.logs, links: volumes.links)
      self.collector = collector
      context.time.after(VirtualCollector.pollInterval) { [node] in collector.begin(node.files()) }
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
    collector.beginStop(context.time.now)
    // On a machine that others use the last commit may come long after the last look.
    let delay = Bool.random(using: &random) ? pause(0...3000) : .zero
    context.time.after(delay) { [weak self] in self?.stopCollector(collector) }
  }

  private func stopCollector(_ stopping: VirtualCollector) {
    guard phase == .stopping, let collector, collector === stopping else { return }
    // What waits for its end is sent a second after it came, at the latest.
    let pause = collector.stop(context.time.now) ? pause(0...1000) : .zero
    context.time.after(pause) { [weak self] in self?.closeCollector(collector) }
  }

  private func closeCollector(_ stopped: VirtualCollector) {
    guard phase == .stopping, let collector, collector === stopped else { return }
    collector.close()
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
    do {
      let thread = try VirtualThread(context.time, ended: ended) { [self] thread in
        let host = VirtualHostEnvironment(
          thread, context.time, random: random, bootID: node.bootID())
        container?.host = host
        if phase == .stopping { host.requestStop() }
        let client = context.api.client(node: node.index, on: thread, random: clientRandom) {
          [self] in
          token
        }
        let disk = VirtualDisk(
          context.time, offsets: volumes.offsets, logs: node.logs,
          links: settings.rotatedLogs.map { ($0.links, volumes.links) })
        let calls = disk.calls { thread.isKilled }
        let log = log(of: name, thread)
        do throws(VolumeError) {
          let volume = try Volume(path: settings.directory, calls: calls)
          let store = makeOffsetStore(
            client: client, maps: settings.maps, directory: settings.directory, log: log)
          body(
            isVersionBefore
              ? VersionBeforeStore(store, directory: settings.directory) : store, volume, host, log)
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
      clock: { Timestamp(nanoseconds: Int64((VirtualTime.epoch + time.now) / .nanoseconds(1))) },
      output: { line in
        guard !thread.isKilled else { return }
        report(
          .complaint(
            container: name, text: SidecarComplaints.text(ofLine: line) ?? "an unreadable line"))
      })
  }
}
