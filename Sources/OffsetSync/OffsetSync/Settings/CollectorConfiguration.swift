internal import FilelogContract
internal import FilelogJSON
public import FilelogYAML

/// What init does for a collector whose configuration has a copy mounted over it: it copies the vendor's
/// directory as it is now, and adds something to one file.
public struct CollectorConfiguration: Hashable, Sendable {
  /// The vendor's directory.
  public var source: String
  /// What the collector gets in its place; it is there.
  public var target: String
  /// The configuration file, below both.
  public var file: String
  /// What is added to it.
  public var additions: [YAMLAddition]

  /// Reads what ``Contract/Variable/collectorConfiguration`` holds; nil for anything else.
  init?(_ text: String) {
    guard let json = try? JSONValue(parsing: text),
      let source = json[Contract.CollectorConfiguration.fromKey]?.string,
      let target = json[Contract.CollectorConfiguration.toKey]?.string,
      let file = json[Contract.CollectorConfiguration.fileKey]?.string,
      let list = json[Contract.CollectorConfiguration.additionsKey]?.array,
      source.hasPrefix("/"), target.hasPrefix("/"), !file.isEmpty
    else { return nil }
    let additions = list.compactMap { YAMLAddition($0) }
    guard additions.count == list.count else { return nil }
    self.source = source
    self.target = target
    self.file = file
    self.additions = additions
  }
}
