public import BoltFile

/// What the offsets directory held: the content of its databases, and other files as they are.
public struct Snapshot: Equatable, Sendable {
  public enum File: Equatable, Sendable {
    case database(BoltContent)
    case plain([UInt8])
  }

  /// By file name.
  public var files: [String: File]

  public init(files: [String: File] = [:]) { self.files = files }

  public var isEmpty: Bool { files.isEmpty }

  /// Names in the order in which they are written, which must not depend on the machine.
  var names: [String] {
    files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
