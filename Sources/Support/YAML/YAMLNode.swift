public import FilelogJSON

/// One node of a YAML document, and where it stands.
public struct YAMLNode: Hashable, Sendable {
  /// Counted from 1.
  public let line: Int
  /// Counted from 1, in characters.
  public let column: Int
  /// What the node is.
  public let kind: Kind
  /// Which bytes of the input it is.
  public internal(set) var extent: Extent
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

  /// Which bytes of the input a node is, for those who edit its text.
  public struct Extent: Hashable, Sendable {
    /// From its first byte, an anchor or a tag included, to behind the last byte of its content;
    /// what follows on the line, a comment for instance, is not part of it. A value that is left out
    /// is the empty range behind its key's colon. Of a block scalar, line breaks at the end are part.
    public let bytes: Range<Int>
    /// In brackets or braces, as in JSON.
    public let isFlow: Bool
    /// Stands for a node elsewhere, whose extents its children have.
    public let isAlias: Bool
  }

  /// One `key: value` of a mapping.
  public struct Member: Hashable, Sendable {
    /// The key's text.
    public let key: String
    /// Counted from 1.
    public let keyLine: Int
    /// Counted from 1, in characters.
    public let keyColumn: Int
    /// The bytes of the key.
    public let keyBytes: Range<Int>
    /// Taken over from another mapping by a merge key (`<<`).
    public internal(set) var isMerged: Bool
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

  /// The member of a mapping; nil when this is not a mapping or has no such member.
  public subscript(_ key: String) -> YAMLNode? {
    guard case .mapping(let members) = kind else { return nil }
    return members.first { $0.key == key }?.value
  }
}
