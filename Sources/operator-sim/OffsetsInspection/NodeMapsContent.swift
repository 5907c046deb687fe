internal import FilelogContract
public import FilelogJSON
internal import FilelogText
internal import FoundationEssentials
internal import OffsetSync

/// What the config maps of single nodes hold, parts put together.
public struct NodeMapsContent: Equatable, Sendable {
  /// One node's maps.
  public struct Node: Equatable, Sendable {
    /// The node's name, from the map's annotation.
    public var name: String
    /// Of the payload, all parts together.
    public var bytes: Int
    /// Of the difference to the payload, with what was set aside of it, which is stored in its place
    /// while it is small; 0 for none.
    public var differenceBytes = 0
    /// How many maps hold it.
    public var maps: Int
    /// Of the fullest of them, each of which holds at most 1 MiB.
    public var fullestMapBytes = 0
    /// When it was last stored, as ``OffsetsMapContent/lastStored``.
    public var lastStored: String?
    /// What the payload holds, or why it cannot be read.
    public var content: OffsetsMapContent.Node.Content
    /// Why the difference is not part of the content; nil where it is, or there is none.
    public var differenceTrouble: String?
  }

  /// Largest first; nodes whose maps are empty left out.
  public var nodes: [Node]

  /// The label that such maps carry.
  public static let kindLabel = Contract.NodeMap.kindLabel

  /// Selects such maps of a release in a list request.
  public static func selector(release: String) -> String {
    "\(Contract.NodeMap.kindLabel),app.kubernetes.io/instance=\(release)"
  }

  /// Whether every node's snapshot can be read.
  public var isSound: Bool {
    nodes.allSatisfy { $0.content.isSound && $0.differenceTrouble == nil }
  }

  /// - Parameter objects: config maps as the API server or kubectl gives them; those that are no
  ///   node's are passed over.
  public init(_ objects: [JSONValue]) {
    var parts: [String: [Int: [UInt8]]] = [:]
    var stored: [String: String] = [:]
    var differences: [String: [UInt8]] = [:]
    var fullest: [String: Int] = [:]
    for object in objects where Self.isNodeMap(object) {
      let values = object["binaryData"]?.object ?? [:]
      // Every map of a node has the node's name for its one key.
      for name in values.keys {
        fullest[name] = max(fullest[name] ?? 0, Self.value(object, name)?.count ?? 0)
      }
      if Self.kind(object) == Contract.NodeMap.differenceKind {
        for node in values.keys { differences[node] = Self.value(object, node) }
      }
      guard let node = Self.node(object) else { continue }
      stored[node] = [stored[node], OffsetsMapContent.lastStored(object)].compactMap(\.self).max()
      guard Self.kind(object) == Contract.NodeMap.partKind, let bytes = Self.value(object, node),
        let number = NodePayload.partNumber(of: object["metadata"]?["name"]?.string ?? "")
      else { continue }
      parts[node, default: [:]][number] = bytes
    }
    nodes = objects.filter { Self.kind($0) == Contract.NodeMap.nodeKind }.compactMap { object in
      guard let name = Self.node(object),
        var node = Self.read(object, name, parts[name] ?? [:], differences[name])
      else { return nil }
      // Who stores differences is not noted with them; then the last commit says it.
      node.lastStored = [stored[name], node.lastStored].compactMap(\.self).max()
      node.fullestMapBytes = fullest[name] ?? 0
      return node
    }.sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }
  }

  private static func read(
    _ object: JSONValue, _ name: String, _ parts: [Int: [UInt8]], _ difference: [UInt8]?
  ) -> Node? {
    let list = object["data"]?[Contract.NodeMap.partsKey]?.string
    do {
      var used = 0
      let payload = try NodePayload.assemble(whole: value(object, name), list: list) { number in
        used += 1
        return parts[number]
      }
      guard let payload else { return nil }
      let (stored, trouble) = NodePayload.stored(
        whole: payload, list: list, difference: difference,
        steps: parts[NodePayload.stepsNumber])
      let content: OffsetsMapContent.Node.Content
      do { content = .offsets(try StoredOffsets(stored: stored)) } catch {
        content = .damaged(error.description)
      }
      let differs = stored.changedBytes > 0
      var node = Node(
        name: name, bytes: payload.count, differenceBytes: stored.changedBytes,
        maps: 1 + used + (differs ? (parts[NodePayload.stepsNumber] == nil ? 1 : 2) : 0),
        content: content, differenceTrouble: trouble)
      if differs, case .offsets(let offsets) = content {
        node.lastStored = Self.lastCommit(offsets)
      }
      return node
    } catch {
      let bytes = parts.values.reduce(0) { $0 + $1.count }
      return Node(
        name: name, bytes: bytes, maps: 1 + parts.count, content: .damaged(error.description))
    }
  }

  /// When any database was last written, as the API server notes times.
  private static func lastCommit(_ offsets: StoredOffsets) -> String? {
    offsets.databases.compactMap(\.written).max().map {
      RFC3339.text(seconds: $0 / 1_000_000_000)
    }
  }

  /// Whether an object is a map, a part or a difference of a single node.
  static func isNodeMap(_ object: JSONValue) -> Bool { kind(object) != nil }

  private static func kind(_ object: JSONValue) -> String? {
    object["metadata"]?["labels"]?[Contract.NodeMap.kindLabel]?.string
  }

  private static func node(_ object: JSONValue) -> String? {
    object["metadata"]?["annotations"]?[Contract.NodeMap.nodeAnnotation]?.string
  }

  private static func value(_ object: JSONValue, _ node: String) -> [UInt8]? {
    object["binaryData"]?[node]?.string.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
  }
}

extension NodeMapsContent {
  /// For machines.
  public var json: JSONValue {
    .array(
      nodes.map { node in
        var json = OffsetsMapContent.Node(
          name: node.name, bytes: node.bytes, content: node.content
        ).json
        json["maps"] = .integer(node.maps)
        json["differenceBytes"] = .integer(node.differenceBytes)
        json["differenceTrouble"] = node.differenceTrouble.map { .string($0) } ?? .null
        json["lastStored"] = node.lastStored.map { .string($0) } ?? .null
        return json
      })
  }
}
