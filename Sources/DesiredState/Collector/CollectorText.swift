internal import FilelogJSON
internal import FilelogText

/// Text of the user's in the collector's configuration.
enum CollectorText {
  /// The collector expands `${env:NAME}` in every value that it reads; two signs stand for one. A
  /// value that went through here comes out as it was given, whatever is in it.
  static func escape(_ text: String) -> String { text.dollarsDoubled }

  static func json(_ text: String) -> JSONValue { .string(escape(text)) }

  /// A value that the collector takes from its environment.
  static func variable(_ name: String) -> String { "${env:\(name)}" }
}
