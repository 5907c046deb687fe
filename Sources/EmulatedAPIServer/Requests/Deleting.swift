internal import HTTPServer
internal import JSON

/// DELETE, of one object or of a collection.
struct Deleting: Sendable {
  let store: ObjectStore

  private struct Options {
    var isDryRun = false
    var uid: String?
    var resourceVersion: String?
    var gracePeriod: Int?
    var orphans = false
    var isForeground = false
  }

  func answer(_ context: RequestContext) throws(APIStatus) -> Answer {
    let options = try options(context)
    let deleted = try delete(context.target.name, context, options)
    return .object(status: 200, deleted)
  }

  /// Deletes everything that the selectors allow.
  func answerCollection(_ context: RequestContext) throws(APIStatus) -> Answer {
    let options = try options(context)
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
        // Somebody else was faster.
      }
    }
    return .list(Listing.list(deleted, kind, revision: store.revision))
  }

  private func delete(
    _ name: String, _ context: RequestContext, _ options: Options
  ) throws(APIStatus) -> JSONValue {
    try delete(name, in: context.key(name), context, options)
  }

  private func delete(
    _ name: String, in key: ObjectKey, _ context: RequestContext, _ options: Options
  ) throws(APIStatus) -> JSONValue {
    let kind = context.kind
    while true {
      guard let current = store.object(key) else { throw .notFound(kind, name) }
      try Self.check(options, current, kind, name)
      let remaining = marked(current.value, kind, options, context.now)
      if options.isDryRun { return Self.shown(current, remaining, kind, context.now) }
      if let remaining, remaining == current.value { return current.shown }
      guard let stored = try store.replace(key, current, with: remaining) else { continue }
      context.notes.markChanged(storedBytes: 0)
      if remaining != nil { return stored.shown }
      let collector = GarbageCollector(store: store)
      if options.orphans { collector.orphan(current.value) }
      collector.collect(current.value)
      if options.isForeground { return Self.leavingLast(current, context.now) }
      return Self.shown(stored, nil, kind, context.now)
    }
  }

  private static func check(
    _ options: Options, _ current: StoredObject, _ kind: ResourceKind, _ name: String
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

  /// What stays of a deleted object until somebody finishes its deletion; nil when it goes now.
  private func marked(
    _ object: JSONValue, _ kind: ResourceKind, _ options: Options, _ now: Timestamp
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
    object["metadata"]?["deletionTimestamp"] = .string(moment.text)
    if isNamespace {
      // Stays until what is in it is gone.
      object["status"] = ["phase": "Terminating"]
      return object
    }
    object["metadata"]?["deletionGracePeriodSeconds"] = .integer(grace)
    if let generation = object["metadata"]?["generation"]?.integer {
      object["metadata"]?["generation"] = .integer(generation + 1)
    }
    return object
  }

  /// A pod that was given to a node goes when its kubelet says so, by a deletion without grace.
  private func podGrace(_ pod: JSONValue, _ options: Options) -> Int {
    let phase = pod["status"]?["phase"]?.string
    if (pod["spec"]?["nodeName"]?.string ?? "").isEmpty || phase == "Failed" || phase == "Succeeded"
    {
      return 0
    }
    return options.gracePeriod ?? pod["spec"]?["terminationGracePeriodSeconds"]?.integer ?? 30
  }

  /// In a real cluster such an object stays until its dependents are gone.
  private static func leavingLast(_ object: StoredObject, _ now: Timestamp) -> JSONValue {
    var leaving = object.shown
    leaving["metadata"]?["deletionTimestamp"] = .string(now.text)
    leaving["metadata"]?["deletionGracePeriodSeconds"] = 0
    leaving["metadata"]?["finalizers"] = ["foregroundDeletion"]
    return leaving
  }

  /// Some kinds answer with the object, the others with a status.
  private static func shown(
    _ deleted: StoredObject, _ remaining: JSONValue?, _ kind: ResourceKind, _ now: Timestamp
  ) -> JSONValue {
    if let remaining { return StoredObject(value: remaining, revision: deleted.revision).shown }
    if kind.kind == "Pod" {
      var going = deleted.shown
      going["metadata"]?.setDefault("deletionTimestamp", .string(now.text))
      going["metadata"]?["deletionGracePeriodSeconds"] = 0
      if deleted.value["metadata"]?["deletionTimestamp"] == nil,
        let generation = going["metadata"]?["generation"]?.integer
      {
        going["metadata"]?["generation"] = .integer(generation + 1)
      }
      return going
    }
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

  private static func protobufOptions(
    _ body: [UInt8]
  ) throws(StrictJSONReader.Failure) -> JSONValue {
    do {
      return try ProtobufReader.object(
        body, as: "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions")
    } catch {
      throw .init(message: error.message)
    }
  }

  private func options(_ context: RequestContext) throws(APIStatus) -> Options {
    var options = Options()
    let request = context.request
    var json: JSONValue = [:]
    let type = MediaTypes.base(request.headers["Content-Type"])
    if !request.body.isEmpty {
      do throws(StrictJSONReader.Failure) {
        json =
          type == MediaTypes.protobuf
          ? try Self.protobufOptions(request.body) : try StrictJSONReader.read(request.body).value
      } catch {
        throw .badRequest("couldn't get version/kind; json parse error: \(error.message)")
      }
      guard case .object = json else {
        throw .badRequest(
          "couldn't get version/kind; json parse error: \(ObjectBody.wrongShape(json))")
      }
    }
    options.uid = json["preconditions"]?["uid"]?.string
    options.resourceVersion = json["preconditions"]?["resourceVersion"]?.string
    options.gracePeriod =
      json["gracePeriodSeconds"]?.integer
      ?? request.queryValue("gracePeriodSeconds").flatMap { Int($0) }
    let policy =
      json["propagationPolicy"]?.string ?? request.queryValue("propagationPolicy") ?? "Background"
    let policies = ["Foreground", "Background", "Orphan"]
    guard policies.contains(policy) else {
      throw .invalid(
        group: "meta.k8s.io", kind: "DeleteOptions", name: "",
        [.notSupported("propagationPolicy", .string(policy), policies + ["nil"])])
    }
    options.isForeground = policy == "Foreground"
    options.orphans = policy == "Orphan" || json["orphanDependents"] == .some(.bool(true))
    let dryRun =
      (json["dryRun"]?.array ?? []).compactMap(\.string)
      + request.query.filter { $0.name == "dryRun" }.map(\.value)
    if dryRun.contains(where: { $0 != "All" }) {
      throw .invalid(
        group: "meta.k8s.io", kind: "DeleteOptions", name: "",
        [.notSupported("dryRun", .array(dryRun.map { .string($0) }), ["All"])])
    }
    options.isDryRun = !dryRun.isEmpty
    return options
  }
}
