internal import FilelogJSON
internal import HTTPServer

/// DELETE, of one object or of a collection.
struct Deleting: Sendable {
  let store: ObjectStore
  let admission: PolicyAdmission

  func respond(_ context: RequestContext) throws(APIStatus) -> APIResponse {
    let options = try DeleteOptions(context.request)
    let name = context.target.name
    let deleted = try delete(name, in: context.key(name), context, options)
    return .object(status: 200, deleted)
  }

  /// Deletes everything that the selectors allow.
  func respondToCollection(_ context: RequestContext) throws(APIStatus) -> APIResponse {
    _ = try ListOptions(context.request)
    let options = try DeleteOptions(context.request)
    let selection = try Selection(context)
    let kind = context.kind
    let listed: (objects: [(key: ObjectKey, object: StoredObject)], revision: Int)
    do {
      listed = try store.list(kind.qualifiedPlural, namespace: selection.namespace)
    } catch {
      throw .internalError("history was compacted")
    }
    var deleted: [JSONValue] = []
    for (key, object) in listed.objects where selection.matches(object.value) {
      do {
        _ = try delete(key.name, in: key, context, options)
        deleted.append(object.shown)
      } catch  where error.code == 404 {
        // Another client was faster.
      }
    }
    return .list(Listing.list(deleted, kind, revision: store.revision))
  }

  private func delete(
    _ name: String, in key: ObjectKey, _ context: RequestContext, _ options: DeleteOptions
  ) throws(APIStatus) -> JSONValue {
    let kind = context.kind
    try NamespaceLifecycle.checkDeletion(of: name, kind)
    while true {
      guard let current = store.object(key) else { throw .notFound(kind, name) }
      try Self.check(options, current, kind, name)
      try admission.check(
        context.write("DELETE", name, nil, over: current.shown, options.isDryRun))
      let held = Self.held(current.value, options.propagation)
      let remaining = marked(held, kind, options, context.now)
      if options.isDryRun { return Self.shown(current, remaining, kind) }
      if let remaining, remaining == current.value { return current.shown }
      guard let stored = try store.replace(key, current, with: remaining) else { continue }
      context.notes.markChanged(storedBytes: 0)
      let collector = GarbageCollector(store: store, now: context.now)
      if remaining != nil {
        collector.finish(key)
        return stored.shown
      }
      collector.collect(current.value)
      return Self.shown(stored, nil, kind)
    }
  }

  /// What is to happen to the dependents first is written into the object, as a finalizer.
  private static func held(
    _ object: JSONValue, _ propagation: DeleteOptions.Propagation?
  ) -> JSONValue {
    let wanted: [String]
    switch propagation {
    case nil: return object
    case .background: wanted = []
    case .foreground: wanted = [GarbageCollector.foreground]
    case .orphan: wanted = [GarbageCollector.orphan]
    }
    let old = GarbageCollector.finalizers(object)
    let others = old.filter {
      ![GarbageCollector.foreground, GarbageCollector.orphan].contains($0)
    }
    let new = others + wanted
    if Set(new) == Set(old) { return object }
    var object = object
    object["metadata"]?["finalizers"] = .none
    if !new.isEmpty { object["metadata"]?["finalizers"] = .array(new.map { .string($0) }) }
    return object
  }

  private static func check(
    _ options: DeleteOptions, _ current: StoredObject, _ kind: ResourceKind, _ name: String
  ) throws(APIStatus) {
    if let uid = options.uid, uid != current.uid {
      throw .conflict(
        kind, name, namesKind: true,
        "the UID in the precondition (\(uid)) does not match the UID in record "
          + "(\(current.uid ?? "")). The object might have been deleted and then recreated")
    }
    if let version = options.resourceVersion, version != String(current.revision) {
      throw .conflict(
        kind, name, namesKind: true,
        "the ResourceVersion in the precondition (\(version)) does not match the ResourceVersion "
          + "in record (\(current.revision)). The object might have been modified")
    }
  }

  /// What stays of a deleted object until its deletion is finished; nil when it goes now.
  private func marked(
    _ object: JSONValue, _ kind: ResourceKind, _ options: DeleteOptions, _ now: Timestamp
  ) -> JSONValue? {
    var object = object
    let isDeleted = object["metadata"]?["deletionTimestamp"] != nil
    let grace = kind.kind == "Pod" ? podGrace(object, options) : 0
    let isHeld = object["metadata"]?["finalizers"] != nil
    let isNamespace = kind.kind == "Namespace"
    if grace == 0, !isHeld, !isNamespace { return .none }
    if isDeleted, isNamespace { return object }
    if isDeleted, grace >= object["metadata"]?["deletionGracePeriodSeconds"]?.integer ?? 0 {
      return object
    }
    let moment = Timestamp(seconds: now.seconds + grace)
    if isNamespace {
      // Stays until what is in it is gone.
      object["metadata"]?["deletionTimestamp"] = .string(moment.text)
      object["status"] = ["phase": "Terminating"]
      return object
    }
    return GarbageCollector.going(object, at: moment, grace: grace)
  }

  /// A pod that was given to a node goes when its kubelet confirms it, by a deletion without grace.
  private func podGrace(_ pod: JSONValue, _ options: DeleteOptions) -> Int {
    let phase = pod["status"]?["phase"]?.string
    if (pod["spec"]?["nodeName"]?.string ?? "").isEmpty || phase == "Failed" || phase == "Succeeded"
    {
      return 0
    }
    return options.gracePeriod ?? pod["spec"]?["terminationGracePeriodSeconds"]?.integer ?? 30
  }

  /// For some kinds the response is the object, the others with a status.
  private static func shown(
    _ deleted: StoredObject, _ remaining: JSONValue?, _ kind: ResourceKind
  ) -> JSONValue {
    if let remaining { return StoredObject(value: remaining, revision: deleted.revision).shown }
    if ["Pod", "ServiceAccount", "Service"].contains(kind.kind) {
      return deleted.shown
    }
    var details: JSONValue = [
      "name": deleted.value["metadata"]?["name"] ?? "", "kind": .string(kind.plural),
      "uid": deleted.value["metadata"]?["uid"] ?? "",
    ]
    details["group"] = kind.group.nonEmpty.map { .string($0) }
    return [
      "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
      "details": details,
    ]
  }
}
