internal import HTTPServer

/// `kubectl --as`: somebody acts as somebody else, if they may.
enum Impersonation {
  static func applied(
    _ request: HTTPServerRequest, _ caller: Identity, _ authorizer: Authorizer
  ) throws(APIStatus) -> Identity {
    let headers = request.headers
    guard let name = headers["Impersonate-User"], !name.isEmpty else { return caller }
    let groups = headers.values("Impersonate-Group")
    try check(caller, "users", name, authorizer)
    for group in groups { try check(caller, "groups", group, authorizer) }
    var identity = Identity(name: name, uid: headers["Impersonate-Uid"], groups: groups)
    let prefix = "impersonate-extra-"
    for (header, value) in headers.all where header.lowercased().hasPrefix(prefix) {
      let key = PercentText.decoded(String(header.lowercased().dropFirst(prefix.count)))
      try check(caller, "userextras", value, authorizer)
      identity.extra[key, default: []].append(value)
    }
    if groups.isEmpty { identity.groups += serviceAccountGroups(name) }
    if name != "system:anonymous", !identity.groups.contains("system:authenticated") {
      identity.groups.append("system:authenticated")
    }
    return identity
  }

  private static func serviceAccountGroups(_ name: String) -> [String] {
    let parts = name.split(separator: ":")
    guard parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount" else { return [] }
    return ["system:serviceaccounts", "system:serviceaccounts:\(parts[2])"]
  }

  private static func check(
    _ caller: Identity, _ resource: String, _ name: String, _ authorizer: Authorizer
  ) throws(APIStatus) {
    try authorizer.check(
      caller,
      ResourceTarget(
        group: resource == "userextras" ? "authentication.k8s.io" : "", version: "v1",
        namespace: "", plural: resource, name: name, subresource: "", verb: "impersonate"))
  }
}

enum PercentText {
  static func decoded(_ text: String) -> String {
    HTTPServerRequest(method: "GET", target: "/\(text)").pathSegments.first ?? text
  }
}
