internal import FilelogJSON

/// The refusals that several requests share.
extension APIStatus {
  static let unauthorized = APIStatus(code: 401, reason: "Unauthorized", message: "Unauthorized")

  static func badRequest(_ message: String) -> APIStatus {
    APIStatus(code: 400, reason: "BadRequest", message: message)
  }

  /// An error that the API server does not classify: 500 without a reason.
  static func unclassified(_ message: String) -> APIStatus {
    APIStatus(code: 500, message: message)
  }

  static func internalError(_ message: String) -> APIStatus {
    APIStatus(
      code: 500, reason: "InternalError", message: "Internal error occurred: \(message)",
      details: .init(causes: [.init(message: message)]))
  }

  static func notFound(_ kind: ResourceKind, _ name: String) -> APIStatus {
    APIStatus(
      code: 404, reason: "NotFound",
      message: "\(kind.qualifiedPlural) \(GoText.quoted(name)) not found",
      details: .init(name: name, group: kind.group.nonEmpty, kind: kind.plural))
  }

  static func alreadyExists(
    _ kind: ResourceKind, _ name: String, isBeingDeleted: Bool = false
  ) -> APIStatus {
    APIStatus(
      code: 409, reason: "AlreadyExists",
      message: (isBeingDeleted ? "object is being deleted: " : "")
        + "\(kind.qualifiedPlural) \(GoText.quoted(name)) already exists",
      details: .init(name: name, group: kind.group.nonEmpty, kind: kind.plural))
  }

  /// - Parameter namesKind: the refusal speaks of a `ConfigMap`, not of `configmaps`.
  static func conflict(
    _ kind: ResourceKind, _ name: String, namesKind: Bool = false, _ reason: String
  ) -> APIStatus {
    let subject = namesKind ? kind.qualifiedKind : kind.qualifiedPlural
    return APIStatus(
      code: 409, reason: "Conflict",
      message: "Operation cannot be fulfilled on \(subject) \(GoText.quoted(name)): \(reason)",
      details: .init(
        name: name, group: kind.group.nonEmpty, kind: namesKind ? kind.kind : kind.plural))
  }

  static let modified =
    "the object has been modified; please apply your changes to the latest version and try again"

  /// - Parameters:
  ///   - resource: `configmaps` or `daemonsets.apps`
  ///   - reason: why, in words
  static func forbidden(
    group: String, resource: String, name: String, _ reason: String, causes: [Cause] = []
  ) -> APIStatus {
    let qualified = group.isEmpty ? resource : "\(resource).\(group)"
    let subject = name.isEmpty ? qualified : "\(qualified) \(GoText.quoted(name))"
    return APIStatus(
      code: 403, reason: "Forbidden",
      message: subject.isEmpty ? "forbidden: \(reason)" : "\(subject) is forbidden: \(reason)",
      details: .init(
        name: name.nonEmpty, group: group.nonEmpty, kind: resource.nonEmpty, causes: causes))
  }

  static func tooLarge(_ message: String) -> APIStatus {
    APIStatus(
      code: 413, reason: "RequestEntityTooLarge", message: "Request entity too large: \(message)")
  }

  static func expired(_ message: String) -> APIStatus {
    APIStatus(code: 410, reason: "Expired", message: message)
  }

  static func unsupportedMediaType(_ accepted: [String]) -> APIStatus {
    APIStatus(
      code: 415, reason: "UnsupportedMediaType",
      message: "the body of the request was in an unknown format - accepted media types include: "
        + accepted.joined(separator: ", "))
  }

  static let unsupportedPatchType = APIStatus(
    code: 415, reason: "UnsupportedMediaType", message: "415: Unsupported Media Type",
    details: .init())

  static func notAcceptable(_ message: String, details: Details? = nil) -> APIStatus {
    APIStatus(code: 406, reason: "NotAcceptable", message: message, details: details)
  }

  static let unknownResource = APIStatus(
    code: 404, reason: "NotFound", message: "the server could not find the requested resource",
    details: .init())

  /// What a real API server does and the emulator does not.
  static func notEmulated(_ what: String) -> APIStatus {
    APIStatus(
      code: 501, reason: "NotImplemented",
      message: "\(what): not supported by operator-sim's emulated API server")
  }

  static func methodNotAllowed() -> APIStatus {
    APIStatus(
      code: 405, reason: "MethodNotAllowed",
      message: "the server does not allow this method on the requested resource", details: .init())
  }

  /// An object that breaks rules.
  /// - Parameters:
  ///   - group: the API group, empty for the core group
  ///   - kind: `ConfigMap`; empty for a patch that cannot be read
  static func invalid(
    group: String = "", kind: String, name: String, _ errors: [FieldError]
  ) -> APIStatus {
    var texts: [String] = []
    for error in errors where !texts.contains(error.text) { texts.append(error.text) }
    let all = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
    let qualified = group.isEmpty ? kind : "\(kind).\(group)"
    return APIStatus(
      code: 422, reason: "Invalid",
      message: "\(qualified) \(GoText.quoted(name)) is invalid: \(all)",
      details: .init(
        name: name.nonEmpty, group: group.nonEmpty, kind: kind.nonEmpty,
        causes: errors.map { .init(reason: $0.type.rawValue, message: $0.body, field: $0.field) }))
  }

  static func invalid(_ kind: ResourceKind, _ name: String, _ errors: [FieldError]) -> APIStatus {
    invalid(group: kind.group, kind: kind.kind, name: name, errors)
  }

  /// A patch whose result is not an object of the kind; the message repeats the whole result.
  static func invalidPatch(_ shown: String, _ reason: String) -> APIStatus {
    invalid(kind: "", name: "", [.invalid("patch", .string(shown), reason)])
  }

  /// A patch that does not fit the object; the API server does not say how.
  static let rejectedPatch = APIStatus(
    code: 422, reason: "Invalid",
    message: "the server rejected our request due to an error in our request", details: .init())
}

/// A rule that a field breaks.
struct FieldError: Hashable, Sendable {
  enum Kind: String, Sendable {
    case required = "FieldValueRequired"
    case invalid = "FieldValueInvalid"
    case forbidden = "FieldValueForbidden"
    case tooLong = "FieldValueTooLong"
    case duplicate = "FieldValueDuplicate"
    case notSupported = "FieldValueNotSupported"
    case notFound = "FieldValueNotFound"

    fileprivate var title: String {
      switch self {
      case .required: "Required value"
      case .invalid: "Invalid value"
      case .forbidden: "Forbidden"
      case .tooLong: "Too long"
      case .duplicate: "Duplicate value"
      case .notSupported: "Unsupported value"
      case .notFound: "Not found"
      }
    }
  }

  let type: Kind
  let field: String
  let body: String

  var text: String { "\(field): \(body)" }

  static func required(_ field: String, _ detail: String = "") -> FieldError {
    make(.required, field, nil, detail)
  }

  static func forbidden(_ field: String, _ detail: String) -> FieldError {
    make(.forbidden, field, nil, detail)
  }

  static func invalid(_ field: String, _ value: JSONValue, _ detail: String) -> FieldError {
    make(.invalid, field, value, detail)
  }

  static func duplicate(_ field: String, _ value: JSONValue) -> FieldError {
    make(.duplicate, field, value, "")
  }

  static func notFound(_ field: String, _ value: JSONValue) -> FieldError {
    make(.notFound, field, value, "")
  }

  static func tooLong(_ field: String, bytes: Int) -> FieldError {
    make(.tooLong, field, nil, "may not be more than \(bytes) bytes")
  }

  static func notSupported(
    _ field: String, _ value: JSONValue, _ supported: [String]
  ) -> FieldError {
    let list = supported.map(GoText.quoted).joined(separator: ", ")
    return make(.notSupported, field, value, "supported values: \(list)")
  }

  private static func make(
    _ type: Kind, _ field: String, _ value: JSONValue?, _ detail: String
  ) -> FieldError {
    var body = type.title
    switch value {
    case nil: break
    case .string(let text): body += ": \(GoText.quoted(text))"
    case let value?: body += ": \(String(decoding: ResponseWriter.bytes(value), as: UTF8.self))"
    }
    if !detail.isEmpty { body += ": \(detail)" }
    return FieldError(type: type, field: field, body: body)
  }
}

/// Go's way of writing values into messages.
enum GoText {
  /// `%v`
  static func value(_ value: JSONValue) -> String {
    switch value {
    case .object(let members):
      "map["
        + members.sorted { $0.key < $1.key }.map { "\($0.key):\(Self.value($0.value))" }
        .joined(separator: " ") + "]"
    case .array(let elements): "[" + elements.map(Self.value).joined(separator: " ") + "]"
    case .string(let text): text
    case .null: "<nil>"
    default: ResponseWriter.untyped(value)
    }
  }

  /// `%q`
  static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case "\u{0}"..<" ", "\u{7f}":
        out += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}

extension String {
  var nonEmpty: String? { isEmpty ? nil : self }
}
