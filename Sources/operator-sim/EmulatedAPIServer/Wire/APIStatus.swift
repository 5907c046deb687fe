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
    let texts = ["name": name, "group": group, "kind": kind, "uid": uid]
    var details = JSONValue.object(texts.compactMapValues { $0.map(JSONValue.string) })
    details["retryAfterSeconds"] = retryAfterSeconds.map { .integer($0) }
    if !causes.isEmpty {
      details["causes"] = .array(
        causes.map { cause in
          let texts = ["message": cause.message, "reason": cause.reason, "field": cause.field]
          return JSONValue.object(texts.compactMapValues { $0.map(JSONValue.string) })
        })
    }
    return details
  }
}
