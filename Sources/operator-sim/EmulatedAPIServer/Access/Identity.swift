internal import FilelogJSON

/// Who sends a request.
struct Identity: Hashable, Sendable {
  var name: String
  var uid: String?
  var groups: [String]
  var extra: [String: [String]] = [:]

  static let anonymous = Identity(name: "system:anonymous", groups: ["system:unauthenticated"])

  static func serviceAccount(namespace: String, name: String, uid: String?) -> Identity {
    Identity(
      name: "system:serviceaccount:\(namespace):\(name)", uid: uid,
      groups: [
        "system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated",
      ])
  }

  /// As a `UserInfo` shows it.
  var json: JSONValue {
    var info: JSONValue = ["username": .string(name), "groups": .strings(groups)]
    info["uid"] = uid.map { .string($0) }
    if !extra.isEmpty { info["extra"] = .object(extra.mapValues(JSONValue.strings)) }
    return info
  }

  /// The node that a bound service account token names; nil for any other user.
  var nodeName: String? { extra[ExtraKey.nodeName]?.first }
}

/// Names under which a bound token tells what it is bound to.
enum ExtraKey {
  static let nodeName = "authentication.kubernetes.io/node-name"
  static let nodeUID = "authentication.kubernetes.io/node-uid"
  static let podName = "authentication.kubernetes.io/pod-name"
  static let podUID = "authentication.kubernetes.io/pod-uid"
  static let credential = "authentication.kubernetes.io/credential-id"
}
