internal import FilelogContract
internal import FilelogJSON
internal import FilelogSystemCalls
internal import OffsetSync

/// One node in virtual time: its log files and the DaemonSet's pod on it.
final class VirtualNode: FleetNode {
  let name: String
  /// Counts the nodes from 0; those that joined later go on counting.
  let index: Int
  private(set) var pod: VirtualPod?
  private(set) var files: [VirtualLogFile] = []
  private(set) var podGenerations = 0
  private(set) var complaints: [String: (count: Int, first: String)] = [:]
  /// Whether it is still part of the cluster.
  var isPresent = true

  private let context: Context
  private var random: SeededRandom
  private var begun = 0
  /// The files that are being written, by application.
  private var current: [VirtualLogFile] = []
  /// Its `/var/log/pods`.
  private let logs = VirtualDirectory()
  /// How often the machine was started.
  private var boots = 1
  /// The offsets directory of the last pod.
  private var directory = ""

  /// What every node of a simulation shares.
  struct Context {
    let pods: VirtualPod.Context
    let applied: AppliedRelease
    /// Whether new pods are of the version before.
    let isVersionBefore: () -> Bool
    /// Reads a config map or secret of the pods' namespace.
    let object: (_ kind: String, _ name: String) throws -> JSONValue?
    let report: (VirtualNode, VirtualPod.Event) -> Void
  }

  init(
    _ name: String, index: Int, context: Context, random: SeededRandom
  ) {
    self.name = name
    self.index = index
    self.context = context
    self.random = random
  }

  private var time: VirtualTime { context.pods.time }
  private var options: SimulationOptions { context.pods.options }
  private var api: ClusterAPI { context.pods.api.api }

  var applicationCount: Int { current.count }

  func addApplication() {
    let namespaces = SimulationOptions.applicationNamespaces
    let pod = "app-\(begun)-\(random.word(5))"
    let directory = "\(namespaces[begun % namespaces.count])_\(pod)_\(random.uuid())"
    let styles = VirtualLogFile.Style.allCases
    current.append(begin("\(directory)/main", styles[current.count % styles.count]))
  }

  func rotateLog(of application: Int) {
    let file = current[application]
    // A collector that runs would miss a file that comes and goes between two of its looks, which no
    // restart has part in.
    guard file.ended == nil, file.lines(at: time.now) > 0,
      case .directory(let directory) = logs[file.place],
      pod?.collector?.hasSeen(file, time.now) ?? true
    else { return }
    // As KubeletRotation does on a disk.
    let rotated = directory.entries.keys.filter { $0 != file.name }.sorted()
    let excess = rotated.prefix(max(0, rotated.count - (KubeletRotation.mostFiles - 2)))
    for name in excess {
      guard case .log(let old) = directory.entries[name] else { continue }
      let read = pod?.collector?.arrived(of: old, time.now) ?? 0..<0
      guard old.missingCount(in: 0..<old.lines(at: time.now)) == old.missingCount(in: read) else {
        return
      }
    }
    for name in excess { directory.entries[name] = nil }
    for name in rotated.dropFirst(excess.count) {
      guard case .log(let old) = directory.entries[name], !old.isPacked else { continue }
      directory.entries[name] = nil
      old.pack(at: time.now)
      directory.entries[old.name] = .log(old)
    }
    file.rotate(at: time.now, after: rotated.last)
    directory.entries[file.name] = .log(file)
    current[application] = begin(file.place, file.style)
  }

  /// Applications write from their beginning; none begins again.
  func setApplications(running: Bool) {
    guard !running else { return }
    for file in files where file.ended == nil { file.end(at: time.now) }
  }

  private func begin(_ place: String, _ style: VirtualLogFile.Style) -> VirtualLogFile {
    let identity = RecordIdentity.File(node: name, number: begun)
    begun += 1
    let rate = options.rate / Double(max(1, options.applications))
    let file = VirtualLogFile(
      identity, place: place, style: style, created: time.now,
      rate: style == .dots ? min(1, rate) : rate, random: &random)
    files.append(file)
    let parts = place.split(separator: "/").map { String($0) }
    parts.reduce(logs) { $0.directory($1) }.entries[file.name] = .log(file)
    pod?.collector?.add(file)
    return file
  }

  /// Starts the next pod, with an empty volume.
  func startPod() throws {
    let template = try context.applied.template()
    let release = context.applied.release
    var spec = template.spec
    spec["nodeName"] = .string(self.name)
    let namespace = release.namespace
    // Of thousands of pods two draw the same name.
    for _ in 0..<10 {
      let name = "\(release.daemonSet)-\(random.word(5))"
      let created = try api.create([
        "apiVersion": "v1", "kind": "Pod",
        "metadata": [
          "name": .string(name), "namespace": .string(namespace),
          "labels": .object(template.labels.mapValues { .string($0) }),
          "annotations": .object(template.annotations.mapValues { .string($0) }),
        ],
        "spec": spec,
      ])
      guard let uid = created?["metadata"]?["uid"]?.string else { continue }
      return try start(
        PodIdentity(
          name: name, namespace: namespace, uid: uid, node: self.name,
          serviceAccount: template.serviceAccount, labels: template.labels,
          annotations: template.annotations), template, volumes: nil)
    }
    throw SimulationError(
      "\(release.daemonSet): every name that was drawn for a pod exists already")
  }

  func restartPod() throws {
    guard let pod else { return }
    try start(pod.identity, try context.applied.template(), volumes: pod.volumes)
  }

  func databases() -> [String: [UInt8]] {
    guard let volume = pod?.volumes.offsets else { return [:] }
    volume.beforeLook()
    return volume.files.filter { $0.key.hasPrefix("receiver_") }.mapValues(\.bytes)
  }

  func losePower(_ earlier: [String: [UInt8]], random: inout SeededRandom) {
    boots += 1
    for (name, bytes) in databases().sorted(by: { $0.key < $1.key }) {
      guard let old = earlier[name] else { continue }
      pod?.volumes.offsets.file(name).bytes = PowerCut.torn(bytes, earlier: old, random: &random)
    }
  }

  func compactDatabases() throws {
    for (name, bytes) in databases() {
      pod?.volumes.offsets.file(name).bytes = try CompactedDatabase.bytes(bytes)
    }
  }

  func makeSparseFiles() {
    for name in SparseFile.names {
      pod?.volumes.offsets.file(name).sparseLength = SparseFile.length
    }
  }

  func damageStored(_ damage: Step.StoredDamage, turn: Int) throws {
    let store = try context.applied.template().store(
      of: name, namespace: context.applied.release.namespace, client: api.client,
      directory: directory, context.object)
    try damage.replace(in: store, turn: turn, directory: directory)
  }

  func terminatePod(grace: Duration) { pod?.terminate(grace: grace) }

  func killPod() { pod?.kill() }

  func crash(_ crash: Step.Crash, downFor time: Duration?) {
    switch crash {
    case .sync: pod?.crashSync()
    case .collector, .collectorBackoff: pod?.restartCollector(after: time)
    }
  }

  var collectorTransaction: UInt64? { nil }

  var isPodReady: Bool { pod?.isReady ?? false }

  var hasPodEnded: Bool { pod.map { $0.phase == .ended } ?? true }

  /// Takes a pod that has ended out of the cluster.
  func removePod() throws {
    guard let pod else { return }
    try api.delete("Pod", pod.identity.name, namespace: pod.identity.namespace)
    self.pod = nil
  }

  /// Does what the kubelet does before a token expires.
  func renewToken() throws {
    guard let pod else { return }
    pod.token = try token(pod.identity)
  }

  private func token(_ identity: PodIdentity) throws -> String {
    try api.token(
      serviceAccount: identity.serviceAccount, namespace: identity.namespace,
      podName: identity.name, podUID: identity.uid)
  }

  private func start(
    _ identity: PodIdentity, _ template: PodTemplate, volumes: VirtualPod.Volumes?
  ) throws {
    podGenerations += 1
    var settings = try template.settings(identity, context.object)
    if let interval = options.intervalOverride { settings.interval = interval }
    let isVersionBefore = context.isVersionBefore()
    if isVersionBefore { settings.rotatedLogs = nil }
    pod = VirtualPod(
      identity,
      node: VirtualPod.Node(
        index: index, logs: logs, files: { [unowned self] in current },
        bootID: { [unowned self] in "\(name)-\(boots)" }),
      settings: settings, isVersionBefore: isVersionBefore, token: try token(identity),
      volumes: volumes ?? .init(offsets: MemoryDirectory(path: settings.directory)),
      context: context.pods, random: random.branch(),
      report: { [unowned self] in note($0) })
    directory = settings.directory
  }

  private func note(_ event: VirtualPod.Event) {
    if case .complaint(let container, let text) = event {
      complaints[container, default: (0, text)].count += 1
    }
    context.report(self, event)
  }
}
