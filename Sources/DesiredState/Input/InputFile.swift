/// A file that the caller has read: this module opens none.
public struct InputFile: Hashable, Sendable {
  /// As errors name it, `values.yaml` for instance.
  public let name: String
  /// The whole content, YAML or JSON in UTF-8.
  public let bytes: [UInt8]

  /// A file as it was read.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// A file with this text in UTF-8.
  public init(name: String, text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }
}
