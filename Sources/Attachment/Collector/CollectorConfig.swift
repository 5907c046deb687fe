internal import FilelogJSON

/// A collector's configuration, merged from all its sources.
struct CollectorConfig: Hashable, Sendable {
  let tree: JSONValue

  /// Nested mappings are merged; of everything else, lists too, the later one counts.
  static func merge(_ later: JSONValue, over earlier: JSONValue) -> JSONValue {
    guard case .object(let new) = later, case .object(let old) = earlier else { return later }
    return .object(old.merging(new) { merge($1, over: $0) })
  }

  /// All of them, later ones over earlier ones.
  static func merge(_ trees: [JSONValue]) -> JSONValue {
    trees.reduce([:]) { merge($1, over: $0) }
  }

  struct NotAMapping: Error {}

  /// `receivers::file_log::storage: x` stands for nested mappings, as the collector has it.
  static func expandKeys(_ value: JSONValue) throws(NotAMapping) -> JSONValue {
    if value == .null { return [:] }
    guard value.object != nil else { throw NotAMapping() }
    return expanded(value)
  }

  private static func expanded(_ value: JSONValue) -> JSONValue {
    guard case .object(let members) = value else { return value }
    return members.sorted { $0.key < $1.key }.reduce(JSONValue.object([:])) { result, member in
      var inner = expanded(member.value)
      let parts = member.key.split("::")
      for part in parts.dropFirst().reversed() { inner = .object([part: inner]) }
      return merge(.object([parts[0]: inner]), over: result)
    }
  }

  /// The first place that tells which components run, or where offsets lie, and is made from a variable
  /// or a file (`${env:PIPELINES}`).
  var unreadablePlace: (path: String, text: String)? {
    var places: [(String, JSONValue?)] = [
      ("receivers", tree["receivers"]), ("extensions", tree["extensions"]),
      ("exporters", tree["exporters"]), ("service", tree["service"]),
      ("service.pipelines", tree["service"]?["pipelines"]),
    ]
    for (id, pipeline) in (tree["service"]?["pipelines"]?.object ?? [:]).sorted(by: {
      $0.key < $1.key
    }) {
      let path = "service.pipelines.\(id)"
      places += [(path, pipeline), (path + ".receivers", pipeline["receivers"])]
      for (index, receiver) in (pipeline["receivers"]?.array ?? []).enumerated() {
        places.append((path + ".receivers[\(index)]", receiver))
      }
    }
    for receiver in fileLogReceivers {
      let path = "receivers.\(receiver.id)"
      places += [(path, receiver.settings), (path + ".storage", receiver.settings["storage"])]
      if case .fileStorage(let id) = receiver.storage {
        places.append(("extensions.\(id)", tree["extensions"]?[id]))
      }
    }
    return places.lazy.compactMap { path, value in
      value?.string.flatMap { $0.contains("${") ? (path, $0) : nil }
    }.first
  }

  // MARK: Receivers

  /// `file_log/host`, with its type and where it keeps offsets.
  struct Receiver: Hashable, Sendable {
    let id: String
    let settings: JSONValue
    let storage: Storage

    enum Storage: Hashable, Sendable {
      case none
      case fileStorage(id: String)
      /// `redis_storage`, or anything that is not an id.
      case other(String)
    }
  }

  static func type(of id: String) -> String {
    String(id.split(separator: "/", maxSplits: 1).first ?? "")
  }

  private static let fileLogTypes: Set<String> = ["filelog", "file_log"]

  /// The ids in a list of a pipeline.
  private func ids(_ value: JSONValue?) -> [String] {
    (value?.array ?? []).compactMap(\.string)
  }

  /// What pipelines receive from.
  private var receiversInUse: [String] {
    let pipelines = tree["service"]?["pipelines"]?.object ?? [:]
    var seen: Set<String> = []
    return pipelines.sorted { $0.key < $1.key }.flatMap { ids($0.value["receivers"]) }
      .filter { seen.insert($0).inserted }
  }

  /// The file log receivers of pipelines, sorted by id.
  var fileLogReceivers: [Receiver] {
    receiversInUse.filter { Self.fileLogTypes.contains(Self.type(of: $0)) }.sorted().map { id in
      let settings = tree["receivers"]?[id] ?? [:]
      return Receiver(id: id, settings: settings, storage: Self.storage(settings["storage"]))
    }
  }

  /// Receivers of pipelines that start file log receivers where they discover pods.
  var receiverCreators: [String] {
    receiversInUse.filter { id in
      guard Self.type(of: id) == "receiver_creator" else { return false }
      let templates = tree["receivers"]?[id]?["receivers"]?.object ?? [:]
      return templates.keys.contains { Self.fileLogTypes.contains(Self.type(of: $0)) }
        || tree["receivers"]?[id]?["discovery"]?["enabled"]?.bool == true
    }
  }

  private static func storage(_ value: JSONValue?) -> Receiver.Storage {
    switch value {
    case nil, .null?, .string("")?: .none
    case .string(let id)? where type(of: id) == "file_storage": .fileStorage(id: id)
    case .string(let id)?: .other(id)
    case let value?: .other(JSONWriter.compact.string(value))
    }
  }

  // MARK: Extensions

  /// `service.extensions`; nil when it is something else than a list of names.
  var extensions: [String]? {
    guard let value = tree["service"]?["extensions"], value != .null else { return [] }
    guard let elements = value.array else { return nil }
    let ids = elements.compactMap(\.string)
    return ids.count == elements.count && !ids.contains { $0.contains("${") } ? ids : nil
  }

  /// Extensions that exporters keep their queues in.
  var queueExtensions: Set<String> {
    let exporters = tree["exporters"]?.object ?? [:]
    return Set(exporters.values.compactMap { $0["sending_queue"]?["storage"]?.string })
  }

  /// The directories of all `file_storage` extensions in use.
  var storageDirectories: [String: String] {
    var directories: [String: String] = [:]
    for id in extensions ?? [] where Self.type(of: id) == "file_storage" {
      directories[id] = directory(of: id)
    }
    return directories
  }

  /// Where a `file_storage` extension keeps its databases.
  func directory(of id: String) -> String {
    let path = tree["extensions"]?[id]?["directory"]?.string ?? ""
    return path.isEmpty ? "/var/lib/otelcol/file_storage" : ContainerPath.clean(path)
  }
}

extension String {
  /// The parts between separators; never empty.
  fileprivate func split(_ separator: String) -> [String] {
    var parts: [String] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}
