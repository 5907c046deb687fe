public import JSON

/// One node of a YAML document, and where it stands.
public struct YAMLNode: Hashable, Sendable {
  /// Counted from 1.
  public let line: Int
  /// Counted from 1, in characters.
  public let column: Int
  /// What the node is.
  public let kind: Kind
  /// How many nodes this one stands for, itself and repetitions by aliases included.
  let count: Int
  /// Levels of collections below and including this node.
  let height: Int

  /// A value, a list, or a mapping.
  public enum Kind: Hashable, Sendable {
    /// Never an array or an object.
    case scalar(JSONValue)
    /// In the order of the document.
    case sequence([YAMLNode])
    /// In the order of the document; names are unique.
    case mapping([Member])
  }

  /// One `key: value` of a mapping.
  public struct Member: Hashable, Sendable {
    /// The key's text.
    public let key: String
    /// Counted from 1.
    public let keyLine: Int
    /// Counted from 1, in characters.
    public let keyColumn: Int
    /// What stands under the key.
    public let value: YAMLNode
  }

  /// What the node says, without its place.
  public var value: JSONValue {
    switch kind {
    case .scalar(let scalar): scalar
    case .sequence(let elements): .array(elements.map(\.value))
    case .mapping(let members):
      .object(Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value.value) }))
    }
  }

  /// The member of a mapping; nil when this is no mapping or has no such member.
  public subscript(_ key: String) -> YAMLNode? {
    guard case .mapping(let members) = kind else { return nil }
    return members.first { $0.key == key }?.value
  }
}
