internal import FilelogJSON
internal import HTTPServer

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
