internal import FilelogJSON

/// POST on a collection.
struct Creating: Sendable {
  let writer: ObjectWriter
  let newSuffix: @Sendable () -> String

  func respond(_ context: RequestContext) throws(APIStatus) -> APIResponse {
    let options = try WriteOptions(context.request, kind: "CreateOptions")
    var object = try ObjectBody.decode(context, options)
    try Self.place(&object, context)
    if object["metadata"]?["name"] == nil, let prefix = object["metadata"]?["generateName"]?.string
    {
      // Names are kept short enough for a suffix of five characters.
      object["metadata"]?["name"] = .string(prefix.prefix(58) + newSuffix())
    }
    object = Defaults.converted(object, context.kind)
    // The list of field managers is not part of what is new.
    let manager = FieldManager(kind: context.kind, subresource: "", now: context.now)
    object = manager.updated(live: nil, new: object, manager: context.manager(options))
    return .object(status: 201, try writer.create(object, context, options))
  }

  /// Fills in the namespace of the request, which the object may only repeat.
  static func place(_ object: inout JSONValue, _ context: RequestContext) throws(APIStatus) {
    if object["metadata"] == nil { object["metadata"] = [:] }
    let expected = context.kind.isNamespaced ? context.target.namespace : ""
    let found = object["metadata"]?["namespace"]?.string ?? ""
    if found.isEmpty || !context.kind.isNamespaced {
      object["metadata"]?["namespace"] = expected.nonEmpty.map { .string($0) }
    } else if found != expected {
      throw .badRequest(
        "the namespace of the provided object does not match the namespace sent on the request")
    }
  }
}
