internal import FilelogJSON

/// PUT.
struct Updating: Sendable {
  let writer: ObjectWriter
  let authorizer: Authorizer

  func respond(_ context: RequestContext) throws(APIStatus) -> APIResponse {
    let options = try WriteOptions(context.request, kind: "UpdateOptions")
    var sent = try ObjectBody.decode(context, options)
    try Creating.place(&sent, context)
    let name = context.target.name
    try Self.checkName(sent, name, isPatch: false)
    sent = Defaults.converted(sent, context.kind)
    let object = sent
    let manager = FieldManager(
      kind: context.kind, subresource: context.target.subresource, now: context.now)
    if context.kind.createsOnUpdate, writer.store.object(context.key(name)) == nil {
      return try create(object, context, options)
    }
    let updated = try writer.update(name, context, options) { (current) throws(APIStatus) in
      try Self.checkIdentity(object, current, context)
      return manager.updated(live: current, new: object, manager: context.manager(options))
    }
    return .object(status: 200, updated)
  }

  private func create(
    _ object: JSONValue, _ context: RequestContext, _ options: WriteOptions
  ) throws(APIStatus) -> APIResponse {
    try Self.checkMayCreate(context, authorizer)
    let manager = FieldManager(kind: context.kind, subresource: "", now: context.now)
    var object = object
    object["metadata"]?["resourceVersion"] = nil
    let owned = manager.updated(live: nil, new: object, manager: context.manager(options))
    return .object(status: 201, try writer.create(owned, context, options))
  }

  /// A write that would create needs the permission to.
  static func checkMayCreate(
    _ context: RequestContext, _ authorizer: Authorizer
  ) throws(APIStatus) {
    var target = context.target
    target.verb = "create"
    try authorizer.check(context.identity, target)
  }

  static func checkName(_ object: JSONValue, _ name: String, isPatch: Bool) throws(APIStatus) {
    let found = object["metadata"]?["name"]?.string ?? ""
    if found.isEmpty, !isPatch {
      throw .badRequest(
        "the name of the object (\(name) based on URL) was undeterminable: name must be provided")
    }
    if found != name {
      throw .badRequest(
        "the name of the object (\(found)) does not match the name on the URL (\(name))")
    }
  }

  /// A uid that the client sends must be that of the stored object.
  static func checkIdentity(
    _ object: JSONValue, _ current: JSONValue, _ context: RequestContext
  ) throws(APIStatus) {
    guard let sent = object["metadata"]?["uid"]?.string,
      let stored = current["metadata"]?["uid"]?.string, sent != stored
    else { return }
    throw .conflict(
      context.kind, context.target.name,
      "StorageError: invalid object, Code: 4, Key: \(context.storageKey), ResourceVersion: 0, "
        + "AdditionalErrorMsg: Precondition failed: UID in precondition: \(sent), UID in object meta: \(stored)"
    )
  }
}
