import FilelogJSON
import Testing

@Suite struct JSONTests {
  @Test func equalValuesHaveEqualBytesWhateverTheOrderOfTheirMembers() throws {
    let one = try JSONValue(parsing: #"{"b":[1,2.5,true,null],"a":{"z":"é","y":""}}"#)
    let other = try JSONValue(parsing: #"{"a":{"y":"","z":"é"},"b":[1,2.5,true,null]}"#)
    #expect(JSONWriter.compact.bytes(one) == JSONWriter.compact.bytes(other))
    #expect(
      JSONWriter.compact.string(one) == #"{"a":{"y":"","z":"é"},"b":[1,2.5,true,null]}"#)
  }

  @Test func prettyOutputHasTwoSpacesALevelAndAFinalNewline() {
    let value: JSONValue = ["list": [1, ["k": "v"]], "empty": [:], "none": []]
    let expected = """
      {
        "empty": {},
        "list": [
          1,
          {
            "k": "v"
          }
        ],
        "none": []
      }

      """
    #expect(JSONWriter.pretty.string(value) == expected)
  }

  @Test(arguments: [
    "\u{0}\u{1f}\"\\\n\r\t/", "日本語 😀", "\u{7f}\u{2028}", "",
  ])
  func textSurvivesWritingAndReading(_ text: String) throws {
    let written = JSONWriter.compact.bytes(.string(text))
    #expect(try JSONValue(parsing: written) == .string(text))
  }

  @Test func wholeNumbersStayWhole() throws {
    let text = "[0,-1,9007199254740993,1.5,1e3]"
    let value = try JSONValue(parsing: text)
    #expect(value == [0, -1, 9_007_199_254_740_993, 1.5, 1000])
  }

  @Test(arguments: ["", "{", "[1,,2]", "{\"a\"}", "nul", "\"\u{1}", "[1] 2", "\u{ff}"])
  func damagedTextIsRefused(_ text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func anErrorDoesNotRepeatTheInput() {
    let error = #expect(throws: JSONError.self) {
      try JSONValue(parsing: #"{"token":"s3cr3t" "#)
    }
    #expect(error?.description.contains("s3cr3t") == false)
  }
}
