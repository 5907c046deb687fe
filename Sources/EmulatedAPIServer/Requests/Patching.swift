internal import HTTPServer
internal import JSON

/// PATCH, in its four forms.
struct Patching: Sendable {
  let writer: ObjectWriter
  let authorizer: Authorizer

  private static let maximumOperations = 10_000

  func answer(_ context: RequestContext) throws(APIStatus) -> Answer {
    let type = MediaTypes.base(context.request.headers["Content-Type"])
    guard MediaTypes.patches.contains(type) else {
      throw .unsupportedMediaType(MediaTypes.patches)
    }
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
    let result: JSONValue
    switch type {
    case MediaTypes.mergePatch:
      guard case .object = document.value else {
        throw wrongShape(document.value, "map[string]interface {}")
      }
      result = MergePatch.apply(document.value, to: current)
    case MediaTypes.jsonPatch:
      guard case .array(let operations) = document.value else {
        throw wrongShape(document.value, "[]handlers.jsonPatchOp")
      }
      result = try jsonPatched(current, operations)
    default: result = try strategicallyPatched(current, document.value, context.kind)
    }
    let shown =
      type == MediaTypes.strategicMergePatch
      ? goMap(document.value) : String(decoding: AnswerWriter.bytes(result), as: UTF8.self)
    var object = try decoded(result, document.duplicates, shown, context, options)
    try Creating.place(&object, context)
    try Updating.checkName(object, context.target.name, isPatch: true)
    return Defaults.filled(object, context.kind)
  }

  private static func decoded(
    _ result: JSONValue, _ duplicates: [String], _ shown: String, _ context: RequestContext,
    _ options: WriteOptions
  ) throws(APIStatus) -> JSONValue {
    let decoded: ObjectDecoder.Decoded
    do {
      decoded = try ObjectDecoder.decode(result, as: context.kind.typeName)
    } catch {
      throw .invalidPatch(shown, error.message)
    }
    try ObjectBody.report(
      duplicates, decoded.unknownFields, options, context.notes
    ) { (problems) throws(APIStatus) in
      throw .invalidPatch(shown, "strict decoding error: \(problems)")
    }
    return decoded.value
  }

  private static func jsonPatched(
    _ current: JSONValue, _ operations: [JSONValue]
  ) throws(APIStatus) -> JSONValue {
    if operations.count > maximumOperations {
      throw .tooLarge(
        "The allowed maximum operations in a JSON patch is \(maximumOperations), got "
          + "\(operations.count)")
    }
    do {
      return try JSONPatch(operations).apply(to: current)
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

  /// Go's `%+v` of a map.
  private static func goMap(_ value: JSONValue) -> String {
    switch value {
    case .object(let members):
      "map["
        + members.sorted { $0.key < $1.key }.map { "\($0.key):\(goMap($0.value))" }
        .joined(separator: " ") + "]"
    case .array(let elements): "[" + elements.map(goMap).joined(separator: " ") + "]"
    case .string(let text): text
    case .null: "<nil>"
    default: JSONWriter.compact.string(value)
    }
  }

  private func apply(
    _ context: RequestContext, _ options: WriteOptions
  ) throws(APIStatus) -> Answer {
    let name = context.target.name
    let document: StrictJSONReader.Document
    do {
      document = try ObjectBody.read(context.request.body, isYAML: true)
    } catch {
      throw .badRequest("error decoding YAML: \(error.message)")
    }
    let configuration = document.value
    try Self.checkConfiguration(configuration, context)
    try ObjectBody.report(
      document.duplicates, [], options, context.notes
    ) { (problems) throws(APIStatus) in
      throw .badRequest("error strict decoding YAML: \(problems)")
    }
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
        return .object(status: 201, try writer.create(applied, context, options))
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
    if let live { try Updating.checkIdentity(object, live, context) }
    return Defaults.filled(object, context.kind)
  }

  private static func checkConfiguration(
    _ configuration: JSONValue, _ context: RequestContext
  ) throws(APIStatus) {
    guard case .object = configuration else {
      throw .badRequest(
        "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal "
          + "into Go value of type map[string]interface {}")
    }
    let version = configuration["apiVersion"]?.string ?? ""
    if version != context.kind.apiVersion {
      throw .badRequest(
        "Incorrect version specified in apply patch. Specified patch version: \(version), "
          + "expected: \(context.kind.apiVersion)")
    }
    if let kind = configuration["kind"]?.string, kind != context.kind.kind {
      throw .badRequest(
        "\(kind) in version \(GoText.quoted(context.kind.version)) cannot be handled as a "
          + "\(context.kind.kind)")
    }
    if configuration["metadata"]?["managedFields"] != nil {
      throw .badRequest("metadata.managedFields must be nil")
    }
  }
}
