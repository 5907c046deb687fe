import FilelogJSON
import FilelogSystemCalls
import FilelogYAML
import Testing

/// Adding to a text that others wrote: a collector's configuration.
@Suite struct YAMLAdditionTests {
  static let additions = [
    YAMLAddition(to: ["extensions"], members: ["file_storage/x": ["directory": "/d"]]),
    YAMLAddition(to: ["service"], elements: ["extensions": ["file_storage/x"]]),
    YAMLAddition(
      to: ["receivers", "file_log"], isOptional: true, members: ["storage": "file_storage/x"],
      elements: ["include": ["/links/*"], "exclude": ["/links/own"]]),
  ]

  @Test func blockStyleGetsKeysOfItsOwn() throws {
    let text = """
      # a comment
      extensions:   # theirs
        health_check: {endpoint: "${env:POD_IP}:13133"}
      receivers:
        file_log:
          include:
          - /var/log/pods/*/*/*.log # all
          start_at: end
      service:
        extensions: [health_check]
        pipelines:
          logs: {receivers: [file_log], exporters: [debug]}

      """
    #expect(
      try add(text) == """
        # a comment
        extensions:   # theirs
          file_storage/x: {"directory":"/d"}
          health_check: {endpoint: "${env:POD_IP}:13133"}
        receivers:
          file_log:
            exclude: ["/links/own"]
            storage: "file_storage/x"
            include:
            - "/links/*"
            - /var/log/pods/*/*/*.log # all
            start_at: end
        service:
          extensions: ["file_storage/x", health_check]
          pipelines:
            logs: {receivers: [file_log], exporters: [debug]}

        """)
  }

  @Test func lineBreaksOfWindowsAreKept() throws {
    let text =
      "receivers:\r\n  file_log:\r\n    start_at: end\r\nservice:\r\n  extensions:\r\n  - a\r\n"
    #expect(
      try add(text)
        == "extensions: {\"file_storage/x\":{\"directory\":\"/d\"}}\r\nreceivers:\r\n  file_log:\r\n"
        + "    exclude: [\"/links/own\"]\r\n    include: [\"/links/*\"]\r\n    storage: \"file_storage/x\"\r\n"
        + "    start_at: end\r\nservice:\r\n  extensions:\r\n  - \"file_storage/x\"\r\n  - a\r\n")
  }

  /// Each comes out as it was, and with what was added.
  static let accepted: [String] = [
    "",
    "# nothing but a comment",
    "---\n",
    "--- # empty\n",
    "{}",
    "null\n",
    "service: {}\n",
    "service:\nextensions:\n",
    "service: ~\nextensions: null\n",
    "service: {extensions: []}\nextensions: {}",
    "service: {extensions: [a, b], pipelines: {}}",
    "{\"service\": {\"extensions\": [\"a\"]}, \"receivers\": {\"file_log\": {\"include\": [\"/v\"]}}}",
    "service:\n    extensions:\n        - a\n        - b\n",
    "service:\n  extensions:\n  -\n    a\n  - b\n",
    "service:\n  extensions: # which\n\n    # first\n    - a\n",
    "service:\n  extensions: &e\n    - a\n    - b\n",
    "service:\n  extensions: !!seq\n  - a\n",
    "service:\n  extensions: [\n    a,  # one\n    b\n  ]\n",
    "service:\n  extensions: [file_storage/x]\n",
    "receivers:\n  file_log:\n",
    "receivers:\n  file_log: {}\n",
    "receivers: {file_log: {storage: , include: [a]}}",
    "receivers:\n  file_log:\n    storage:\n    include: [a]\n",
    "receivers:\n  file_log:\n    storage: \"\"\n    exclude:\n    include: [/v]\n",
    "receivers:\n  file_log:\n    storage: redis_storage # was\n    include: [/v]\n",
    "receivers:\n  file_log/other:\n    include: [/v]\n",
    "receivers:\n  otlp:\n    protocols: {grpc: }\n",
    "receivers:\n  file_log: &r\n    include: [/v]\n",
    "receivers:\n  file_log:\n    include: &i [/v]\n",
    "base: &b {poll_interval: 1s}\nreceivers:\n  file_log:\n    <<: *b\n    include: [/v]\n    exclude: []\n",
    "x: &a [1, 2]\ny: *a\nservice: {extensions: [a]}\n",
    "a: yes\nb: 0644\nc: 0x1F\nd: 1e3\ne: 'on'\nf: \"0644\"\ng: ~\nh: 2001-01-01\ni: 12:30:45\n",
    "a: |\n  text: with\n    colons\n\n  and lines\nb: >-\n  folded\n  text\nservice:\n  extensions: [a]\n",
    "a: |2\n    indented\nb: 'it''s'\nc: \"\\u00e9\\n\"\nd: plain\n  over lines\n",
    "telemetry: ${env:X}\nfile: ${file:/x}\nservice: {telemetry: {level: '${env:L:-info}'}}\n",
    "schlüssel: wert\nservice:\n  extensions: [é]\n",
    "\u{feff}service:\n  extensions: [a]\n",
    "%YAML 1.1\n---\nservice:\n  extensions: [a]\n...\n",
    "service: {extensions: [a]}\n---\nservice: {extensions: [b]}\n",
    "service: {extensions: [a]}\n...\n",
    "? service\n: {extensions: [a]}\n",
    "? [a, b]\n: c\nservice: {extensions: [a]}\n",
    "\"service\":\n  'extensions': ['a']\n",
    "service: {extensions: [a]}",
    "!!map {service: !!map {extensions: !!seq [a]}}",
    "service:\n  extensions: [*x, b]\nx: 1\n".replacing("*x, ", with: ""),
    "1: one\ntrue: two\nnull: three\nservice: {extensions: [a]}\n",
    "service: {extensions: [a]}\n# the end",
    "a: \"\"\nservice:\n  extensions: [a]\n  telemetry: {logs: {level: }}\n",
  ]

  @Test(arguments: accepted)
  func additionsChangeNothingElse(_ text: String) throws {
    let result = try add(text)
    let before = try? YAML.parse(text, file: "f").first?.value ?? [:]
    let after = try? YAML.parse(result, file: "f").first?.value ?? [:]
    if let before { #expect(after == Self.model(before), "\(result)") }
    // What was there is there still, in order.
    var rest = result.utf8[...]
    for byte in text.replacing("redis_storage", with: "").replacing("~", with: "")
      .replacing("\"\" #", with: "").utf8
    where !Self.replaceable.contains(byte) {
      guard let place = rest.firstIndex(of: byte) else {
        Issue.record("a byte is gone: \(result)")
        return
      }
      rest = rest[place...].dropFirst()
    }
    #expect(try add(result) == result)
  }

  /// Of nulls and empty texts, which something takes the place of.
  private static let replaceable = Set("null\"'".utf8)

  @Test(arguments: [
    ("service: [a]\n", "f:1:10: service is not a mapping"),
    ("service: ${env:S}\n", "f:1:10: service is not a mapping"),
    ("service: {extensions: a}\n", "service.extensions is not a list"),
    ("service: {extensions: \"${env:E}\"}\n", "service.extensions is not a list"),
    ("service:\n  extensions: {a: b}\n", "f:2:15: service.extensions is not a list"),
    ("e: &e [a]\nservice: {extensions: *e}\n", "service.extensions is an alias; write it out"),
    ("s: &s {a: b}\nservice: *s\n", "service is an alias"),
    ("service: {extensions: &e [a]}\nx: *e\n", "the anchor \"e\" is used elsewhere"),
    ("receivers:\n  file_log: &r\n    include: [a]\n  file_log/2: *r\n", "the anchor \"r\""),
    (
      "d: &d {file_log: {}}\nreceivers:\n  <<: *d\n", "receivers.file_log may come from a merge key"
    ),
    ("d: &d {include: [a]}\nreceivers:\n  file_log:\n    <<: *d\n", "may come from a merge key"),
    ("extensions: {file_storage/x: {directory: []}}\n", "has a value already"),
    ("extensions: {file_storage/x: [a]}\n", "f:1:30: extensions.file_storage/x is not a mapping"),
    ("receivers: {file_log: {storage: [a]}}\n", "receivers.file_log.storage has a value already"),
    ("service: {}\nservice: {}\n", "f:2:1: service stands there twice"),
    ("service::extensions: [a]\n", "is written with ::"),
    ("receivers:\n  file_log::include: [a]\n", "receivers.file_log::include is written with ::"),
    ("- a\n", "the document is not a mapping"),
    ("a text\n", "the document is not a mapping"),
    ("a: b: c\n", "mapping values are not allowed"),
    ("a: [1, 2\n", "f:2:1"),
    ("a: *nowhere\nservice: {extensions: *e}\n", "is an alias"),
    ("a: \"open\n", "f:2:1"),
    ("\ta: b\n", "cannot start any token"),
    ("a: \u{1}\n", "control characters"),
    ("{service}", "cannot be extended there"),
    ("? service\n", "cannot be extended there"),
    ("a: \(String(repeating: "[", count: 5000))", "nested deeper than 100 levels"),
    ("a: \(String(repeating: "{b: ", count: 200))\n", "nested deeper than 100 levels"),
    ("a: \(String(repeating: "x", count: 1 << 20))\n", "larger than 1 MiB"),
  ])
  func whatCannotBeExtendedIsNamedWithItsPlace(_ text: String, _ message: String) {
    let error = #expect(throws: YAMLError.self) { try add(text) }
    #expect(
      error?.description.contains(message) == true,
      "\(error.map(\.description) ?? "")")
  }

  /// However many repetitions its aliases stand for: no tree is made of it.
  @Test func aliasBombsCostNothing() throws {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<40 {
      let names = repeatElement("*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(names)]\n"
    }
    #expect(try add(text).hasSuffix(text))
  }

  @Test(arguments: [
    "---\n", "---", "--- # c", "---\n\n", "---\n---\nb:\n- c\n", "---\n...\n---\nb\n",
  ])
  func anEmptyDocumentGetsLinesOfItsOwn(_ text: String) throws {
    let before = try YAML.documents(Array(text.utf8), file: "f")
    let after = try YAML.documents(Array(try add(text).utf8), file: "f")
    #expect(try after.first?.root.get().value == Self.model([:]))
    #expect(
      try after.dropFirst().map { try $0.root.get().value }
        == before.dropFirst().map { try $0.root.get().value })
  }

  /// A collector reads the first document alone, and does not look at what comes after it.
  @Test func laterDocumentsMayBeNoYAMLButStayAsTheyAre() throws {
    let rest = "---\nb: [\n"
    #expect(try add("service: {}\n" + rest).hasSuffix(rest))
  }

  @Test func receiversThatAreGoneAreNamed() throws {
    let bytes = Array("receivers: {otlp: }\n".utf8)
    let result = try YAML.adding(Self.additions, to: bytes, file: "f")
    #expect(result.absent == [["receivers", "file_log"]])
    #expect(
      try YAML.adding(Self.additions, to: [], file: "f").absent == [["receivers", "file_log"]])
  }

  @Test func utf16IsRefused() {
    for start in [[0xff, 0xfe], [0xfe, 0xff]] as [[UInt8]] {
      #expect(throws: YAMLError.self) {
        try YAML.adding(Self.additions, to: start + [0, 0], file: "f")
      }
    }
  }

  @Test func additionsAreHandedOnAsJSON() throws {
    for addition in Self.additions {
      let text = JSONWriter.compact.string(addition.json)
      #expect(YAMLAddition(try JSONValue(parsing: text)) == addition)
    }
    for text in [
      "1", "{}", #"{"to":"a"}"#, #"{"to":[1]}"#, #"{"to":[],"append":{"a":[1]}}"#,
      #"{"to":[],"set":[]}"#, #"{"to":[],"optional":1}"#, #"{"to":[],"other":1}"#,
    ] {
      #expect(YAMLAddition(try JSONValue(parsing: text)) == nil, "\(text)")
    }
  }

  // MARK: Random texts

  @Test(arguments: UInt64(1)...400)
  func anyConfigurationGetsExactlyWhatIsAdded(_ seed: UInt64) throws {
    var random = RandomConfiguration(seed: seed)
    let tree = random.configuration()
    let texts = [YAML.emit(tree), JSONWriter.pretty.string(tree), random.text(of: tree)]
    for text in texts {
      let result = try add(text)
      #expect(try YAML.parse(result, file: "f").first?.value == Self.model(tree), "\(text)")
    }
  }

  @Test(arguments: UInt64(1)...400)
  func damagedBytesAreRefusedOrExtendedButNeverTrap(_ seed: UInt64) throws {
    var random = RandomConfiguration(seed: seed)
    var bytes = Array(random.text(of: random.configuration()).utf8)
    for _ in 0..<8 where !bytes.isEmpty {
      let index = Int.random(in: bytes.indices, using: &random)
      if Bool.random(using: &random) {
        bytes[index] = UInt8(truncatingIfNeeded: random.next())
      } else {
        bytes.insert(Array("{}[]:,-&*!|>#\n ".utf8).randomElement(using: &random) ?? 0, at: index)
      }
      let result: [UInt8]
      do throws(YAMLError) {
        result = try YAML.adding(Self.additions, to: bytes, file: "f").bytes
      } catch {
        #expect(error.line >= 1 && error.column >= 1 && !error.message.isEmpty)
        continue
      }
      guard let before = try? YAML.parse(bytes, file: "f").first?.value ?? [:] else { continue }
      #expect(try YAML.parse(result, file: "f").first?.value == Self.model(before))
    }
  }

  // MARK: Helpers

  private func add(_ text: String) throws(YAMLError) -> String {
    String(
      decoding: try YAML.adding(Self.additions, to: Array(text.utf8), file: "f").bytes,
      as: UTF8.self)
  }

  /// What the additions mean, said of trees.
  static func model(_ tree: JSONValue) -> JSONValue {
    var tree = tree.object ?? [:]
    var extensions = tree["extensions"]?.object ?? [:]
    extensions["file_storage/x"] = ["directory": "/d"]
    tree["extensions"] = .object(extensions)
    var service = tree["service"]?.object ?? [:]
    service["extensions"] = list(service["extensions"], "file_storage/x")
    tree["service"] = .object(service)
    guard var receivers = tree["receivers"]?.object, let receiver = receivers["file_log"],
      var settings = receiver == .null ? nil : receiver.object
    else { return .object(tree) }
    settings["storage"] = "file_storage/x"
    settings["include"] = list(settings["include"], "/links/*")
    settings["exclude"] = list(settings["exclude"], "/links/own")
    receivers["file_log"] = .object(settings)
    tree["receivers"] = .object(receivers)
    return .object(tree)
  }

  private static func list(_ value: JSONValue?, _ text: String) -> JSONValue {
    let all = value?.array ?? []
    return .array(all.contains(.string(text)) ? all : [.string(text)] + all)
  }
}

/// Configurations, and texts of them in mixed styles, drawn from a seed.
private struct RandomConfiguration: RandomNumberGenerator {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func next() -> UInt64 { random.next() }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &self) < percent
  }

  mutating func configuration() -> JSONValue {
    var tree: [String: JSONValue] = ["exporters": ["debug": .null]]
    if chance(80) { tree["extensions"] = chance(20) ? .null : ["health_check": value()] }
    if chance(90) {
      var service: [String: JSONValue] = ["pipelines": value()]
      if chance(80) { service["extensions"] = chance(10) ? .null : texts() }
      tree["service"] = .object(service)
    }
    if chance(90) {
      var receivers: [String: JSONValue] = ["otlp": value()]
      if chance(80) {
        var settings: [String: JSONValue] = ["start_at": "end", "operators": value()]
        if chance(80) { settings["include"] = texts() }
        if chance(40) { settings["exclude"] = texts() }
        if chance(30) { settings["storage"] = chance(50) ? .null : "other" }
        receivers["file_log"] = .object(settings)
      }
      tree["receivers"] = .object(receivers)
    }
    return .object(tree)
  }

  private mutating func texts() -> JSONValue {
    .array((0..<Int.random(in: 0...3, using: &self)).map { _ in .string(word()) })
  }

  private mutating func word() -> String {
    ["/var/log/*.log", "a b", "yes", "0644", "${env:X}", "- x", "é: ü", "#", "", "two\nlines", "{"]
      .randomElement(using: &self) ?? ""
  }

  private mutating func value(depth: Int = 3) -> JSONValue {
    switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &self) {
    case 0: .null
    case 1: .bool(chance(50))
    case 2: .integer(Int.random(in: -9...9999, using: &self))
    case 3, 4: .string(word())
    case 5: .array((0..<Int.random(in: 0...2, using: &self)).map { _ in value(depth: depth - 1) })
    default: ["k": value(depth: depth - 1), "service": value(depth: depth - 1)]
    }
  }

  /// In block style with comments, and here and there in braces.
  mutating func text(of value: JSONValue, indent: Int = 0) -> String {
    guard let members = value.object, !members.isEmpty, indent == 0 || chance(80) else {
      return JSONWriter.compact.string(value) + (chance(20) ? " # why" : "") + "\n"
    }
    var text = ""
    for (key, member) in members.sorted(by: { $0.key < $1.key }) {
      if chance(10) { text += "\n" }
      if chance(20) { text += String(repeating: " ", count: indent) + "# a comment\n" }
      text += String(repeating: " ", count: indent) + (chance(20) ? "\"\(key)\":" : "\(key):")
      if let elements = member.array, !elements.isEmpty, chance(60) {
        let inner = indent + (chance(50) ? 2 : 0)
        text += "\n"
        for element in elements {
          text +=
            String(repeating: " ", count: inner) + "- " + JSONWriter.compact.string(element) + "\n"
        }
      } else if member == .null, chance(50) {
        text += "\n"
      } else if member.object?.isEmpty == false {
        let inner = self.text(of: member, indent: indent + (chance(50) ? 2 : 4))
        text += inner.hasPrefix("{") ? " " + inner : "\n" + inner
      } else {
        text += " " + self.text(of: member, indent: indent + 2)
      }
    }
    return text
  }
}
