extension String {
  /// The text with two dollar signs for each one: what the collector's configuration and Kubernetes'
  /// variables of containers turn into one sign without expanding what follows it.
  ///
  /// It works on scalars. To Swift's characters, a sign behind U+0600 or before a combining mark is
  /// not a dollar sign.
  public var dollarsDoubled: String {
    guard utf8.contains(UInt8(ascii: "$")) else { return self }
    var escaped = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if scalar == "$" { escaped.append(scalar) }
      escaped.append(scalar)
    }
    return String(escaped)
  }

  /// The text with one dollar sign for two that follow each other.
  public var dollarsHalved: String {
    var read = String.UnicodeScalarView()
    var isSecond = false
    for scalar in unicodeScalars {
      isSecond = scalar == "$" && !isSecond && read.last == "$"
      if !isSecond { read.append(scalar) }
    }
    return String(read)
  }
}
