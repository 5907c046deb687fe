import FilelogJSON
import FilelogYAML
import Testing

@Suite struct YAMLWritingTests {
  @Test func outputIsBlockStyleSortedAndQuotedWhereNeeded() {
    let value: JSONValue = [
      "b": [1, true, nil, 1.5], "a": ["x": "plain text", "empty": [:], "none": []],
      "config": "line one\nline two: yes\n", "text": "true", "number": "12", "octal": "0o7",
      "colon": "a: b", "url": "https://host:443/path?x", "env": "${env:X}", "braces": "{{ x }}",
    ]
    let expected = """
      a:
        empty: {}
        none: []
        x: plain text
      b:
      - 1
      - true
      - null
      - 1.5
      braces: "{{ x }}"
      colon: "a: b"
      config: |
        line one
        line two: yes
      env: "${env:X}"
      number: "12"
      octal: "0o7"
      text: "true"
      url: "https://host:443/path?x"

      """
    #expect(YAML.emit(value) == expected)
  }

  @Test(arguments: hostileTexts)
  func anyTextReadsBackAsItself(_ text: String) throws {
    let value: JSONValue = [
      "value": .string(text), "list": [.string(text)], "keys": .object([text: 1]),
    ]
    let written = YAML.emit(value)
    #expect(try YAML.parse(written, file: "f").map(\.value) == [value], "\(written)")
  }

  @Test(arguments: [
    JSONValue.null, true, 0, -1, 1.5, 1e20, 1e-7, -0.0, "", [], [:], [[]], [[:], [[1]]],
    .integer(.min), .number(.leastNonzeroMagnitude),
  ])
  func anyValueReadsBackAsItself(_ value: JSONValue) throws {
    #expect(try YAML.parse(YAML.emit(["v": value]), file: "f").map(\.value) == [["v": value]])
  }
}

private let hostileTexts: [String] =
  [
    "", " ", "a ", " a", "\n", "\n\n", "a\n", "a\n\n", "\na", "a\nb", " a\nb", "a\n b\n", "a \nb",
    "a\tb", "\t", "a\r\nb", "# c", "a # c", "a #c", "a: b", "a:b", ":", "a:", "- a", "-", "--- a",
    "---", "...", "? a", "!tag", "&anchor", "*alias", "@a", "`a`", "%a", "|", ">", "'", "\"",
    "it's", "a \"b\"", "{}", "[]", "{a", "a}", "[a", "a]", ",", "a,b", "<<", "=", "null", "Null",
    "~", "true", "yes", "No", "on", "OFF", "y", "N", "0", "1", "-1", "+1", "1.5", ".5", "1e3",
    "0x1",
    "0o7", "0644", "1_000", "1:30", "190:20:30", "2026-08-01", ".inf", ".nan", "\u{7f}", "\u{85}",
    "\u{2028}", "\u{feff}", "\u{1}", "é", "e\u{301}", "日本語", "😀", "${env:X}", "$$",
    "{{ .Values.x }}",
    "a\\nb", "\\", "a\n# b\n", "a\n---\nb\n", "a\n...\n",
    String(repeating: "long ", count: 50) + "end", "key: |\n  x\n",
  ]
