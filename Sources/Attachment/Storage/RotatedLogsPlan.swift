internal import FilelogContract
internal import FilelogJSON

/// Which receivers read rotated files through links that the init container makes, and what has to
/// change for it. A receiver without a plan reads none, as before.
struct RotatedLogsPlan: Hashable, Sendable {
  /// What a receiver's settings get.
  struct Receiver: Hashable, Sendable {
    let id: String
    /// The whole lists, since lists are replaced in a merge.
    let include: [JSONValue]
    /// Empty: as it is.
    let exclude: [JSONValue]
    /// The patterns among these that are new.
    let addedIncludes: [JSONValue]
    let addedExcludes: [JSONValue]
    let setsCompression: Bool

    /// What a collector merges over its own settings.
    var settings: [String: JSONValue] {
      var settings: [String: JSONValue] = ["include": .array(include)]
      if !addedExcludes.isEmpty { settings["exclude"] = .array(exclude) }
      if setsCompression { settings["compression"] = Self.compression }
      return settings
    }

    /// What tells packed files from others.
    static let compression: JSONValue = "auto"
  }

  /// Sorted by id; empty: no links.
  let receivers: [Receiver]
  /// The collector's mounts of log files, for our containers.
  let logMounts: [JSONValue]

  static let none = RotatedLogsPlan(receivers: [], logMounts: [])
}

/// Decides on a ``RotatedLogsPlan``.
struct RotatedLogsDecision {
  let workload: Workload
  let config: CollectorConfig
  let options: AttachOptions
  /// What `--set` sets.
  let settings: [CollectorFlags.Setting]
  /// What keeps receivers from following rotated files, with the receivers.
  private var reasons: [(reason: AttachMessage, receivers: [String])] = []

  init(
    _ workload: Workload, _ config: CollectorConfig, _ options: AttachOptions,
    settings: [CollectorFlags.Setting]
  ) {
    self.workload = workload
    self.config = config
    self.options = options
    self.settings = settings
  }

  /// What rotated files cost where they are not followed.
  var notes: [AttachMessage] {
    reasons.map { reason, receivers in
      "\(receivers.joined(separator: ", ")): lines of files that are rotated while no collector runs are "
        + "not read (\(reason))"
    }
  }

  /// - Parameter receivers: those whose offsets are carried.
  mutating func decide(_ receivers: [CollectorConfig.Receiver]) -> RotatedLogsPlan {
    let mounts = logMounts
    var extended: [RotatedLogsPlan.Receiver] = []
    for receiver in receivers {
      guard let include = receiver.settings["include"]?.array else {
        note("its include is not a plain list", receiver)
        continue
      }
      // Whatever else a pattern ends in matches rotated files by itself.
      let live = include.compactMap(\.string).filter { $0.hasSuffix(".log") }
      guard !live.isEmpty else { continue }
      do throws(Obstacle) {
        extended.append(try plan(receiver, include, live, mounts))
        let others = live.filter { Self.belowPods($0) == nil }
        if !others.isEmpty {
          note("\(others[0]) is not below \(Contract.LogDirectory.pods)", receiver)
        }
      } catch {
        note(error.reason, receiver)
      }
    }
    guard !extended.isEmpty else { return .none }
    return RotatedLogsPlan(receivers: extended, logMounts: mounts)
  }

  private struct Obstacle: Error {
    let reason: AttachMessage
    init(_ reason: AttachMessage) { self.reason = reason }
  }

  private mutating func note(_ reason: AttachMessage, _ receiver: CollectorConfig.Receiver) {
    if let index = reasons.firstIndex(where: { $0.reason == reason }) {
      reasons[index].receivers.append(receiver.id)
    } else {
      reasons.append((reason, [receiver.id]))
    }
  }

  // MARK: One receiver

  private func plan(
    _ receiver: CollectorConfig.Receiver, _ include: [JSONValue], _ live: [String],
    _ mounts: [JSONValue]
  ) throws(Obstacle) -> RotatedLogsPlan.Receiver {
    guard options.followsRotatedLogs else { throw Obstacle("\(option: .noRotatedLogs)") }
    let added = live.compactMap(Self.belowPods).map(Contract.RotatedLogs.pattern(of:))
    guard !added.isEmpty else {
      throw Obstacle("\(live[0]) is not below \(Contract.LogDirectory.pods)")
    }
    try checkTexts(include)
    try checkVersion()
    try checkSettings(receiver)
    try checkPod(mounts)
    let exclude = try excludes(receiver)
    return RotatedLogsPlan.Receiver(
      id: receiver.id, include: include + added.map(JSONValue.string),
      exclude: exclude.all + exclude.added, addedIncludes: added.map(JSONValue.string),
      addedExcludes: exclude.added,
      setsCompression: receiver.settings["compression"] != RotatedLogsPlan.Receiver.compression)
  }

  private func checkTexts(_ patterns: [JSONValue]) throws(Obstacle) {
    guard patterns.allSatisfy({ $0.string?.contains("$") == false }) else {
      throw Obstacle("its patterns are made from variables")
    }
  }

  /// The rest of a pattern that matches files below ``Contract/LogDirectory/pods``.
  private static func belowPods(_ pattern: String) -> String? {
    let directory = Contract.LogDirectory.pods + "/"
    return pattern.hasPrefix(directory) ? String(pattern.dropFirst(directory.utf8.count)) : nil
  }

  private func checkVersion() throws(Obstacle) {
    let image = workload.collector["image"]?.string ?? ""
    guard let version = options.collectorVersion ?? KnownImage.collectorVersion(image) else {
      throw Obstacle("the collector's version is not known; \(option: .collectorVersion) tells it")
    }
    guard version >= .knowsPackedFiles else {
      throw Obstacle(
        "they need compression: auto of collector \(CollectorVersion.knowsPackedFiles.text), and "
          + "this one is \(version.text)")
    }
  }

  private func checkSettings(_ receiver: CollectorConfig.Receiver) throws(Obstacle) {
    let own = receiver.settings
    for name in ["delete_after_read", "ordering_criteria"] {
      switch own[name] {
      case nil, .null?, false?: continue
      default: throw Obstacle("\(name) is set")
      }
    }
    switch own["compression"] {
    case nil, .null?, "", RotatedLogsPlan.Receiver.compression: break
    default: throw Obstacle("compression is set to something else than auto")
    }
    let prefix = "receivers.\(receiver.id)."
    if let setting = settings.first(where: { ($0.key + ".").hasPrefix(prefix) }) {
      throw Obstacle("--set=\(setting.text) is applied after every configuration")
    }
    let readers: [(name: String, value: JSONValue?)] = [
      ("its operators tell", own["operators"]), ("a processor tells", config.tree["processors"]),
      ("a connector tells", config.tree["connectors"]),
    ]
    if let reader = readers.first(where: { $0.value.map(Self.namesPods) == true }) {
      throw Obstacle(
        "\(reader.name) files by their path below \(Contract.LogDirectory.pods), which links "
          + "do not have")
    }
  }

  /// Whether the directory stands in a text, a regular expression for instance.
  private static func namesPods(_ value: JSONValue) -> Bool {
    switch value {
    case .string(let text):
      text.replacing("\\", with: "").contains(Contract.LogDirectory.pods.dropFirst())
    case .array(let elements): elements.contains(where: namesPods)
    case .object(let members):
      members.contains { namesPods($0.value) || namesPods(.string($0.key)) }
    default: false
    }
  }

  private func checkPod(_ mounts: [JSONValue]) throws(Obstacle) {
    guard !mounts.isEmpty else {
      throw Obstacle(
        "the collector does not see the node's \(Contract.LogDirectory.pods) at the same path")
    }
    guard workload.volume(named: Contract.RotatedLogs.volumeName) == nil,
      workload.mount(holding: Contract.RotatedLogs.mountPath)?.path
        != Contract.RotatedLogs.mountPath
    else {
      throw Obstacle("the pod has a volume for \(Contract.RotatedLogs.mountPath) already")
    }
    if let around = workload.readOnlyMount(around: Contract.RotatedLogs.mountPath) {
      throw Obstacle(
        "\(around.path) is mounted read-only, so that \(Contract.RotatedLogs.mountPath) cannot be made "
          + "within it")
    }
  }

  // MARK: What is left out

  /// A receiver leaves out the links of what it leaves out.
  private func excludes(
    _ receiver: CollectorConfig.Receiver
  ) throws(Obstacle) -> (all: [JSONValue], added: [JSONValue]) {
    guard let value = receiver.settings["exclude"], value != .null else { return ([], []) }
    guard let all = value.array else { throw Obstacle("its exclude is not a plain list") }
    try checkTexts(all)
    var added: [JSONValue] = []
    for pattern in all.compactMap(\.string) {
      if let rest = Self.belowPods(pattern) {
        added.append(.string(Contract.RotatedLogs.pattern(of: rest)))
      } else if !Self.meansTheSameOfLinks(pattern) {
        throw Obstacle("what its exclude \(pattern) means of links cannot be told")
      }
    }
    return (all, added)
  }

  /// Whether a pattern matches a link as it matches the file that it stands for: it matches neither, or
  /// by what lies below the directory alone.
  static func meansTheSameOfLinks(_ pattern: String) -> Bool {
    let wildcards: Set<Character> = ["*", "?", "[", "{", "\\"]
    guard pattern.hasPrefix("**/") else {
      let plain = pattern.prefix { !wildcards.contains($0) }
      // Paths are absolute.
      guard plain.hasPrefix("/") else { return !plain.isEmpty || !pattern.contains("/") }
      let directory = Contract.LogDirectory.pods + "/"
      return !directory.hasPrefix(plain) && !plain.hasPrefix(directory)
    }
    let parts = pattern.dropFirst(3).split(separator: "/", omittingEmptySubsequences: false)
    // Below the directory lie a pod's, a container's, and the file.
    if parts.count <= 3, !parts.contains("**") { return true }
    guard let first = parts.first, first != "**",
      !first.contains(where: { wildcards.contains($0) && $0 != "*" })
    else { return false }
    return !Contract.LogDirectory.pods.split(separator: "/").contains {
      Glob.matches(String($0), String(first))
    }
  }

  // MARK: The pod

  /// The mounts through which the collector sees log files where links lead to; empty when it does not
  /// see those of pods there.
  private var logMounts: [JSONValue] {
    let directories = [Contract.LogDirectory.pods, Contract.LogDirectory.docker]
    let mounts = directories.map(mount(of:))
    guard let pods = mounts[0] else { return [] }
    var all = [pods]
    if let docker = mounts[1], docker != pods { all.append(docker) }
    return all.map { mount in
      var json = mount.json
      json["readOnly"] = true
      return json
    }
  }

  /// The mount that shows a directory of the node at its own path.
  private func mount(of directory: String) -> Workload.Mount? {
    guard let mount = workload.mount(holding: directory), mount.json["subPath"] == nil,
      mount.json["subPathExpr"] == nil,
      let path = workload.volume(named: mount.volume)?["hostPath"]?["path"]?.string
    else { return nil }
    return ContainerPath.clean(path) == mount.path ? mount : nil
  }
}
