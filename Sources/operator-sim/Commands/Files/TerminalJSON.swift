import FilelogJSON
import FilelogText

/// A value as a command prints it, for machines and for terminals: a control character in a text from a
/// cluster is escaped, those that JSON lets stand too.
func terminalJSON(_ value: JSONValue) -> String {
  var text = ""
  for scalar in JSONWriter.pretty.string(value).unicodeScalars {
    guard scalar != "\n", scalar.isTerminalControl else {
      text.unicodeScalars.append(scalar)
      continue
    }
    for unit in String(scalar).utf16 {
      let digits = String(unit, radix: 16)
      text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
  return text
}
