public import FilelogContract
internal import FilelogEncodings

/// Which config maps hold the offsets of one node, and what marks those that the container makes.
public struct OffsetMaps: Hashable, Sendable {
  /// Of the config maps.
  public var namespace: String
  /// The name of the map that all nodes share, `<release>-filelogoffsets-cm`; in the other layout,
  /// what the names of maps are made from.
  public var sharedMap: String
  /// The key in the map, and what the names of its own maps end in.
  public var node: String
  /// How offsets are laid out in config maps.
  public var layout: Contract.OffsetLayout
  /// Where offsets may still lie, and are read from and removed when they were stored anew.
  public var previousLayout: Contract.OffsetLayout?
  /// What marks config maps that the container itself makes as the release's.
  public var labels: [String: String]

  /// - Parameters: see the properties of these names.
  public init(
    namespace: String, sharedMap: String, node: String,
    layout: Contract.OffsetLayout = .shared, previousLayout: Contract.OffsetLayout? = nil,
    labels: [String: String] = [:]
  ) {
    self.namespace = namespace
    self.sharedMap = sharedMap
    self.node = node
    self.layout = layout
    self.previousLayout = previousLayout
    self.labels = labels
  }

  /// Of the maps in the layout ``Contract/OffsetLayout/perNode``.
  var names: NodeMapNames { NodeMapNames(sharedMap: sharedMap, node: node) }
}

/// The names of the maps of one node.
struct NodeMapNames: Hashable {
  /// The release's map in the other layout.
  let sharedMap: String
  let node: String

  /// The map that holds the node's payload, or the list of its parts.
  var map: String { name(Contract.NodeMap.prefix(sharedMap: sharedMap)) }

  /// The map that holds what changed since the node's map was written.
  var difference: String { name(Contract.NodeMap.differencePrefix(sharedMap: sharedMap)) }

  /// One of the maps that hold parts of a payload that is too large for one.
  func part(_ number: Int) -> String {
    name("\(Contract.NodeMap.partPrefix(sharedMap: sharedMap))\(number)-")
  }

  /// No node's name begins with a hyphen, so a hashed name is never another node's plain one; and a
  /// part's number ends at the next hyphen, so no part is another node's either.
  private func name(_ prefix: String) -> String {
    let plain = prefix + node
    return plain.utf8.count <= Contract.NodeMap.longestName
      ? plain : "\(prefix)-\(SHA256.hash(node.utf8).hexadecimal)"
  }
}
