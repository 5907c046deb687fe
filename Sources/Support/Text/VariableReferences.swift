extension String {
  /// The text with every reference to a variable replaced, and one dollar sign for two.
  /// - Parameters:
  ///   - open: what begins a name behind a dollar sign.
  ///   - close: what ends it.
  ///   - value: what stands for a name; nil leaves the dollar sign, and what follows it is read on.
  public func replacingReferences(
    _ open: Character, _ close: Character, with value: (String) -> String?
  ) -> String {
    var out = ""
    var rest = self[...]
    while let dollar = rest.firstIndex(of: "$") {
      out += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      if rest.first == "$" {
        out += "$"
        rest = rest.dropFirst()
      } else if rest.first == open, let end = rest.firstIndex(of: close),
        let replacement = value(String(rest[..<end].dropFirst()))
      {
        out += replacement
        rest = rest[rest.index(after: end)...]
      } else {
        out += "$"
      }
    }
    return out + rest
  }
}
