/// Text that is not YAML, or not YAML that this reader accepts, and where.
public struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
  /// As the caller named it.
  public let file: String
  /// Counted from 1.
  public let line: Int
  /// Counted from 1, in characters.
  public let column: Int
  /// One line without the place; it repeats names of keys, tags and anchors, never values.
  public let message: String

  /// `values.yaml:3:1: duplicate key "operator", first at line 1`
  public var description: String { "\(file):\(line):\(column): \(message)" }
}
