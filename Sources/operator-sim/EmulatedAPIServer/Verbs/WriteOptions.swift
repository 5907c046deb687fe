internal import FilelogJSON
internal import HTTPServer

/// The query parameters of a write.
struct WriteOptions: Sendable {
  enum FieldValidation: String, Sendable {
    case ignore = "Ignore"
    case warn = "Warn"
    case strict = "Strict"
  }

  var isDryRun = false
  var fieldManager = ""
  var fieldValidation = FieldValidation.warn
  var force: Bool?

  /// - Parameter kind: `PatchOptions`, `CreateOptions` or `UpdateOptions`, for the refusal.
  init(_ request: HTTPServerRequest, kind: String, isApply: Bool = false) throws(APIStatus) {
    var errors: [FieldError] = []
    if kind == "PatchOptions" {
      force = request.flag("force")
      if isApply, (request.queryValue("fieldManager") ?? "").isEmpty {
        errors.append(.required("fieldManager", "is required for apply patch"))
      } else if !isApply, force != nil {
        errors.append(.forbidden("force", "may not be specified for non-apply patch"))
      }
    }
    fieldManager = request.queryValue("fieldManager") ?? ""
    if fieldManager.utf8.count > 128 {
      errors.append(.tooLong("fieldManager", bytes: 128))
    }
    let dryRun = request.query.filter { $0.name == "dryRun" }.map(\.value)
    isDryRun = !dryRun.isEmpty
    if dryRun.contains(where: { $0 != "All" }) {
      errors.append(.notSupported("dryRun", .array(dryRun.map { .string($0) }), ["All"]))
    }
    if let text = request.queryValue("fieldValidation"), !text.isEmpty {
      if let validation = FieldValidation(rawValue: text) {
        fieldValidation = validation
      } else {
        errors.append(
          .notSupported("fieldValidation", .string(text), ["", "Ignore", "Strict", "Warn"]))
      }
    }
    if !errors.isEmpty { throw .invalid(group: "meta.k8s.io", kind: kind, name: "", errors) }
  }
}
