public import FilelogJSON

/// What the stand-in understands of a collector's configuration: every file log receiver in a logs
/// pipeline, where it keeps its offsets, and the OTLP/HTTP exporters at the pipeline's end.
///
/// Everything else in the configuration (processors, other receivers and extensions) is passed over:
/// records go from the receivers straight to the exporters.
public struct CollectorConfiguration: Hashable, Sendable {
  /// One file log receiver of a logs pipeline.
  public struct Receiver: Hashable, Sendable {
    /// As the configuration calls it, `filelog` or `filelog/name`.
    public var id: String
    /// Patterns of paths, as glob(3) takes them.
    public var include: [String]
    /// Patterns of paths that are left out, as fnmatch(3) takes them; `*` stops at a slash.
    public var exclude: [String]
    /// Between two scans of the files, and so between two commits.
    public var pollInterval: Duration
    /// Whether files that are met first are read from their beginning (`start_at: beginning`).
    public var startsAtBeginning: Bool
    /// Whether records carry `log.file.path` (`include_file_path`).
    public var includesFilePath: Bool
    /// Whether records carry `log.file.name` (`include_file_name`).
    public var includesFileName: Bool
    /// Whether lines are taken apart as a container runtime writes them (operator `container`).
    public var parsesContainerLines: Bool
    /// Which files are unpacked (`compression`).
    public var compression = Compression.none
    /// The database that holds its offsets.
    public var databasePath: String
    /// Whether an unsound database is set aside and begun anew (`recreate: true`).
    public var recreatesDatabase: Bool
    /// Where its records go.
    public var exporters: [Exporter]
  }

  /// What becomes of packed files.
  public enum Compression: String, Sendable {
    /// Their bytes are taken for lines.
    case none = ""
    /// They alone are read.
    case gzip
    /// They are unpacked, plain files are read as they are.
    case auto
  }

  /// One OTLP/HTTP exporter.
  public struct Exporter: Hashable, Sendable {
    /// As the configuration calls it, `otlp_http` or `otlp_http/name`.
    public var id: String
    /// Whether it takes records and sends them later (`sending_queue`, which is on by default).
    public var queues: Bool
    /// Where log records are posted.
    public var url: String
    /// Sent with every request.
    public var headers: [String: String]
    /// The database that holds what waits (`sending_queue.storage`); nil: memory does.
    public var queuePath: String?
  }

  /// Sorted by pipeline, then in the pipeline's order.
  public var receivers: [Receiver]

  /// Merges documents as the collector merges those of several `--config`: mappings by their keys, of
  /// everything else, lists too, the later one counts.
  public static func merged(_ documents: [JSONValue]) -> JSONValue {
    documents.reduce([:]) { merge($1, over: $0) }
  }

  private static func merge(_ later: JSONValue, over earlier: JSONValue) -> JSONValue {
    guard case .object(let new) = later, case .object(let old) = earlier else { return later }
    return .object(old.merging(new) { merge($1, over: $0) })
  }

  /// Takes a parsed configuration.
  /// - Parameters:
  ///   - document: the whole configuration.
  ///   - environment: what `${env:NAME}` stands for.
  /// - Throws: ``CollectorConfigurationError`` naming the key path that is wrong.
  public init(
    _ document: JSONValue, environment: [String: String]
  ) throws(CollectorConfigurationError) {
    let root = expandEnvironment(document, environment)
    receivers = []
    for (name, pipeline) in Self.sorted(root["service"]?["pipelines"]) {
      guard Self.type(of: name) == "logs" else { continue }
      var exporters: [Exporter] = []
      for id in Self.names(pipeline["exporters"]) where Self.isOTLPHTTP(id) {
        exporters.append(try Self.exporter(id, root))
      }
      for id in Self.names(pipeline["receivers"]) where Self.isFileLog(id) {
        guard !exporters.isEmpty else {
          throw CollectorConfigurationError(
            "service.pipelines.\(name).exporters", "no otlp_http exporter to send records to")
        }
        receivers.append(try Self.receiver(id, root, exporters))
      }
    }
  }

  private static func receiver(
    _ id: String, _ root: JSONValue, _ exporters: [Exporter]
  ) throws(CollectorConfigurationError) -> Receiver {
    let path = "receivers.\(id)"
    guard let settings = root["receivers"]?[id] else {
      throw CollectorConfigurationError(path, "missing")
    }
    let include = names(settings["include"])
    guard !include.isEmpty else { throw CollectorConfigurationError(path + ".include", "missing") }
    let storage = settings["storage"]
    let directory = try directory(of: storage, root, path + ".storage")
    let operators = settings["operators"]?.array ?? []
    return Receiver(
      id: id, include: include, exclude: names(settings["exclude"]),
      pollInterval: try duration(settings["poll_interval"], path + ".poll_interval"),
      startsAtBeginning: settings["start_at"]?.string == "beginning",
      includesFilePath: settings["include_file_path"]?.bool ?? false,
      includesFileName: settings["include_file_name"]?.bool ?? true,
      parsesContainerLines: operators.contains { $0["type"]?.string == "container" },
      compression: try compression(settings["compression"], path + ".compression"),
      databasePath: directory + "/" + StorageName.ofReceiver(id),
      recreatesDatabase: root["extensions"]?[storage?.string ?? ""]?["recreate"]?.bool ?? false,
      exporters: exporters)
  }

  private static func directory(
    of storage: JSONValue?, _ root: JSONValue, _ path: String
  ) throws(CollectorConfigurationError) -> String {
    guard let id = storage?.string, let directory = root["extensions"]?[id]?["directory"]?.string
    else { throw CollectorConfigurationError(path, "names no file_storage extension") }
    return directory
  }

  private static func exporter(
    _ id: String, _ root: JSONValue
  ) throws(CollectorConfigurationError) -> Exporter {
    let settings = root["exporters"]?[id]
    let url =
      settings?["logs_endpoint"]?.string
      ?? settings?["endpoint"]?.string.map { ($0.hasSuffix("/") ? "" + $0 : $0 + "/") + "v1/logs" }
    guard let url else {
      throw CollectorConfigurationError("exporters.\(id).endpoint", "missing")
    }
    let headers = (settings?["headers"]?.object ?? [:]).compactMapValues(\.string)
    let queue = settings?["sending_queue"]
    var exporter = Exporter(
      id: id, queues: queue?["enabled"]?.bool ?? true, url: url, headers: headers)
    if let storage = queue?["storage"] {
      let directory = try directory(of: storage, root, "exporters.\(id).sending_queue.storage")
      exporter.queuePath = directory + "/" + StorageName.ofExporter(id)
    }
    return exporter
  }

  private static func compression(
    _ value: JSONValue?, _ path: String
  ) throws(CollectorConfigurationError) -> Compression {
    guard let value else { return .none }
    guard let text = value.string, let compression = Compression(rawValue: text) else {
      throw CollectorConfigurationError(path, "invalid compression (expected gzip or auto)")
    }
    return compression
  }

  private static func duration(
    _ value: JSONValue?, _ path: String
  ) throws(CollectorConfigurationError) -> Duration {
    guard let value else { return .milliseconds(200) }
    guard let text = value.string, let duration = parseGoDuration(text), duration > .zero else {
      throw CollectorConfigurationError(path, "invalid duration (expected e.g. 200ms or 1m30s)")
    }
    return duration
  }

  /// `filelog/name` is of type `filelog`.
  private static func type(of id: String) -> Substring { id.prefix { $0 != "/" } }
  private static func isFileLog(_ id: String) -> Bool {
    ["filelog", "file_log"].contains(type(of: id))
  }
  private static func isOTLPHTTP(_ id: String) -> Bool {
    ["otlphttp", "otlp_http"].contains(type(of: id))
  }

  private static func names(_ value: JSONValue?) -> [String] {
    (value?.array ?? []).compactMap(\.string)
  }

  private static func sorted(_ value: JSONValue?) -> [(String, JSONValue)] {
    (value?.object ?? [:]).sorted { $0.key < $1.key }
  }
}

/// A configuration that the stand-in cannot run.
public struct CollectorConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// `receivers.filelog.storage` for instance.
  public let keyPath: String
  /// What is wrong there.
  public let problem: String

  init(_ keyPath: String, _ problem: String) {
    self.keyPath = keyPath
    self.problem = problem
  }

  public var description: String { "collector configuration: \(keyPath): \(problem)" }
}
