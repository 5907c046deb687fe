/// A stored value that is not a checkpoint in either encoding.
public struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public let code: Code
  /// Where in the value, in bytes from its start.
  public let offset: Int

  /// What can be wrong with a value.
  public enum Code: Hashable, Sendable {
    /// The value ends within a field.
    case truncated
    /// A number of more than 64 bits.
    case numberTooLong
    /// A protobuf field number of 0, or a wire type that this format does not have.
    case badTag
    /// A file type that is not UTF-8.
    case badText
    /// File attributes that are not a JSON object.
    case badAttributes
    /// The JSON encoding's first line is not a number of files.
    case badCount
    /// The JSON encoding holds another number of files than its first line says.
    case wrongCount(said: Int, found: Int)
    /// More files, or more bytes of one, than any receiver stores.
    case tooLarge
    /// A line of the JSON encoding is not the JSON object it should be.
    case badLine
    /// A member of a JSON object is missing, or not of the type it should be.
    case badMember(String)
  }

  init(_ code: Code, at offset: Int) {
    self.code = code
    self.offset = offset
  }

  public var description: String {
    let what =
      switch code {
      case .truncated: "the value ends within a field"
      case .numberTooLong: "a number is longer than 64 bits"
      case .badTag: "not a protobuf field"
      case .badText: "the file type is not UTF-8"
      case .badAttributes: "the file attributes are not a JSON object"
      case .badCount: "the first line is not a number of files"
      case .wrongCount(let said, let found): "\(said) files are announced, \(found) are there"
      case .tooLarge: "more files, or more bytes of one, than a receiver stores"
      case .badLine: "not a line with a JSON object"
      case .badMember(let name): "\(name) is missing or of the wrong type"
      }
    return "not a filelog checkpoint: \(what), at byte \(offset)"
  }
}
