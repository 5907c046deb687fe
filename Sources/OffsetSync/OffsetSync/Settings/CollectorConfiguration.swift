internal import FilelogContract
internal import FilelogJSON
public import FilelogYAML

/// What init does for a collector whose configuration file has it mounted over: it reads the vendor's
/// file as it is now, and writes it with additions.
public struct CollectorConfiguration: Hashable, Sendable {
  /// The vendor's file.
  public var source: String
  /// The file that the collector gets in its place; its directory is there.
  public var target: String
  /// What is added.
  public var additions: [YAMLAddition]

  /// Reads what ``Contract/Variable/collectorConfiguration`` holds; nil for anything else.
  init?(_ text: String) {
    guard let json = try? JSONValue(parsing: text),
      let source = json[Contract.CollectorConfiguration.fromKey]?.string,
      let target = json[Contract.CollectorConfiguration.toKey]?.string,
      let list = json[Contract.CollectorConfiguration.additionsKey]?.array,
      source.hasPrefix("/"), target.hasPrefix("/"), !target.hasSuffix("/")
    else { return nil }
    let additions = list.compactMap { YAMLAddition($0) }
    guard additions.count == list.count else { return nil }
    self.source = source
    self.target = target
    self.additions = additions
  }
}
