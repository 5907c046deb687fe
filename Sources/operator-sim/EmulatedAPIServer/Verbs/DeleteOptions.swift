internal import FilelogJSON
internal import HTTPServer

/// How something is to be deleted: from the body of the request, or from its query when it has none.
struct DeleteOptions: Sendable {
  enum Propagation: String, CaseIterable, Sendable {
    case orphan = "Orphan"
    case background = "Background"
    case foreground = "Foreground"
  }

  var isDryRun = false
  var uid: String?
  var resourceVersion: String?
  var gracePeriod: Int?
  /// Nil: what the object's finalizers say, else in the background.
  var propagation: Propagation?

  private static let typeName = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"

  init(_ request: HTTPServerRequest) throws(APIStatus) {
    let json =
      try request.body.isEmpty
      ? Self.query(request)
      : Self.body(request)
    uid = json["preconditions"]?["uid"]?.string
    resourceVersion = json["preconditions"]?["resourceVersion"]?.string
    // Less than no time is a second.
    gracePeriod = json["gracePeriodSeconds"]?.integer.map { $0 < 0 ? 1 : $0 }
    let policy = json["propagationPolicy"]?.string
    let orphans = json["orphanDependents"]?.bool
    propagation =
      policy.flatMap(Propagation.init) ?? orphans.map { $0 ? .orphan : .background }
    let dryRun = json["dryRun"]?.array ?? []
    isDryRun = !dryRun.isEmpty
    let errors = Self.errors(policy, orphans, dryRun)
    if !errors.isEmpty {
      throw .invalid(group: "meta.k8s.io", kind: "DeleteOptions", name: "", errors)
    }
  }

  private static func errors(
    _ policy: String?, _ orphans: Bool?, _ dryRun: [JSONValue]
  ) -> [FieldError] {
    var errors: [FieldError] = []
    if let policy, orphans != nil {
      errors.append(
        .invalid(
          "propagationPolicy", .string(policy),
          "orphanDependents and deletionPropagation cannot be both set"))
    }
    if let policy, Propagation(rawValue: policy) == nil {
      errors.append(
        .notSupported(
          "propagationPolicy", .string(policy), ["Foreground", "Background", "Orphan", "nil"]))
    }
    if dryRun.contains(where: { $0 != "All" }) {
      errors.append(.notSupported("dryRun", .array(dryRun), ["All"]))
    }
    return errors
  }

  private static func body(_ request: HTTPServerRequest) throws(APIStatus) -> JSONValue {
    let sent = try ObjectBody.object(request, kind: "DeleteOptions", typeName: typeName)
    if let kind = sent["kind"]?.string, !kind.isEmpty, kind != "DeleteOptions" {
      throw .badRequest(
        "no kind \(GoText.quoted(kind)) is registered for version "
          + "\(GoText.quoted(sent["apiVersion"]?.string ?? "meta.k8s.io/v1")) in scheme "
          + "\"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27\"")
    }
    do {
      return try ObjectDecoder.decode(sent, as: typeName).value
    } catch {
      throw .badRequest(error.message)
    }
  }

  private static func query(_ request: HTTPServerRequest) throws(APIStatus) -> JSONValue {
    var json: JSONValue = [:]
    json["gracePeriodSeconds"] = try request.number("gracePeriodSeconds").map { .integer($0) }
    json["propagationPolicy"] = request.queryValue("propagationPolicy").map { .string($0) }
    json["orphanDependents"] = request.flag("orphanDependents").map { .bool($0) }
    let dryRun = request.query.filter { $0.name == "dryRun" }.map { JSONValue.string($0.value) }
    if !dryRun.isEmpty { json["dryRun"] = .array(dryRun) }
    return json
  }
}
