internal import FilelogJSON

/// Carries out writes: fills in what the server owns, checks the rules, and stores.
struct ObjectWriter: Sendable {
  let store: ObjectStore
  let admission: PolicyAdmission
  let newUID: @Sendable () -> String

  /// Object plus key must fit into one transaction of etcd.
  static let transactionLimit = 1_572_864

  /// Stores a new object.
  /// - Parameter object: decoded for its kind, with its name.
  /// - Returns: the object as clients see it.
  func create(
    _ object: JSONValue, _ context: RequestContext, _ options: WriteOptions
  ) throws(APIStatus) -> JSONValue {
    let kind = context.kind
    let name = object["metadata"]?["name"]?.string ?? ""
    try NamespaceLifecycle(store: store).checkCreation(
      of: name, kind, in: context.target.namespace)
    try escalation(context).check(object, replacing: nil)
    if object["metadata"]?["resourceVersion"] != nil {
      throw .unclassified("resourceVersion should not be set on objects to be created")
    }
    var object = object
    object["metadata"]?["uid"] = .string(newUID())
    object["metadata"]?["creationTimestamp"] = .string(context.now.text)
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
      object["metadata"]?[field] = nil
    }
    if kind.countsGenerations { object["metadata"]?["generation"] = 1 }
    object = try Preparation.forCreation(object, kind, store)
    let errors = MetadataValidation.errors(object, kind) + KindValidation.errors(object, kind)
    if !errors.isEmpty { throw .invalid(kind, name, errors) }
    try admission.check(context.write("CREATE", name, object, over: nil, options.isDryRun))
    let key = context.key(name)
    if let existing = store.object(key) {
      throw .alreadyExists(kind, name, isBeingDeleted: existing.value.isGoing)
    }
    let bytes: Int
    (object, bytes) = try Self.fitting(object, key)
    if options.isDryRun { return object }
    do {
      let stored = try store.commit(key, from: nil, to: object)
      context.notes.markChanged(storedBytes: bytes)
      if kind.kind == "Namespace" {
        // What controllers put into every namespace, and pods need.
        Bootstrap(store: store, now: { context.now }, newUID: newUID).makeServiceAccount(in: name)
      }
      return stored.shown
    } catch {
      throw error == .stale ? .alreadyExists(kind, name) : .stateFileIsFull
    }
  }

  /// Changes an object.
  /// - Parameter transform: makes the new object from the one that is stored, as clients see it;
  ///   called again when another write comes in between.
  /// - Returns: the object as clients see it.
  func update(
    _ name: String, _ context: RequestContext, _ options: WriteOptions,
    transform: (JSONValue) throws(APIStatus) -> JSONValue
  ) throws(APIStatus) -> JSONValue {
    let kind = context.kind
    let key = context.key(name)
    while true {
      guard let current = store.object(key) else { throw .notFound(kind, name) }
      let new = try transform(current.shown)
      try escalation(context).check(new, replacing: current.shown)
      try Self.checkVersion(new, current, kind, name)
      var object = try prepared(new, over: current.value, context)
      try admission.check(
        context.write("UPDATE", name, object, over: current.shown, options.isDryRun))
      object = ManagedFieldsTimes.kept(object, current.value)
      let bytes: Int
      (object, bytes) = try Self.fitting(object, key)
      if object == current.value { return current.shown }
      if options.isDryRun {
        return StoredObject(value: object, revision: current.revision).shown
      }
      let isGone = GarbageCollector.isReadyToGo(object)
      let remaining: JSONValue? = if isGone { .none } else { object }
      guard let stored = try store.replace(key, current, with: remaining) else { continue }
      context.notes.markChanged(storedBytes: isGone ? 0 : bytes)
      if !isGone { return stored.shown }
      GarbageCollector(store: store, now: context.now).collect(object)
      return StoredObject(value: object, revision: current.revision).shown
    }
  }

  private func escalation(_ context: RequestContext) -> Escalation {
    Escalation(
      store: store, identity: context.identity, kind: context.kind,
      namespace: context.target.namespace, name: context.target.name)
  }

  private func prepared(
    _ new: JSONValue, over old: JSONValue, _ context: RequestContext
  ) throws(APIStatus) -> JSONValue {
    let kind = context.kind
    let metadata = old["metadata"]
    var object = new
    object["metadata"]?["resourceVersion"] = nil
    object["metadata"]?["selfLink"] = nil
    object["metadata"]?["creationTimestamp"] = metadata?["creationTimestamp"]
    object["metadata"]?["generation"] = metadata?["generation"]
    if let moment = metadata?["deletionTimestamp"] {
      object["metadata"]?["deletionTimestamp"] = moment
    }
    for name in ["uid", "deletionGracePeriodSeconds"] {
      if let value = metadata?[name] { object["metadata"]?.setDefault(name, value) }
    }
    object = Preparation.forUpdate(
      object, over: old, kind, subresource: context.target.subresource)
    let general = MetadataValidation.errors(object, kind)
    let changes = MetadataValidation.updateErrors(object, old)
    // Checked for every kind and again with the kind's own rules: the causes come twice.
    let errors =
      general + changes + changes + general
      + KindValidation.updateErrors(object, old, kind, context.target.subresource)
    if !errors.isEmpty {
      throw .invalid(kind, metadata?["name"]?.string ?? "", errors)
    }
    return object
  }

  /// The version on which a write is based, when it names one, must be the stored one.
  private static func checkVersion(
    _ new: JSONValue, _ current: StoredObject, _ kind: ResourceKind, _ name: String
  ) throws(APIStatus) {
    let text = new["metadata"]?["resourceVersion"]?.string ?? ""
    if text.isEmpty || text == "0" {
      if kind.allowsUnconditionalUpdate { return }
      throw .invalid(
        group: kind.group, kind: kind.plural, name: name,
        [.invalid("metadata.resourceVersion", 0, "must be specified for an update")])
    }
    guard UInt64(text) != nil else {
      throw .unclassified("strconv.ParseUint: parsing \(GoText.quoted(text)): invalid syntax")
    }
    if text != String(current.revision) { throw .conflict(kind, name, APIStatus.modified) }
  }

  /// Drops the managed fields of an object that is too large only because of them.
  /// - Returns: also what the object takes in etcd.
  private static func fitting(
    _ object: JSONValue, _ key: ObjectKey
  ) throws(APIStatus) -> (object: JSONValue, bytes: Int) {
    let bytes = StoredSize.of(object, key)
    if bytes <= transactionLimit { return (object, bytes) }
    var bare = object
    bare["metadata"]?["managedFields"] = nil
    let bareBytes = StoredSize.of(bare, key)
    if bare != object, bareBytes <= transactionLimit { return (bare, bareBytes) }
    throw .unclassified("etcdserver: request is too large")
  }
}

extension ObjectStore {
  /// - Returns: nil when the object changed in between, so that the change must be made anew.
  func replace(
    _ key: ObjectKey, _ current: StoredObject, with value: JSONValue?
  ) throws(APIStatus) -> StoredObject? {
    do {
      return try commit(key, from: current, to: value)
    } catch {
      if error == .fileIsFull { throw .stateFileIsFull }
      return nil
    }
  }
}

extension APIStatus {
  fileprivate static let stateFileIsFull = APIStatus.unclassified(
    "the emulator's data file cannot be written")
}

/// Field managers' times alone are not a change.
enum ManagedFieldsTimes {
  /// The new object with the old managed fields, when they differ in nothing but their times.
  static func kept(_ new: JSONValue, _ old: JSONValue) -> JSONValue {
    var candidate = new
    candidate["metadata"]?["managedFields"] = old["metadata"]?["managedFields"]
    guard candidate == old, let before = old["metadata"]?["managedFields"]?.array,
      let after = new["metadata"]?["managedFields"]?.array,
      Set(before.map(withoutTime)) == Set(after.map(withoutTime)), before.count == after.count
    else { return new }
    return candidate
  }

  private static func withoutTime(_ entry: JSONValue) -> JSONValue {
    var entry = entry
    entry["time"] = nil
    return entry
  }
}

/// About how many bytes an object takes in etcd (protobuf), which has a limit.
enum StoredSize {
  static func of(_ object: JSONValue, _ key: ObjectKey) -> Int {
    size(object) + key.resource.utf8.count + key.namespace.utf8.count + key.name.utf8.count + 32
  }

  /// Of managed fields, which are nothing but objects, as compact JSON. (Of other values about.)
  private static func textSize(_ value: JSONValue) -> Int {
    guard case .object(let members) = value else { return size(value) }
    // Braces; quotes, a colon and a comma for each member.
    var sum = members.isEmpty ? 2 : 1
    for (name, member) in members { sum += name.utf8.count + 4 + textSize(member) }
    return sum
  }

  private static func size(_ value: JSONValue) -> Int {
    switch value {
    case .null, .bool, .integer, .number: 3
    case .string(let text): text.utf8.count + 3
    case .array(let elements): elements.reduce(2) { $0 + size($1) }
    case .object(let members):
      members.reduce(2) { sum, member in
        switch member.key {
        // Kept as JSON text.
        case "fieldsV1": sum + textSize(member.value) + 6
        // Kept as bytes, not as base64.
        case "binaryData":
          (member.value.object ?? [:]).reduce(sum + 4) {
            $0 + $1.key.utf8.count + Base64Text.decodedCount($1.value.string ?? "") + 8
          }
        default: sum + size(member.value) + (member.key.contains { $0.isUppercase } ? 1 : 3)
        }
      }
    }
  }
}
