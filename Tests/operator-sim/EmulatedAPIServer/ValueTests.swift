import FilelogJSON
import FilelogSystemCalls
import FoundationEssentials
import TestSupport
import Testing

@testable import EmulatedAPIServer

@Suite struct TimestampTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
    (1_700_000_000, "2023-11-14T22:13:20Z"), (-1, "1969-12-31T23:59:59Z"),
    (4_102_444_799, "2099-12-31T23:59:59Z"),
  ])
  func textAndSecondsAgree(_ seconds: Int, _ text: String) {
    #expect(Timestamp(seconds: seconds).text == text)
    #expect(Timestamp(text)?.seconds == seconds)
  }

  @Test(arguments: [
    "2023-11-14T23:13:20+01:00", "2023-11-14T22:13:20.999999Z", "2023-11-14t22:13:20z",
    "2023-11-14T16:43:20-05:30",
  ])
  func otherFormsOfTheSameMoment(_ text: String) {
    #expect(Timestamp(text)?.seconds == 1_700_000_000)
  }

  @Test(arguments: [
    "", "2023", "2023-13-01T00:00:00Z", "2023-11-14 22:13:20Z", "2023-11-14T22:13:20",
  ])
  func whatIsNoMoment(_ text: String) {
    #expect(Timestamp(text) == nil)
  }
}

@Suite struct QuantityTests {
  @Test(arguments: [
    ("1", "1"), ("1000m", "1"), ("1500m", "1500m"), ("0.5", "500m"), ("1.5", "1500m"),
    ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("0.5Gi", "512Mi"), ("500Mi", "500Mi"),
    ("1000k", "1M"), ("10M", "10M"), ("1e3", "1e3"), ("0", "0"), ("0Mi", "0"), ("-1", "-1"),
    ("+5", "5"), ("2000", "2k"), ("100", "100"), ("0.001", "1m"),
  ])
  func theCanonicalForm(_ text: String, _ canonical: String) {
    #expect(Quantity.canonical(text) == canonical)
  }

  @Test(arguments: ["", "1Q", "Mi", "1 Mi", "1.2.3", "--1", "1e", "0x10", "１"])
  func whatIsNoQuantity(_ text: String) {
    #expect(Quantity.canonical(text) == nil)
  }
}

@Suite struct Base64TextTests {
  @Test func soundTextIsCounted() {
    for count in 0..<100 {
      let text = Data(repeating: 7, count: count).base64EncodedString()
      #expect(Base64Text.firstIllegalPosition(text) == nil)
      #expect(Base64Text.decodedCount(text) == count)
    }
  }

  @Test(arguments: [
    ("A", 0), ("AAE", 0), ("AA=A", 3), ("AAAA=", 4), ("AAAA!AAA", 4), ("__-_", 0), ("=", 0),
    ("AA==AA==", 4),
  ])
  func brokenTextIsRefusedWhereGoWould(_ text: String, _ position: Int) {
    #expect(Base64Text.firstIllegalPosition(text) == position)
  }

  @Test func lineBreaksAreIgnored() {
    #expect(Base64Text.firstIllegalPosition("AA\nAA\r\n") == nil)
    #expect(Base64Text.decodedCount("AA\nAA\r\n") == 3)
  }
}

@Suite struct StrictJSONReaderTests {
  private func read(_ text: String) throws -> JSONValue {
    try StrictJSONReader.read(Array(text.utf8)).value
  }

  @Test(arguments: [
    #"{"a":[1,-2,3.5,true,false,null,"x"],"b":{}}"#, "[]", "\"\\u00e9\\ud83d\\ude00\\n\"",
    " 1 ",
    #""\/\b\f\t""#,
  ])
  func agreesWithTheOtherReader(_ text: String) throws {
    #expect(try read(text) == JSONValue(parsing: text))
  }

  @Test func longTextWithAndWithoutEscapesIsReadWhole() throws {
    let long = String(repeating: "abcdé ", count: 5000)
    #expect(try read("\"\(long)\"") == .string(long))
    #expect(try read("\"\(long)\\n\(long)\"") == .string(long + "\n" + long))
  }

  @Test(arguments: [
    ("", "unexpected end of JSON input"), ("{", "unexpected end of JSON input"),
    ("{\"a\" 1}", "invalid character '1' after object key"),
    ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
    ("[1 2]", "invalid character '2' after array element"),
    ("1 2", "invalid character '2' after top-level value"),
    ("tru", "unexpected end of JSON input"),
    ("trux", "invalid character 'x' in literal true (expecting 'e')"),
    ("01", "invalid character '1' after top-level value"),
    ("-", "unexpected end of JSON input"), ("1.", "unexpected end of JSON input"),
    ("\"a\nb\"", "invalid character '\\n' in string literal"),
    ("\"\\x\"", "invalid character 'x' in string escape code"),
    ("'a'", "invalid character '\\'' looking for beginning of value"),
  ])
  func mistakesAreDescribedInGosWords(_ text: String, _ message: String) {
    let failure = #expect(throws: StrictJSONReader.Failure.self) {
      try StrictJSONReader.read(Array(text.utf8))
    }
    #expect(failure?.message == message)
  }

  @Test func aNULWithinTextIsRefused() {
    #expect(throws: StrictJSONReader.Failure.self) {
      try StrictJSONReader.read([0x22, 0x61, 0, 0x62, 0x22])
    }
  }

  @Test func nestingIsBoundedAsGoBoundsIt() throws {
    func nested(_ levels: Int) throws -> JSONValue {
      try read(String(repeating: "[", count: levels) + String(repeating: "]", count: levels))
    }
    #expect(try nested(10_000).array?.count == 1)
    let failure = #expect(throws: StrictJSONReader.Failure.self) { try nested(10_001) }
    #expect(failure?.message == "exceeded max depth")
  }

  @Test func membersThatComeTwiceAreNoticedWithTheirLine() throws {
    let text = "{\"a\":{\"b\":1,\n\"b\":2},\"c\":[{\"d\":1,\"d\":2}]}"
    let document = try StrictJSONReader.read(Array(text.utf8))
    #expect(document.duplicates.map(\.path) == ["a.b", "c[0].d"])
    #expect(document.duplicates.map(\.line) == [2, 2])
    #expect(document.value["a"]?["b"] == .some(2))
  }
}

/// Whatever bytes a client sends, it gets an answer.
@Suite struct HostileInputTests {
  private static let document = """
    {"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"d"},"spec":{"selector":\
    {"matchLabels":{"app":"x"}},"template":{"metadata":{"labels":{"app":"x"}},"spec":\
    {"initContainers":[{"name":"i","image":"i","restartPolcy":"Always"}],"containers":[{"name":"c",\
    "image":"i","startupProbe":{"exec":{"command":["x"]},"httpget":{}}}]}},"tempalte":{}}}
    """

  private static let bodies: [String] = [
    document,
    #"{"metadata":{"name":"m","labels":{"a":"b"}},"data":{"a":"1"},"binaryData":{"b":"AA=="}}"#,
    #"[{"op":"add","path":"/data/a","value":"1"},{"op":"remove","path":"/metadata/labels"}]"#,
    #"{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"c"}],"containers":[{"name":"c","$patch":"delete"}]}}}}"#,
    #"{"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"d","managedFields":[{"manager":"x","operation":"Apply","fieldsV1":{"f:spec":{"k:{\"name\":\"x\"}":{}}}}]}}"#,
  ]

  /// Pieces that change what a document means, and not only whether it is one.
  private static let pieces = [
    "null", "[]", "{}", "\"x\"", "5", "-1", "1e400", "true", "[null]", "{\"\":null}", "\u{fffd}",
    "\"metadata\":\"x\",", "\"spec\":[],", "\"metadata\":{\"annotations\":5},",
  ]

  private func mutated(_ text: String, _ random: inout SeededRandom) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(place..<min(bytes.count, place + 5))
      case 2: bytes.insert(contentsOf: bytes[..<min(bytes.count, 40)], at: place)
      default:
        // After a colon or an opening brace a whole value or member fits.
        let colon = bytes[place...].firstIndex {
          $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "{")
        }
        let piece = Self.pieces.randomElement(using: &random) ?? ""
        guard let colon else { continue }
        if bytes[colon] == UInt8(ascii: ":") {
          let end = bytes[colon...].firstIndex { ",}]".utf8.contains($0) } ?? bytes.endIndex
          bytes.replaceSubrange((colon + 1)..<end, with: piece.utf8)
        } else {
          bytes.insert(contentsOf: piece.utf8, at: colon + 1)
        }
      }
    }
    return bytes
  }

  @Test func mutatedBodiesNeverTrap() throws {
    var random = SeededRandom(seed: 20_261_122)
    let cluster = try TestCluster()
    _ = cluster.post(Maps.all, Maps.object("m", ["data": ["a": "1"]]))
    _ = cluster.post(Daemons.all, Daemons.object())
    let targets = [Maps.path("m"), Daemons.all + "/d", "/api/v1/namespaces/default/pods/p"]
    let types = MediaTypes.patches + [MediaTypes.json, MediaTypes.yaml]
    var statuses: Set<Int> = []
    for _ in 0..<1500 {
      let body = mutated(Self.bodies.randomElement(using: &random) ?? "", &random)
      let target = targets.randomElement(using: &random) ?? ""
      let type = types.randomElement(using: &random) ?? ""
      let method =
        MediaTypes.patches.contains(type)
        ? "PATCH" : ["PUT", "DELETE"].randomElement(using: &random) ?? ""
      statuses.insert(
        cluster.send(method, target + "?fieldManager=x&dryRun=All", body, type: type).status)
      let collection = String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)])
      statuses.insert(cluster.send("POST", collection + "?dryRun=All", body, type: type).status)
    }
    // All sorts of answers were given, and every request got one.
    #expect(statuses.isSuperset(of: [200, 400, 404, 409, 422]))
  }
}
