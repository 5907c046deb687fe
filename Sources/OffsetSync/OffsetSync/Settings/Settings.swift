internal import FilelogCommandLine
public import FilelogContract
internal import FilelogText

/// What the container was started with.
public struct Settings: Sendable {
  /// The environment variables that have no default.
  public static let requiredVariables: [Contract.Variable] = [
    .configMapNamespace, .configMapName, .nodeName, .offsetDirectoryPath,
  ]

  /// Of the config maps.
  public var namespace: String
  /// The name of the map that all nodes share, `<release>-filelogoffsets-cm`; in the other layout,
  /// what the names of maps are made from.
  public var configMap: String
  /// The key in the config map.
  public var node: String
  /// The offsets directory: an absolute path without a slash at its end.
  public var directory: String
  /// How offsets are laid out in config maps.
  public var layout = Contract.OffsetLayout.shared
  /// Where offsets may still lie, and are read from and removed when they were stored anew.
  public var previousLayout: Contract.OffsetLayout?
  /// What marks config maps that the container itself makes as the release's.
  public var configMapLabels: [String: String] = [:]
  /// Between two scans of the directory.
  public var interval: Duration = .seconds(5)
  /// How long after SIGTERM the collector may take to close its databases. Must lie well below the
  /// pod's grace period.
  public var shutdownDeadline: Duration = .seconds(20)
  /// How long init tries to reach the API server.
  public var initDeadline: Duration = .seconds(60)

  /// What the collector does with records that no backend takes.
  public var delivery = Delivery.bestEffort

  /// How the collector of this pod delivers, as the Helm value `filelogDelivery` has it.
  public enum Delivery: String, CaseIterable, Sendable {
    /// Offsets run ahead of delivery, and the newest ones are stored.
    case bestEffort
    /// Offsets wait for delivery, but for those that a receiver stores while it stops: only what is
    /// known to be delivered is stored.
    case atLeastOnce
  }

  /// Where the node's logs are, for containers that follow rotated files; nil for those that do not.
  public var rotatedLogs: RotatedLogPlaces?

  /// Which configuration init extends for the collector; nil: none.
  public var collectorConfiguration: CollectorConfiguration?

  /// Which config maps hold the offsets.
  public var maps: OffsetMaps {
    OffsetMaps(
      namespace: namespace, sharedMap: configMap, node: node, layout: layout,
      previousLayout: previousLayout, labels: configMapLabels)
  }

  /// Settings with the default times; nothing is checked.
  /// - Parameters: see the properties of these names.
  public init(namespace: String, configMap: String, node: String, directory: String) {
    self.namespace = namespace
    self.configMap = configMap
    self.node = node
    self.directory = directory
  }

  /// Reads the container's environment.
  /// - Throws: ``SettingsError`` naming every variable that is missing or wrong.
  public init(environment: [String: String]) throws(SettingsError) {
    var problems: [String] = []
    func required(_ variable: Contract.Variable) -> String {
      let value = environment[variable.rawValue] ?? ""
      if value.isEmpty { problems.append("\(variable.rawValue) is not set") }
      return value
    }
    func duration(_ name: String, _ fallback: Duration) -> Duration {
      guard let text = environment[name], !text.isEmpty else { return fallback }
      guard let duration = Duration(text: text), duration > .zero else {
        problems.append(
          "\(name): invalid duration \"\(text)\" (expected e.g. 250ms, 5s, 2m)")
        return fallback
      }
      return duration
    }
    func layout(_ variable: Contract.Variable) -> Contract.OffsetLayout? {
      guard let text = environment[variable.rawValue], !text.isEmpty else { return nil }
      let layout = Contract.OffsetLayout(rawValue: text)
      if layout == nil {
        problems.append(
          "\(variable.rawValue): unknown layout \"\(text)\" (expected shared or perNode)")
      }
      return layout
    }
    self.init(
      namespace: required(.configMapNamespace), configMap: required(.configMapName),
      node: required(.nodeName), directory: required(.offsetDirectoryPath))
    self.layout = layout(.configMapLayout) ?? .shared
    previousLayout = layout(.configMapPreviousLayout)
    let labelsVariable = Contract.Variable.configMapLabels.rawValue
    let labels = environment[labelsVariable] ?? ""
    if let read = Self.labels(labels) {
      configMapLabels = read
    } else {
      problems.append(
        "\(labelsVariable): invalid labels \"\(labels)\" (expected name=value,name=value)")
    }
    interval = duration(Contract.Variable.syncInterval.rawValue, interval)
    shutdownDeadline = duration(
      Contract.Variable.shutdownDeadline.rawValue, shutdownDeadline)
    initDeadline = duration("INIT_DEADLINE", initDeadline)
    let deliveryVariable = Contract.Variable.delivery.rawValue
    if let text = environment[deliveryVariable], !text.isEmpty {
      if let delivery = Delivery(rawValue: text) {
        self.delivery = delivery
      } else {
        problems.append(
          "\(deliveryVariable): unknown delivery \"\(text)\" (expected bestEffort or atLeastOnce)")
      }
    }
    rotatedLogs = Self.rotatedLogs(environment, &problems)
    let configuration = Contract.Variable.collectorConfiguration.rawValue
    if let text = environment[configuration], !text.isEmpty {
      collectorConfiguration = CollectorConfiguration(text)
      if collectorConfiguration == nil {
        problems.append(
          "\(configuration): not what attach writes (expected from, to, file and additions)"
        )
      }
    }
    if !directory.isEmpty, !directory.hasPrefix("/") {
      problems.append(
        "\(Contract.Variable.offsetDirectoryPath.rawValue): not an absolute path (\"\(directory)\")"
      )
    }
    while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
    guard problems.isEmpty else { throw SettingsError(problems: problems) }
  }

  private static func rotatedLogs(
    _ environment: [String: String], _ problems: inout [String]
  ) -> RotatedLogPlaces? {
    let variables = [Contract.Variable.podLogsPath, .rotatedLogsPath]
    var paths = variables.map { environment[$0.rawValue] ?? "" }
    guard paths.contains(where: { !$0.isEmpty }) else { return nil }
    for (index, path) in paths.enumerated() {
      if path.isEmpty {
        problems.append(
          "\(variables[index].rawValue) is not set (\(variables[1 - index].rawValue) is)")
      } else if !path.hasPrefix("/") {
        problems.append("\(variables[index].rawValue): not an absolute path (\"\(path)\")")
      }
      while paths[index].count > 1, paths[index].hasSuffix("/") { paths[index].removeLast() }
    }
    return RotatedLogPlaces(
      pods: paths[0], docker: Contract.LogDirectory.docker, links: paths[1])
  }

  /// Labels as `name=value,name=value`; neither may hold a comma or an equals sign.
  private static func labels(_ text: String) -> [String: String]? {
    guard !text.isEmpty else { return [:] }
    var labels: [String: String] = [:]
    for label in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = label.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else { return nil }
      guard labels.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
        return nil
      }
    }
    return labels
  }
}

/// An environment that the container cannot work with. The program prints it and exits with 1.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One for each variable that is missing or wrong, in the order in which they are read.
  public let problems: [String]

  public var description: String { "environment: " + problems.joined(separator: "; ") }
}
