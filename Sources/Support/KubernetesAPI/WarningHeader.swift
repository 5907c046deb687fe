/// The `Warning` header of RFC 7234, as the API server uses it: `299 - "text"`.
enum WarningHeader {
  /// The text between the quotes, its escapes taken out; nil when there is none.
  static func text(_ value: String) -> String? {
    guard let open = value.firstIndex(of: "\""), let close = value.lastIndex(of: "\""),
      open < close
    else { return nil }
    var text = ""
    var isEscaped = false
    for character in value[value.index(after: open)..<close] {
      if character == "\\", !isEscaped {
        isEscaped = true
      } else {
        text.append(character)
        isEscaped = false
      }
    }
    return StatusText.clean(text)
  }
}
