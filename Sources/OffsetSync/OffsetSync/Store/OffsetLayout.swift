internal import Encodings

/// How the snapshots of a release's nodes are laid out in config maps.
public enum OffsetLayout: String, CaseIterable, Sendable {
  /// One map for all nodes, one key a node: 1 MiB in all.
  case shared
  /// One map for each node.
  case perNode
}

/// The names of the maps of one node, and what marks them.
struct NodeMapNames: Hashable {
  /// The longest name of an object.
  static let longest = 253
  /// Says what a map is: ``nodeKind`` or ``partKind``.
  static let kindLabel = "dash0.com/filelog-offsets"
  static let nodeKind = "node"
  static let partKind = "part"
  /// Whose map it is: a node's name may be longer than the value of a label.
  static let nodeAnnotation = "dash0.com/filelog-offsets-node"

  /// What all names begin with: `<release>-filelogoffsets`.
  let stem: String
  let node: String

  /// - Parameter sharedMap: the release's map in the other layout, `<release>-filelogoffsets-cm`.
  init(sharedMap: String, node: String) {
    stem = sharedMap.hasSuffix("-cm") ? String(sharedMap.dropLast(3)) : sharedMap
    self.node = node
  }

  /// The map that holds the node's payload, or the list of its parts.
  var map: String { name("node-") }

  /// One of the maps that hold parts of a payload that is too large for one.
  func part(_ number: Int) -> String { name("part-\(number)-") }

  /// No node's name begins with a hyphen, so a hashed name is never another node's plain one; and a
  /// part's number ends at the next hyphen, so no part is another node's either.
  private func name(_ infix: String) -> String {
    let plain = "\(stem)-\(infix)\(node)"
    return plain.utf8.count <= Self.longest
      ? plain : "\(stem)-\(infix)-\(SHA256.hash(node.utf8).hexadecimal)"
  }
}
