internal import FilelogContract
public import FilelogJSON
internal import FoundationEssentials

/// What the offsets config map holds: a snapshot for each node.
public struct OffsetsMapContent: Equatable, Sendable {
  /// The most bytes that all values of a config map may have together.
  public static let limit = Contract.configMapLimit

  /// One key of `binaryData`.
  public struct Node: Equatable, Sendable {
    /// The key: the node's name.
    public var name: String
    /// Of the payload.
    public var bytes: Int
    /// What the payload holds.
    public var content: Content

    /// A payload that can be read, or why it cannot.
    public enum Content: Equatable, Sendable {
      /// What the payload holds.
      case offsets(StoredOffsets)
      /// Why it cannot be read.
      case damaged(String)

      /// Whether everything in it can be read.
      public var isSound: Bool {
        switch self {
        case .offsets(let offsets): offsets.isSound
        case .damaged: false
        }
      }
    }
  }

  /// The map's namespace.
  public var namespace: String
  /// The map's name.
  public var name: String
  /// Largest first.
  public var nodes: [Node]
  /// Bytes of values that are not snapshots (`data`).
  public var otherBytes: Int
  /// When any node last stored something, as the API server noted it; nil where that was left out,
  /// as `kubectl get` does.
  public var lastStored: String?

  /// Whether every node's snapshot can be read.
  public var isSound: Bool { nodes.allSatisfy(\.content.isSound) }

  /// Bytes of all values, as the API server counts them against ``limit``.
  public var usedBytes: Int { nodes.reduce(otherBytes) { $0 + $1.bytes } }

  /// - Parameter object: a ConfigMap as the API server or kubectl gives it.
  /// - Throws: ``OffsetsReadingError`` when it is not a ConfigMap.
  public init(_ object: JSONValue) throws(OffsetsReadingError) {
    guard object["kind"] == "ConfigMap" else {
      let found = object["kind"]?.string.map { "found \($0)" } ?? "found an object without kind"
      throw OffsetsReadingError("expected a ConfigMap, \(found)")
    }
    guard let name = object["metadata"]?["name"]?.string else {
      throw OffsetsReadingError("the ConfigMap has no name (metadata.name)")
    }
    self.name = name
    namespace = object["metadata"]?["namespace"]?.string ?? "default"
    lastStored = Self.lastStored(object)
    otherBytes = (object["data"]?.object ?? [:]).values.reduce(0) {
      $0 + ($1.string?.utf8.count ?? 0)
    }
    nodes = (object["binaryData"]?.object ?? [:]).map(Self.node).sorted {
      ($1.bytes, $0.name) < ($0.bytes, $1.name)
    }
  }

  /// When a value of a config map was last written, from its managed fields.
  static func lastStored(_ object: JSONValue) -> String? {
    (object["metadata"]?["managedFields"]?.array ?? []).filter {
      $0["fieldsV1"]?["f:binaryData"] != nil || $0["fieldsV1"]?["f:data"] != nil
    }.compactMap { $0["time"]?.string }.max()
  }

  private static func node(_ name: String, _ value: JSONValue) -> Node {
    guard let data = value.string.flatMap({ Data(base64Encoded: $0) }) else {
      return Node(name: name, bytes: 0, content: .damaged("the value is not base64"))
    }
    do {
      return Node(
        name: name, bytes: data.count, content: .offsets(try StoredOffsets(payload: [UInt8](data))))
    } catch {
      return Node(name: name, bytes: data.count, content: .damaged(error.description))
    }
  }
}
