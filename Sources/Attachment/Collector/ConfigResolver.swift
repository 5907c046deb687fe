internal import DesiredState
internal import FilelogJSON
internal import FilelogYAML

/// Finds out which configuration a collector in a DaemonSet runs with, or why that cannot be known.
struct ConfigResolver {
  let workload: Workload
  let objects: ClusterObjects
  /// What the user says the configuration is, in place of everything else.
  let given: [InputFile]

  /// What a collector runs with.
  struct Resolution {
    var config: JSONValue
    /// The flags that have to be written besides a new one, because new `args` take the place of the
    /// image's own.
    var restatedFlags: [String] = []
    /// What `--set` sets, and is in ``config`` already.
    var settings: [CollectorFlags.Setting] = []
    /// What ``config`` is merged from, in order; empty where the user gave the configuration.
    var sources: [Source] = []
  }

  /// One `--config`, or `--set`.
  struct Source {
    let tree: JSONValue
    /// Where it is a file of a ConfigMap or a Secret.
    var file: MountedFile.Found?
  }

  func resolve() throws(Refused) -> Resolution {
    let command = words("command")
    let arguments = words("args")
    try refuseShells(command, arguments)
    let image = KnownImage.find(workload.collector["image"]?.string ?? "")
    if image?.isSupervisor == true
      || (command ?? []).contains(where: { $0.hasSuffix("opampsupervisor") })
    {
      throw Refused(
        field("command"),
        "an OpAMP supervisor assembles the configuration while it runs; add storage and extension "
          + "to the supervisor's own configuration, or run the collector without a supervisor")
    }
    let flags = CollectorFlags((command ?? []).dropFirst() + (arguments ?? []))
    var resolution = Resolution(config: [:], settings: flags.settings)
    var locations = flags.configurations
    if locations.isEmpty, command == nil, arguments == nil, let path = image?.defaultConfig {
      resolution.restatedFlags = ["--config=\(path)"]
      locations = [path]
    }
    let sources: [Source]
    if !given.isEmpty, !locations.isEmpty || command != nil || arguments != nil {
      sources = try given.map { (file) throws(Refused) in
        Source(tree: try parse(file.bytes, file.name))
      }
    } else if locations.isEmpty {
      throw Refused(
        field("args"),
        "no --config is given, and the image's own is not known; state it, --config=FILE in args")
    } else {
      sources = try locations.map { (location) throws(Refused) in try read(location) }
    }
    let settings = try flags.settings.map { (setting) throws(Refused) in
      Source(tree: try parse(setting))
    }
    resolution.sources = sources + settings
    resolution.config = CollectorConfig.merge(resolution.sources.map(\.tree))
    return resolution
  }

  /// Whether the command line is one of a collector at all.
  var flags: CollectorFlags {
    CollectorFlags((words("command") ?? []).dropFirst() + (words("args") ?? []))
  }

  private func words(_ member: String) -> [String]? {
    guard let words = workload.collector[member]?.array, !words.isEmpty else { return nil }
    return words.map { $0.string ?? "" }
  }

  private func refuseShells(_ command: [String]?, _ arguments: [String]?) throws(Refused) {
    let all = (command ?? []) + (arguments ?? [])
    let program = command?.first?.split(separator: "/").last.map(String.init) ?? ""
    guard
      ["sh", "bash", "ash", "dash", "busybox", "cmd", "powershell", "pwsh"].contains(program)
        || (all.contains("-c") && all.contains { $0.contains("otelcol") && $0.contains(" ") })
    else { return }
    throw Refused(
      field("command"),
      "the collector is started through a shell (\(program)); start it directly, with its flags in "
        + "args")
  }

  private func field(_ member: String) -> String { (workload.collectorPath + [.key(member)]).text }

  // MARK: Reading

  private func read(_ text: String) throws(Refused) -> Source {
    // A variable within a configuration matters only where it tells what runs.
    if case .inline(let yaml) = ConfigLocation(text) { return try inline(yaml) }
    guard let text = variables.expand(text) else {
      throw Refused(
        field("args"),
        "--config=\(text) names a variable whose value is not in the manifest; write the path out, "
          + "or give the configuration with \(option: .configuration)")
    }
    let location = ConfigLocation(text)
    if case .inline(let yaml) = location { return try inline(yaml) }
    guard !text.contains("${") else {
      throw Refused(
        field("args"),
        "--config=\(text) has a variable, and the collector knows none in the place of a configuration; "
          + "write it out")
    }
    switch location {
    case .inline(let yaml): return try inline(yaml)
    case .variable(let text):
      // `NAME:-what it is where the variable is not set`, which the image may do.
      let name = text.firstRange(of: ":-").map { String(text[..<$0.lowerBound]) } ?? text
      return Source(tree: try parse(try variable(name), "the variable \(name)"))
    case .remote(let scheme):
      throw Refused(
        field("args"),
        "the configuration comes over the network (\(scheme):); give a copy of it with "
          + "\(option: .configuration)"
      )
    case .file(let path):
      let file = try MountedFile(workload, objects, field("volumeMounts")).find(path)
      return Source(tree: try parse(file.bytes, file.place), file: file)
    }
  }

  private func inline(_ yaml: String) throws(Refused) -> Source {
    let text = variables.expandForCollector(yaml)
    return Source(tree: try parse(Array(text.utf8), "--config=yaml:"))
  }

  private var variables: ContainerVariables { ContainerVariables(workload, objects) }

  private func variable(_ name: String) throws(Refused) -> [UInt8] {
    switch variables[name] {
    case .text(let text): return Array(text.utf8)
    case .absent(let source):
      throw Refused(
        field("env"),
        "the configuration is in \(name), which comes from \(source), and that is not in the input; "
          + "add it, or give the configuration with \(option: .configuration)")
    case .unknown, .unset:
      throw Refused(
        field("env"),
        "the configuration is in \(name), whose value is not in the manifest; give the configuration "
          + "with \(option: .configuration)")
    }
  }

  private func parse(_ bytes: [UInt8], _ place: String) throws(Refused) -> JSONValue {
    do {
      let documents = try YAML.parse(bytes, file: place)
      return try CollectorConfig.expandKeys(documents.first?.value ?? [:])
    } catch let error as YAMLError {
      throw Refused("", "the collector's configuration: \(error)")
    } catch {
      throw Refused("", "\(place): the collector's configuration is not a mapping")
    }
  }

  /// A configuration of a resource, with what its `args` set after it.
  func resolution(of config: JSONValue) throws(Refused) -> Resolution {
    let settings = [workload.collector["args"]?["set"]?.string].compactMap { $0 }
      .map(CollectorFlags.Setting.init)
    let values = try settings.map { (setting) throws(Refused) in try parse(setting) }
    return Resolution(
      config: values.reduce(config) { CollectorConfig.merge($1, over: $0) }, settings: settings)
  }

  private func parse(_ setting: CollectorFlags.Setting) throws(Refused) -> JSONValue {
    do {
      let value = try YAML.parse(Array(setting.value.utf8), file: "--set").first?.value ?? .null
      let key = setting.key.split(separator: ".").joined(separator: "::")
      return try CollectorConfig.expandKeys([key: value])
    } catch {
      throw Refused(field("args"), "--set=\(setting.text): \(error)")
    }
  }
}
