import FilelogJSON
import Testing

@Suite struct JSONParserTests {
  @Test(arguments: [
    ("01", 1), ("-", 1), ("+1", 0), (".5", 0), ("1.", 2), ("1e", 2), ("1e999", 0), ("nan", 0),
    ("0x10", 1), ("tru", 3), ("[1,]", 3), (#"{"a":1,}"#, 7), (#"{"a" 1}"#, 5), (#"{1:2}"#, 1),
    ("[1 2]", 3), ("1 2", 2), (#""\x""#, 1), (#""\u12g4""#, 1), (#""\ud800""#, 1),
    (#""\udc00""#, 1), (#""\ud800\u0041""#, 1), ("\"\t\"", 1), (#""open"#, 5), ("", 0),
    ("\u{feff}1", 0),
  ])
  func whatIsNoJSONIsRefusedWhereItIsWrong(_ text: String, _ offset: Int) {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    #expect(error?.description == "not JSON at byte \(offset)")
  }

  @Test(
    arguments: [
      ("0", .integer(0)), ("-0", .integer(0)), ("-12", .integer(-12)), ("1E+2", .integer(100)),
      ("2.0", .integer(2)), ("0.25", .number(0.25)), ("-1.5e-3", .number(-0.0015)),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1e-999", .integer(0)),
    ] as [(String, JSONValue)])
  func numbersAreWholeWhereTheyFit(_ text: String, _ value: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == value)
  }

  @Test func escapesAreUndone() throws {
    let text = #""\"\\\/\b\f\n\r\t\u00e9\u0000\ud83d\ude00é""#
    #expect(
      try JSONValue(parsing: text) == .string("\"\\/\u{8}\u{c}\n\r\té\u{0}😀é"))
  }

  @Test func ofAMemberThatIsThereTwiceTheLastCounts() throws {
    #expect(try JSONValue(parsing: #" { "a" : 1 , "a" : [ ] } "#) == ["a": []])
  }

  @Test(arguments: [
    [0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22],
  ])
  func textThatIsNotUTF8IsRefused(_ bytes: [UInt8]) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
  }

  static let deepest = JSONValue.depthLimit

  /// Arrays and objects by turns, with something beside the next level.
  static func nested(_ levels: Int) -> String {
    let pairs = levels / 2
    return String(repeating: #"[0,{"":"#, count: pairs) + (levels % 2 == 1 ? "[]" : "null")
      + String(repeating: "},1]", count: pairs)
  }

  @Test func nestingBeyondTheLimitThrows() throws {
    _ = try JSONValue(parsing: Self.nested(Self.deepest))
    #expect(throws: JSONError.self) { _ = try JSONValue(parsing: Self.nested(Self.deepest + 1)) }
    #expect(throws: JSONError.self) {
      _ = try JSONValue(parsing: String(repeating: "[", count: 1_000_000))
    }
  }

  @Test func deepestTreesAreComparedHashedAndWritten() throws {
    let text = Self.nested(Self.deepest)
    let (one, other) = (try JSONValue(parsing: text), try JSONValue(parsing: text))
    #expect(JSONWriter.compact.string(one) == text)
    let isSame = one == other
    #expect(isSame && one.hashValue == other.hashValue)
    let changed = try JSONValue(parsing: text.replacing("null", with: "false"))
    let isChanged = one != changed
    #expect(isChanged)
  }

  @Test func noDamageToADocumentTraps() {
    let whole = Array(#"{"a":[1.5e3,"\ud83d\ude00\n",true,null],"é":{"b":-0}}"#.utf8)
    for end in whole.indices {
      #expect(throws: JSONError.self) { try JSONValue(parsing: whole[..<end]) }
      for byte in [0x00, 0x22, 0x5c, 0x7b, 0x5d, 0x80, 0xff] as [UInt8] {
        var damaged = whole
        damaged[end] = byte
        _ = try? JSONValue(parsing: damaged)
      }
    }
  }
}
