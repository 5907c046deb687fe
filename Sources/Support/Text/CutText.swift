extension String {
  /// The text itself, or its beginning of at most that many bytes of UTF-8 with an ellipsis after it.
  public func cut(atBytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var end = utf8.index(startIndex, offsetBy: limit)
    while end > startIndex, end.samePosition(in: unicodeScalars) == nil {
      end = utf8.index(before: end)
    }
    return String(unicodeScalars[..<end]) + "…"
  }
}
