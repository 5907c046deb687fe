/// A database that cannot be read, and where.
public struct BoltError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Code: String, Sendable {
    /// No valid meta page: empty, foreign, or destroyed at its beginning. A link, too.
    case notADatabase
    /// A directory, a FIFO or the like, in which no program has a database.
    case notAFile
    /// A meta page is valid, the tree under it is not sound.
    case damaged
    /// More than the limits allow.
    case tooLarge
    /// The writer committed during every attempt to read.
    case changing
    /// The operating system refused.
    case unreadable
  }

  /// What is wrong.
  public let code: Code
  /// What was found, in words; no content of the file.
  public let reason: String
  /// The file as the caller named it.
  public let file: String
  /// The page in question; nil where it is about the file as a whole.
  public let page: BoltFormat.PageID?
  /// Byte offset in the file.
  public let offset: UInt64?

  /// An error with these parts.
  public init(
    _ code: Code, _ reason: String, file: String, page: BoltFormat.PageID? = nil,
    offset: UInt64? = nil
  ) {
    self.code = code
    self.reason = reason
    self.file = file
    self.page = page
    self.offset = offset
  }

  public var description: String {
    var place = file
    if let page { place += ": page \(page)" }
    if let offset { place += (page == nil ? ": " : ", ") + "offset \(offset)" }
    return "\(place): \(reason)"
  }
}
