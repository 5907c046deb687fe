internal import FilelogJSON
internal import FilelogText
internal import HTTPServer

/// PATCH, in its four forms.
struct Patching: Sendable {
  let writer: ObjectWriter
  let authorizer: Authorizer

  private static let maximumOperations = 10_000

  func respond(_ context: RequestContext) throws(APIStatus) -> APIResponse {
    let type = MediaTypes.base(context.request.headers["Content-Type"])
    guard MediaTypes.patches.contains(type) else { throw .unsupportedPatchType }
    let options = try WriteOptions(
      context.request, kind: "PatchOptions", isApply: type == MediaTypes.apply)
    if type == MediaTypes.apply { return try apply(context, options) }
    let name = context.target.name
    let patched = try writer.update(name, context, options) { (current) throws(APIStatus) in
      let new = try Self.patched(current, type, context, options)
      let manager = FieldManager(
        kind: context.kind, subresource: context.target.subresource, now: context.now)
      return manager.updated(live: current, new: new, manager: context.manager(options))
    }
    return .object(status: 200, patched)
  }

  private static func patched(
    _ current: JSONValue, _ type: String, _ context: RequestContext, _ options: WriteOptions
  ) throws(APIStatus) -> JSONValue {
    let document: StrictJSONReader.Document
    do {
      document = try StrictJSONReader.read(context.request.body)
    } catch {
      let prefix = type == MediaTypes.strategicMergePatch ? "" : "error decoding patch: "
      throw .badRequest(prefix + error.message)
    }
    var problems = ObjectBody.problems(duplicates: document.duplicates)
    let result: JSONValue
    var shown: String?
    switch type {
    case MediaTypes.mergePatch:
      if document.value == .null { throw .badRequest("Invalid JSON Patch") }
      guard case .object = document.value else {
        throw wrongShape(document.value, "map[string]interface {}")
      }
      result = MergePatch.apply(document.value, to: current)
    case MediaTypes.jsonPatch:
      guard case .array(let operations) = document.value else {
        throw wrongShape(document.value, "[]handlers.jsonPatchOp")
      }
      let patch = try jsonPatch(operations)
      problems = (problems + ObjectBody.problems(unknown: patch.unknownFields)).map {
        "json patch " + $0
      }
      guard let patched = try? patch.apply(to: current) else { throw .rejectedPatch }
      result = patched
    default:
      result = try strategicallyPatched(current, document.value, context.kind)
      shown = GoText.value(document.value)
    }
    var object = try decoded(
      result, over: current, type, problems, shown, context, options)
    try Creating.place(&object, context)
    try Updating.checkName(object, context.target.name, isPatch: true)
    return Defaults.converted(object, context.kind)
  }

  /// - Parameters:
  ///   - problems: what was wrong with the patch itself.
  ///   - patch: what refusals repeat; nil: the result.
  private static func decoded(
    _ result: JSONValue, over current: JSONValue, _ type: String, _ problems: [String],
    _ patch: String?,
    _ context: RequestContext, _ options: WriteOptions
  ) throws(APIStatus) -> JSONValue {
    var shown: String { patch ?? ResponseWriter.untyped(result) }
    if let problem = ObjectBody.kindProblem(result, context.kind) {
      throw .invalidPatch(shown, problem)
    }
    let decoded: ObjectDecoder.Decoded
    do {
      decoded = try ObjectDecoder.decode(result, as: context.kind.typeName, known: current)
    } catch {
      throw .invalidPatch(shown, error.message)
    }
    let all = problems + ObjectBody.problems(unknown: decoded.unknownFields)
    try ObjectBody.report(all, options, context.notes) { (problems) throws(APIStatus) in
      throw .invalidPatch(shown, "strict decoding error: \(problems)")
    }
    return decoded.value
  }

  private static func jsonPatch(_ operations: [JSONValue]) throws(APIStatus) -> JSONPatch {
    if operations.count > maximumOperations {
      throw .tooLarge(
        "The allowed maximum operations in a JSON patch is \(maximumOperations), got "
          + "\(operations.count)")
    }
    do {
      return try JSONPatch(operations)
    } catch {
      throw .rejectedPatch
    }
  }

  private static func strategicallyPatched(
    _ current: JSONValue, _ patch: JSONValue, _ kind: ResourceKind
  ) throws(APIStatus) -> JSONValue {
    do {
      return try StrategicMergePatch.apply(patch, to: current, kind.type)
    } catch {
      throw error.isBadRequest ? .badRequest(error.message) : .unclassified(error.message)
    }
  }

  private static func wrongShape(_ value: JSONValue, _ wanted: String) -> APIStatus {
    let found =
      switch value {
      case .array: "array"
      case .object: "object"
      case .string: "string"
      case .bool: "bool"
      case .null: "null"
      case .integer, .number: "number"
      }
    return .badRequest(
      "error decoding patch: json: cannot unmarshal \(found) into Go value of type \(wanted)")
  }

  private func apply(
    _ context: RequestContext, _ options: WriteOptions
  ) throws(APIStatus) -> APIResponse {
    let name = context.target.name
    let document: StrictJSONReader.Document
    do {
      document = try ObjectBody.read(context.request.body, isYAML: true)
    } catch {
      throw .badRequest("error decoding YAML: error converting YAML to JSON: \(error.message)")
    }
    let configuration = document.value
    try Self.checkConfiguration(configuration, context)
    try Self.reportDuplicates(document.duplicates, options, context.notes)
    let manager = FieldManager(
      kind: context.kind, subresource: context.target.subresource, now: context.now)
    while true {
      if writer.store.object(context.key(name)) == nil {
        try Updating.checkMayCreate(context, authorizer)
        let applied = try Self.applied(
          manager, live: nil, configuration, context, options)
        if applied["metadata"]?["uid"] != nil {
          throw .conflict(
            context.kind, name,
            "uid mismatch: the provided object specified uid "
              + "\(applied["metadata"]?["uid"]?.string ?? ""), and no existing object was found")
        }
        return .object(
          status: 201, try writer.create(Self.withoutVersion(applied), context, options))
      }
      do {
        let updated = try writer.update(name, context, options) { (current) throws(APIStatus) in
          try Self.applied(manager, live: current, configuration, context, options)
        }
        return .object(status: 200, updated)
      } catch  where error.code == 404 {
        // Deleted in between: create it.
        continue
      }
    }
  }

  private static func reportDuplicates(
    _ duplicates: [StrictJSONReader.Duplicate], _ options: WriteOptions, _ notes: RequestNotes
  ) throws(APIStatus) {
    if duplicates.isEmpty { return }
    let lines = duplicates.map {
      "\n  line \($0.line): key \(GoText.quoted($0.key)) already set in map"
    }
    let problem =
      "error converting YAML to JSON: yaml: unmarshal errors:" + lines.joined()
    try ObjectBody.report([problem], options, notes) { (problem) throws(APIStatus) in
      throw .badRequest("error strict decoding YAML: \(problem)")
    }
  }

  /// A version in the configuration of an object that is created means nothing.
  private static func withoutVersion(_ object: JSONValue) -> JSONValue {
    var object = object
    object["metadata"]?["resourceVersion"] = .none
    return object
  }

  private static func applied(
    _ manager: FieldManager, live: JSONValue?, _ configuration: JSONValue,
    _ context: RequestContext, _ options: WriteOptions
  ) throws(APIStatus) -> JSONValue {
    let merged = try manager.applied(
      live: live, configuration: configuration, manager: options.fieldManager,
      force: options.force ?? false)
    var object: JSONValue
    do {
      object = try ObjectDecoder.decode(merged, as: context.kind.typeName).value
    } catch {
      throw .unclassified("failed to convert new object to proper version: \(error.message)")
    }
    try Creating.place(&object, context)
    try Updating.checkName(object, context.target.name, isPatch: true)
    return Defaults.filled(object, context.kind)
  }

  private static func checkConfiguration(
    _ configuration: JSONValue, _ context: RequestContext
  ) throws(APIStatus) {
    switch configuration {
    case .object, .null: break
    default:
      let found = configuration.array == nil ? "string" : "array"
      throw .badRequest(
        "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal "
          + "\(found) into Go value of type map[string]interface {}")
    }
    let kind = configuration["kind"]?.string ?? ""
    let version = configuration["apiVersion"]?.string ?? ""
    if kind != context.kind.kind || version != context.kind.apiVersion {
      let shown = version.contains("/") ? version : "/\(version)"
      throw .badRequest("invalid object type: \(shown), Kind=\(kind)")
    }
    if configuration["metadata"]?["managedFields"] != nil {
      throw .badRequest("metadata.managedFields must be nil")
    }
  }
}
