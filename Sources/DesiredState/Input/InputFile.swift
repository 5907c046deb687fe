/// A file that somebody else has read: this module opens none.
public struct InputFile: Hashable, Sendable {
  /// As errors name it, `values.yaml` for instance.
  public let name: String
  public let bytes: [UInt8]

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  public init(name: String, text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }
}
