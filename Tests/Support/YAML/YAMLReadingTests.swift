import FilelogJSON
import FilelogYAML
import Testing

@Suite struct YAMLReadingTests {
  @Test(arguments: [
    ("null", JSONValue.null), ("~", .null), ("", .null), ("true", true), ("False", false),
    ("yes", "yes"), ("on", "on"), ("12", 12), ("-7", -7), ("+3", 3), ("0x1F", 31), ("0o17", 15),
    ("0644", 420), ("0899", 899), ("1.5", 1.5), ("-.5", -0.5), ("1e3", 1000.0), ("1.", 1.0),
    ("9223372036854775807", 9_223_372_036_854_775_807),
    ("9223372036854775808", 9.223372036854776e18),
    ("1.2.3", "1.2.3"), ("--5", "--5"), ("+-5", "+-5"), ("0x", "0x"), ("0x-5", "0x-5"),

    ("1_000", "1_000"), ("500Mi", "500Mi"), (".", "."), ("1e", "1e"), ("-.nan", "-.nan"),
    ("2026-08-01", "2026-08-01"),
    ("\"12\"", "12"), ("'true'", "true"), ("!!str 12", "12"), ("! 12", "12"), ("!!float 1", 1),
  ])
  func aScalarMeansWhatTheCoreSchemaSays(_ text: String, _ expected: JSONValue) throws {
    let nodes = try YAML.parse("v: \(text)\n", file: "v.yaml")
    #expect(nodes.map(\.value) == [["v": expected]])
  }

  @Test func everyNodeKnowsItsPlace() throws {
    let node = try #require(try YAML.parse("a:\n  - x\n  - b: {c: 1}\n", file: "f").first)
    let element = try #require(node["a"])
    guard case .sequence(let elements) = element.kind else { throw Unexpected() }
    #expect((elements[0].line, elements[0].column) == (2, 5))
    guard case .mapping(let members) = elements[1].kind else { throw Unexpected() }
    #expect((members[0].keyLine, members[0].keyColumn) == (3, 5))
    #expect((members[0].value.line, members[0].value.column) == (3, 8))
  }

  @Test func aStreamHasAnyNumberOfDocuments() throws {
    #expect(try YAML.parse("", file: "f").isEmpty)
    #expect(try YAML.parse("# only a comment\n", file: "f").isEmpty)
    let nodes = try YAML.parse("---\na: 1\n---\n- b\n...\n", file: "f")
    #expect(nodes.map(\.value) == [["a": 1], ["b"]])
  }

  @Test func anchorsAndMergeKeysAreWrittenOut() throws {
    let text = """
      base: &base {a: 1, b: 2}
      other: &other {b: 3, c: 4}
      merged: {<<: [*base, *other], a: 9}
      before: {b: 5, <<: *base}
      copy: *base
      """
    let value = try #require(try YAML.parse(text, file: "f").first).value
    #expect(value["merged"] == ["a": 9, "b": 2, "c": 4])
    #expect(value["before"] == ["a": 1, "b": 5])
    #expect(value["copy"] == ["a": 1, "b": 2])
  }

  @Test func jsonIsRead() throws {
    let text = #"{"a": [1, 2.5, "x\u00e9\n", null], "b": {"c": true}}"#
    let node = try #require(try YAML.parse(text, file: "f").first)
    #expect(node.value == ["a": [1, 2.5, "xé\n", nil], "b": ["c": true]])
  }

  @Test(arguments: [
    ("a: 1\nb: 2\na: 3\n", "v.yaml:3:1: duplicate key \"a\", first at line 1"),
    ("a: [1\n", "v.yaml:2:1: did not find expected ',' or ']'"),
    ("a: *absent\n", "v.yaml:1:4: no anchor \"absent\" before"),
    ("a: &x [*x]\n", "v.yaml:1:8: no anchor \"x\" before"),
    ("? [1]\n: 2\n", "v.yaml:1:3: a key must be a plain or quoted text"),
    ("a: .inf\n", "v.yaml:1:4: a number that JSON cannot hold"),
    ("a: 1e999\n", "v.yaml:1:4: a number that JSON cannot hold"),
    ("a: !!binary aGk=\n", "v.yaml:1:4: tag tag:yaml.org,2002:binary is not supported here"),
    ("a: !!int text\n", "v.yaml:1:4: tag tag:yaml.org,2002:int is not supported here"),
    ("a: !custom {}\n", "v.yaml:1:4: tag !custom is not supported here"),
    ("<<: 1\n", "v.yaml:1:1: a merge key (<<) takes a mapping or a list of mappings"),
    ("a:\n\t- b\n", "v.yaml:2:1: found character that cannot start any token"),
  ])
  func damagedTextIsRefusedWithItsPlace(_ text: String, _ message: String) throws {
    let error = #expect(throws: YAMLError.self) { try YAML.parse(text, file: "v.yaml") }
    #expect(error?.description == message)
  }

  @Test func bytesThatAreNoTextAreRefused() {
    #expect(throws: YAMLError.self) { try YAML.parse([0x61, 0x3a, 0x20, 0xff, 0xfe], file: "f") }
    #expect(throws: YAMLError.self) { try YAML.parse([0x61, 0x00, 0x62], file: "f") }
  }

  /// A text that is made when a test runs: as an argument it would fill the log.
  enum HostileText: String, CaseIterable {
    case flowSequences, flowMappings, blockSequences, aliases, values, size

    var text: String {
      switch self {
      case .flowSequences: String(repeating: "[", count: 100_000)
      case .flowMappings: String(repeating: "{a: ", count: 100_000)
      case .blockSequences: String(repeating: "- ", count: 5_000) + "x"
      case .aliases:
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
          + zip("bcdefghi", "abcdefgh").map { new, old in
            "\(new): &\(new) [*\(old),*\(old),*\(old),*\(old),*\(old),*\(old),*\(old),*\(old)]\n"
          }.joined()
      case .values: "[" + String(repeating: "x,", count: 300_000) + "]"
      case .size: String(repeating: " ", count: 17 << 20)
      }
    }

    var message: String {
      switch self {
      case .flowSequences, .flowMappings, .blockSequences: "nested deeper than 100 levels"
      case .aliases: "more than 200000 values, repetitions included"
      case .values: "more than 200000 values"
      case .size: "the file is larger than 16 MiB"
      }
    }
  }

  @Test(arguments: HostileText.allCases)
  func hostileSizesAreRefused(_ hostile: HostileText) {
    let error = #expect(throws: YAMLError.self) { try YAML.parse(hostile.text, file: "f") }
    #expect(error?.message.hasPrefix(hostile.message) == true)
  }
}

private struct Unexpected: Error {}
