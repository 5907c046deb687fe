internal import HTTPServer

extension HTTPServerRequest {
  /// A yes or no in the query: anything but a clear no is a yes. Nil when it is not there.
  func flag(_ name: String) -> Bool? {
    queryValue(name).map { !["false", "0"].contains($0.lowercased()) }
  }

  /// A number in the query; nil when it is not there.
  func number(_ name: String) throws(APIStatus) -> Int? {
    guard let text = queryValue(name) else { return nil }
    if let number = Int(text) { return number }
    let digits = text.drop { $0 == "-" || $0 == "+" }
    let isNumber = !digits.isEmpty && digits.allSatisfy { ("0"..."9").contains($0) }
    throw .badRequest(
      "strconv.ParseInt: parsing \(GoText.quoted(text)): "
        + (isNumber ? "value out of range" : "invalid syntax"))
  }
}
