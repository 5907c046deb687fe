internal import FilelogJSON
internal import FilelogText
internal import HTTPServer

/// What the server tells about itself.
struct Discovery: Sendable {
  let gitVersion: String

  func respond(_ request: HTTPServerRequest, _ path: String) throws(APIStatus) -> HTTPServerResponse
  {
    guard request.method == "GET" else { throw .methodNotAllowed() }
    let parts = path.split(separator: "/").map(String.init)
    switch parts.first {
    case "version" where parts.count == 1: return ResponseForm.body(200, version, request)
    case "openapi": return openAPI(request, parts)
    case "healthz", "livez", "readyz":
      // The state as a whole, or one check of those that every server has.
      let isKnown = parts.count == 1 || ["ping", "log", "etcd"].contains(parts[1])
      return isKnown && parts.count < 3 ? .text(200, "ok") : .text(404, "404 page not found\n")
    case "api" where parts.count == 1:
      return ResponseForm.body(
        200, ["kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []], request)
    case "api" where parts == ["api", "v1"]:
      return ResponseForm.body(200, Self.resources("", "v1"), request)
    case "apis" where parts.count == 1:
      let groups: JSONValue = [
        "kind": "APIGroupList", "apiVersion": "v1",
        "groups": .array(Self.groups.map { Self.group($0, isListed: true) }),
      ]
      return ResponseForm.body(200, groups, request)
    case "apis" where parts.count == 2 && Self.groups.contains(parts[1]):
      return ResponseForm.body(200, Self.group(parts[1], isListed: false), request)
    case "apis" where parts.count == 3 && Self.groups.contains(parts[1]) && parts[2] == "v1":
      return ResponseForm.body(200, Self.resources(parts[1], parts[2]), request)
    case nil: return ResponseForm.body(200, Self.paths, request)
    case "api" where parts.count == 2, "apis" where parts.count == 3: throw .unknownResource
    default: return .text(404, "404 page not found\n")
    }
  }

  private func openAPI(_ request: HTTPServerRequest, _ parts: [String]) -> HTTPServerResponse {
    switch parts.dropFirst().first {
    case "v2" where parts.count == 2: return Self.openAPIVersion2
    case "v3" where parts.count == 2:
      return ResponseForm.body(200, OpenAPIDocument.version3Index, request)
    case "v3":
      let group = parts.dropFirst(2).joined(separator: "/")
      if let document = OpenAPIDocument.version3(group, gitVersion) {
        return ResponseForm.body(200, document, request)
      }
    default: break
    }
    return .text(404, "404 page not found\n")
  }

  /// A document (`openapi.v2.Document` in protobuf, the only form that kubectl reads) that describes no
  /// kind: kubectl validates a `List` by it, and leaves what it does not describe to the server.
  private static let openAPIVersion2 = HTTPServerResponse(
    status: 200,
    headers: HTTPHeaders([
      ("Content-Type", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
    ]), body: .bytes([0x0a, 0x03] + "2.0".utf8))

  private static let paths: JSONValue = [
    "paths": .array(
      (["/api", "/api/v1", "/apis"] + groups.flatMap { ["/apis/\($0)", "/apis/\($0)/v1"] }
        + ["/healthz", "/livez", "/openapi/v3", "/readyz", "/version"])
        .map { .string($0) })
  ]

  /// Whether there are resources of that group and version.
  static func serves(group: String, version: String) -> Bool {
    version == "v1" && (group.isEmpty || groups.contains(group))
  }

  private static let groups =
    ResourceRegistry.groups + ["authentication.k8s.io", "authorization.k8s.io"]

  private var version: JSONValue {
    let numbers = gitVersion.drop { !$0.isNumber }.split(separator: ".").map(String.init)
    return [
      "major": .string(numbers.first ?? "1"),
      "minor": .string(numbers.count > 1 ? numbers[1] : "0"),
      "gitVersion": .string(gitVersion), "gitCommit": "", "gitTreeState": "",
      "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "", "platform": "",
    ]
  }

  private static func group(_ name: String, isListed: Bool) -> JSONValue {
    let version: JSONValue = ["groupVersion": .string("\(name)/v1"), "version": "v1"]
    var group: JSONValue = [
      "name": .string(name), "versions": [version], "preferredVersion": version,
    ]
    if !isListed {
      group["kind"] = "APIGroup"
      group["apiVersion"] = "v1"
    }
    return group
  }

  private static func resources(_ group: String, _ version: String) -> JSONValue {
    var resources: [JSONValue] = []
    for kind in ResourceRegistry.all where kind.group == group {
      var entry: JSONValue = [
        "name": .string(kind.plural), "singularName": .string(kind.singular),
        "namespaced": .bool(kind.isNamespaced), "kind": .string(kind.kind),
        "verbs": .array(kind.verbs.map { .string($0) }),
      ]
      entry["shortNames"] = list(kind.shortNames)
      entry["categories"] = list(kind.categories)
      resources.append(entry)
      for subresource in kind.subresources {
        resources.append(Self.subresource(subresource, of: kind))
      }
    }
    resources += AccessReviews.kinds.filter { $0.group == group }.map { review in
      [
        "name": .string(review.plural), "singularName": .string(review.kind.lowercased()),
        "namespaced": false, "kind": .string(review.kind), "verbs": ["create"],
      ]
    }
    return [
      "kind": "APIResourceList", "apiVersion": "v1",
      "groupVersion": .string(group.isEmpty ? version : "\(group)/\(version)"),
      "resources": .array(resources),
    ]
  }

  private static func subresource(_ name: String, of kind: ResourceKind) -> JSONValue {
    let common: JSONValue = [
      "name": .string("\(kind.plural)/\(name)"), "singularName": "",
      "namespaced": .bool(kind.isNamespaced),
    ]
    var entry = common
    if name == "token" {
      entry["group"] = "authentication.k8s.io"
      entry["version"] = "v1"
      entry["kind"] = "TokenRequest"
      entry["verbs"] = ["create"]
    } else {
      entry["kind"] = .string(kind.kind)
      entry["verbs"] = ["get", "patch", "update"]
    }
    return entry
  }

  private static func list(_ texts: [String]) -> JSONValue? {
    if texts.isEmpty { return .none }
    return .array(texts.map { .string($0) })
  }
}
