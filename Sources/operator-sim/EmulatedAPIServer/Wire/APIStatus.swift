internal import FilelogJSON

/// The API's way of saying no: a `Status` object. Texts are Kubernetes' own, word for word.
struct APIStatus: Error, Hashable, Sendable {
  struct Cause: Hashable, Sendable {
    var reason: String?
    var message: String
    var field: String?
  }

  struct Details: Hashable, Sendable {
    var name: String?
    var group: String?
    var kind: String?
    var uid: String?
    var causes: [Cause] = []
    var retryAfterSeconds: Int?
  }

  var code: Int
  var reason: String?
  var message: String
  /// Nil: the member is absent. An empty one is written as `{}`.
  var details: Details?

  var json: JSONValue {
    var status: JSONValue = [
      "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
      "message": .string(message), "code": .integer(code),
    ]
    status["reason"] = reason.map { .string($0) }
    status["details"] = details?.json
    return status
  }
}

extension APIStatus.Details {
  var json: JSONValue {
    var details: JSONValue = [:]
    details["name"] = name.map { .string($0) }
    details["group"] = group.map { .string($0) }
    details["kind"] = kind.map { .string($0) }
    details["uid"] = uid.map { .string($0) }
    details["retryAfterSeconds"] = retryAfterSeconds.map { .integer($0) }
    if !causes.isEmpty {
      details["causes"] = .array(
        causes.map { cause in
          var json: JSONValue = ["message": .string(cause.message)]
          json["reason"] = cause.reason.map { .string($0) }
          json["field"] = cause.field.map { .string($0) }
          return json
        })
    }
    return details
  }
}
