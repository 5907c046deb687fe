internal import HTTPServer

/// What a request is about, told from its method, path and query.
enum RequestTarget: Hashable, Sendable {
  case resource(ResourceTarget)
  /// Discovery, health and the like.
  case path(String)
}

struct ResourceTarget: Hashable, Sendable {
  /// Empty for the core group.
  var group: String
  var version: String
  /// Empty for what belongs to no namespace, and for all namespaces.
  var namespace: String
  var plural: String
  var name: String
  var subresource: String
  /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`
  var verb: String

  /// `configmaps` or `serviceaccounts/token`
  var resource: String { subresource.isEmpty ? plural : "\(plural)/\(subresource)" }
}

extension RequestTarget {
  /// Nil for a path.
  var resource: ResourceTarget? {
    if case .resource(let target) = self { target } else { nil }
  }

  init(_ request: HTTPServerRequest) {
    let segments = request.pathSegments
    let rest: ArraySlice<String>
    let (group, version): (String, String)
    if segments.count > 2, segments[0] == "api" {
      (group, version, rest) = ("", segments[1], segments[2...])
    } else if segments.count > 3, segments[0] == "apis" {
      (group, version, rest) = (segments[1], segments[2], segments[3...])
    } else {
      self = .path(request.path)
      return
    }
    var target = ResourceTarget(
      group: group, version: version, namespace: "", plural: "", name: "", subresource: "",
      verb: "")
    target.place(rest)
    target.verb = Self.verb(request, hasName: !target.name.isEmpty)
    if target.name.isEmpty, ["list", "watch", "deletecollection"].contains(target.verb) {
      // A selector that can only match one object counts as naming it.
      target.name = FieldSelector.exactName(request.queryValue("fieldSelector") ?? "") ?? ""
    }
    self = .resource(target)
  }

  private static func verb(_ request: HTTPServerRequest, hasName: Bool) -> String {
    let watches = request.flag("watch") ?? false
    return switch request.method {
    case "GET", "HEAD": hasName ? "get" : watches ? "watch" : "list"
    case "POST": "create"
    case "PUT": "update"
    case "PATCH": "patch"
    case "DELETE": hasName ? "delete" : "deletecollection"
    default: request.method.lowercased()
    }
  }
}

extension ResourceTarget {
  fileprivate mutating func place(_ segments: ArraySlice<String>) {
    var rest = segments
    if rest.first == "namespaces", rest.count > 1 {
      let name = rest[rest.startIndex + 1]
      let following = rest.dropFirst(2)
      namespace = name
      // `namespaces/x/status` is about the namespace, `namespaces/x/pods` about what is in it.
      if following.isEmpty || ["status", "finalize"].contains(following.first) {
        plural = "namespaces"
        self.name = name
        subresource = following.joined(separator: "/")
        return
      }
      rest = following
    }
    plural = rest.first ?? ""
    name = rest.dropFirst().first ?? ""
    subresource = rest.dropFirst(2).joined(separator: "/")
  }
}
