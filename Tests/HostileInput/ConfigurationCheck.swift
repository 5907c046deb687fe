internal import FilelogJSON
internal import FilelogYAML

/// A text is refused, or comes out with what was added, nothing else, and the same when it is added again.
enum ConfigurationCheck {
  private static let additions = [
    YAMLAddition(to: ["e"], members: ["x": ["directory": "/d"]]),
    YAMLAddition(to: ["s"], elements: ["e": ["x"]]),
    YAMLAddition(
      to: ["r", "f"], isOptional: true, members: ["s": "x"], elements: ["i": ["/l"]]),
  ]

  static func violation(_ bytes: [UInt8]) -> String? {
    guard let added = try? YAML.adding(additions, to: bytes, file: "f") else { return nil }
    guard let again = try? YAML.adding(additions, to: added.bytes, file: "f") else {
      return "what was added to is refused"
    }
    guard again.bytes == added.bytes else { return "adding again changes the text" }
    // Not every YAML is accepted as a tree.
    guard bytes.count < 64 << 10, let before = trees(bytes) else { return nil }
    guard let after = trees(added.bytes) else { return "the text is refused as a tree" }
    return after == [expected(before.first ?? .null)] + before.dropFirst()
      ? nil : "something else than the additions has changed"
  }

  /// Of every document, empty ones too.
  private static func trees(_ bytes: [UInt8]) -> [JSONValue]? {
    try? YAML.documents(bytes, file: "f").map { try $0.root.get().value }
  }

  private static func expected(_ tree: JSONValue) -> JSONValue {
    var tree = tree.object ?? [:]
    var extensions = tree["e"]?.object ?? [:]
    var own = extensions["x"]?.object ?? [:]
    own["directory"] = "/d"
    extensions["x"] = .object(own)
    tree["e"] = .object(extensions)
    var service = tree["s"]?.object ?? [:]
    service["e"] = list(service["e"], "x")
    tree["s"] = .object(service)
    if var receivers = tree["r"]?.object, var settings = receivers["f"]?.object {
      settings["s"] = "x"
      settings["i"] = list(settings["i"], "/l")
      receivers["f"] = .object(settings)
      tree["r"] = .object(receivers)
    }
    return .object(tree)
  }

  private static func list(_ value: JSONValue?, _ text: String) -> JSONValue {
    let all = value?.array ?? []
    return .array(all.contains(.string(text)) ? all : [.string(text)] + all)
  }

  static let seeds = [
    "", "{}", "---\n", "s: {e: [a]}\nr: {f: {i: [b], s: c}}\n",
    "s:\n  e:\n  - a\nr:\n  f:\n    i:\n    - b\n",
    "# c\r\ne:\r\n  h: 1\r\n", "e: ~\ns:\nr:\n", "s: &s\n  e: &e [a]\nt: *s\n",
    "r: {f: {<<: *x}}\n",
    "x: &x {i: [a]}\nr: {f: {<<: *x}}\n", "e: {x: {directory: |\n  text\n}}\n", "? s\n: {e: [a]}\n",
    "%YAML 1.1\n---\ns: {e: [a]}\n...\n---\nb\n", "\u{feff}s: {e: ['a', \"b\"]}\n", "s::e: [a]\n",
    "---\n---\nb\n", "---\n...\n", "--- # c", "---\n\n---\ns: :{e--\n\nb\n", "a: 1\n---\nb: [\n",
    "s: !!map {e: !!seq [a]}\n", "a: [{b: c}, [d]]\ns:\n    e:\n        -\n          a\n",
  ]
}
