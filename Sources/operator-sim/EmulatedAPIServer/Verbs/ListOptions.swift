internal import FilelogJSON
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

/// The query parameters of whatever is about a collection.
struct ListOptions: Sendable {
  let limit: Int
  let timeoutSeconds: Int
  let continuation: String
  let resourceVersion: String
  let match: String
  let sendsInitialEvents: Bool?
  let allowsBookmarks: Bool

  init(_ request: HTTPServerRequest, isWatch: Bool = false) throws(APIStatus) {
    limit = try request.number("limit") ?? 0
    timeoutSeconds = try request.number("timeoutSeconds") ?? 0
    continuation = request.queryValue("continue") ?? ""
    resourceVersion = request.queryValue("resourceVersion") ?? ""
    match = request.queryValue("resourceVersionMatch") ?? ""
    sendsInitialEvents = request.flag("sendInitialEvents")
    allowsBookmarks = request.flag("allowWatchBookmarks") ?? false
    let errors = isWatch ? watchErrors : listErrors
    if !errors.isEmpty {
      throw .invalid(group: "meta.k8s.io", kind: "ListOptions", name: "", errors)
    }
  }

  private static let field = "resourceVersionMatch"

  private static func forbidden(_ when: String) -> FieldError {
    .forbidden(field, "resourceVersionMatch is forbidden \(when)")
  }

  private var listErrors: [FieldError] {
    var errors: [FieldError] = []
    if !match.isEmpty {
      if resourceVersion.isEmpty {
        errors.append(Self.forbidden("unless resourceVersion is provided"))
      }
      if !continuation.isEmpty { errors.append(Self.forbidden("when continue is provided")) }
      if !["Exact", "NotOlderThan"].contains(match) {
        errors.append(.notSupported(Self.field, .string(match), ["Exact", "NotOlderThan", ""]))
      }
    }
    if sendsInitialEvents != nil {
      errors.append(
        .forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    }
    return errors
  }

  private var watchErrors: [FieldError] {
    guard sendsInitialEvents != nil, match != "NotOlderThan" else { return [] }
    return [
      .forbidden(
        Self.field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
    ]
  }
}
