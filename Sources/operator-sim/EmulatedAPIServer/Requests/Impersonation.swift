internal import FilelogEncodings
internal import FilelogText
internal import HTTPServer

/// `kubectl --as`: a user acts as another user, if they may.
enum Impersonation {
  private static let extraPrefix = "impersonate-extra-"
  private static let group = "authentication.k8s.io"

  static func applied(
    _ request: HTTPServerRequest, _ caller: Identity, _ authorizer: Authorizer
  ) throws(APIStatus) -> Identity {
    let headers = request.headers
    guard let name = headers["Impersonate-User"], !name.isEmpty else {
      if headers.fields.contains(where: { $0.name.lowercased().hasPrefix("impersonate-") }) {
        throw .unclassified("impersonation without a user; add the header Impersonate-User")
      }
      return caller
    }
    let account = serviceAccount(name)
    func check(
      _ resource: String, _ name: String, group: String = "", namespace: String = "",
      subresource: String = ""
    ) throws(APIStatus) {
      try authorizer.check(
        caller,
        ResourceTarget(
          group: group, version: "v1", namespace: namespace, plural: resource, name: name,
          subresource: subresource, verb: "impersonate"))
    }
    if let account {
      try check("serviceaccounts", account.name, namespace: account.namespace)
    } else {
      try check("users", name)
    }
    let groups = headers.all("Impersonate-Group")
    for group in groups { try check("groups", group) }
    var identity = Identity(name: name, uid: headers["Impersonate-Uid"], groups: groups)
    for (key, value) in extras(request) {
      try check("userextras", value, group: Self.group, subresource: key)
      identity.extra[key, default: []].append(value)
    }
    if let uid = identity.uid { try check("uids", uid, group: Self.group) }
    if groups.isEmpty, let account {
      identity.groups += [
        "system:serviceaccounts", "system:serviceaccounts:\(account.namespace)",
      ]
    }
    if name != "system:anonymous", !identity.groups.contains("system:authenticated") {
      identity.groups.append("system:authenticated")
    }
    return identity
  }

  private static func extras(_ request: HTTPServerRequest) -> [(key: String, value: String)] {
    request.headers.fields.compactMap { header, value in
      let name = header.lowercased()
      guard name.hasPrefix(extraPrefix) else { return nil }
      return (PercentEncoding.decodeLeniently(name.dropFirst(extraPrefix.count)), value)
    }
  }

  private static func serviceAccount(_ name: String) -> (namespace: String, name: String)? {
    let parts = name.split(separator: ":").map(String.init)
    guard parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount" else { return nil }
    return (parts[2], parts[3])
  }
}
