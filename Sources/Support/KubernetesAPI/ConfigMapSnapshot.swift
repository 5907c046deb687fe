/// What was asked for of a config map, and how full it is.
public struct ConfigMapSnapshot: Hashable, Sendable {
  /// `metadata.name`.
  public let name: String
  /// `metadata.uid`: another one is another object of the same name.
  public let uid: String
  /// `metadata.resourceVersion`, an opaque text that changes with every write.
  public let resourceVersion: String

  /// No key can be changed any more.
  public let isImmutable: Bool

  /// The selected keys that exist.
  public let binaryData: [String: [UInt8]]
  /// The selected keys of `data` that exist.
  public let data: [String: String]
  /// The selected annotations that exist.
  public let annotations: [String: String]
  /// The selected labels that exist.
  public let labels: [String: String]

  /// The objects that it goes with; at most ``OwnerReference/limit`` of them.
  public let owners: [OwnerReference]

  /// What all keys take, the unselected ones included.
  public let usage: ConfigMapUsage

  /// A snapshot with these parts.
  public init(
    name: String, uid: String = "", resourceVersion: String = "", isImmutable: Bool = false,
    binaryData: [String: [UInt8]] = [:], data: [String: String] = [:],
    annotations: [String: String] = [:], labels: [String: String] = [:],
    owners: [OwnerReference] = [], usage: ConfigMapUsage = ConfigMapUsage()
  ) {
    self.name = name
    self.uid = uid
    self.resourceVersion = resourceVersion
    self.isImmutable = isImmutable
    self.binaryData = binaryData
    self.data = data
    self.annotations = annotations
    self.labels = labels
    self.owners = owners
    self.usage = usage
  }
}

/// One of the objects that another goes with: when all of them are gone, the cluster's garbage
/// collector removes it.
public struct OwnerReference: Hashable, Sendable {
  /// How many of an object's owners are read.
  public static let limit = 16

  /// Of the owner, `v1` for a Node.
  public let apiVersion: String
  /// Of the owner.
  public let kind: String
  /// Of the owner.
  public let name: String
  /// Of the owner: an object that was made anew under its name is another one.
  public let uid: String

  /// Names an owner.
  public init(apiVersion: String, kind: String, name: String, uid: String) {
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
    self.uid = uid
  }
}

/// Which keys of a config map to decode. The rest is only measured.
public struct ConfigMapSelection: Hashable, Sendable {
  /// Keys of `binaryData`.
  public var binaryData: Set<String>
  /// Keys of `data`.
  public var data: Set<String>
  /// Names of annotations.
  public var annotations: Set<String>
  /// Names of labels.
  public var labels: Set<String>

  /// By default nothing is decoded, and everything measured.
  public init(
    binaryData: Set<String> = [], data: Set<String> = [], annotations: Set<String> = [],
    labels: Set<String> = []
  ) {
    self.binaryData = binaryData
    self.data = data
    self.annotations = annotations
    self.labels = labels
  }
}

/// How full a config map is, by the rule that the API server counts with: the bytes of all values,
/// `binaryData` decoded, names of keys not counted.
public struct ConfigMapUsage: Hashable, Sendable {
  /// The most bytes that all values may have together.
  public static let limit = 1_048_576

  /// How many of the largest values are named.
  public static let largestLimit = 10

  /// One value's size.
  public struct Entry: Hashable, Sendable {
    /// The key, of `binaryData` or `data`.
    public let key: String
    /// The value's bytes, decoded.
    public let bytes: Int

    /// An entry of this size.
    public init(key: String, bytes: Int) {
      self.key = key
      self.bytes = bytes
    }
  }

  /// Bytes of all values.
  public private(set) var bytes = 0
  /// How many keys there are.
  public private(set) var keyCount = 0

  /// The largest values, largest first.
  public private(set) var largest: [Entry] = []

  /// An empty map's.
  public init() {}

  /// Bytes that can still be added.
  public var free: Int { max(0, Self.limit - bytes) }

  /// Counts one more value.
  public mutating func add(_ key: String, bytes count: Int) {
    bytes += count
    keyCount += 1
    guard largest.count < Self.largestLimit || count > (largest.last?.bytes ?? 0) else { return }
    let place = largest.firstIndex { $0.bytes < count } ?? largest.endIndex
    largest.insert(Entry(key: key, bytes: count), at: place)
    if largest.count > Self.largestLimit { largest.removeLast() }
  }
}
