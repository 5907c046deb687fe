internal import HTTPServer
internal import JSON

/// A merge patch that sets values in the `binaryData` of a config map, as sidecars send them all the
/// time. Where the map's owners stay the same it is merged by looking at the keys that change; the
/// general way looks at every key several times.
///
/// It comes to what the general way comes to, or leaves the patch to it; tests compare the two.
struct ValuePatch {
  private let values: [String: String]
  /// The version and the identity that the patch insists on.
  private let version: String?
  private let uid: String?
  private let context: RequestContext
  private let manager: String

  /// - Returns: nil for a patch of anything else, or one that is to be refused.
  init?(_ context: RequestContext, _ options: WriteOptions) {
    guard context.kind.kind == "ConfigMap", context.target.subresource.isEmpty, !options.isDryRun,
      let document = try? StrictJSONReader.read(context.request.body), document.duplicates.isEmpty,
      case .object(let members) = document.value,
      members.keys.allSatisfy({ $0 == "binaryData" || $0 == "metadata" }),
      case .object(let binary)? = members["binaryData"]
    else { return nil }
    let metadata = members["metadata"] ?? [:]
    guard let names = metadata.object?.keys,
      names.allSatisfy({ ["resourceVersion", "uid"].contains($0) }),
      names.allSatisfy({ metadata[$0]?.string != nil })
    else { return nil }
    var values: [String: String] = [:]
    for (key, value) in binary {
      guard case .string(let text) = value, Base64Text.firstIllegalPosition(text) == nil,
        Names.keyProblems(key).isEmpty
      else { return nil }
      values[key] = text
    }
    self.values = values
    version = metadata["resourceVersion"]?.string
    uid = metadata["uid"]?.string
    self.context = context
    let name = context.manager(options)
    manager = name.isEmpty ? "unknown" : name
  }

  /// What becomes of a config map.
  enum Outcome {
    case unchanged
    case changed(JSONValue, Findings.Size, Findings.Texts)
  }

  /// - Returns: nil where the general way must decide.
  /// - Throws: ``APIStatus`` when the values would not fit.
  func applied(to current: StoredObject) throws(APIStatus) -> Outcome? {
    guard insistsOn(current), case .object(var members)? = current.value["binaryData"],
      current.value["immutable"] == nil, current.value["metadata"]?["deletionTimestamp"] == nil
    else { return nil }
    let data = current.value["data"]
    var size = current.findings.size {
      Findings.Size(
        values: DataValidation.size(ofConfigMap: current.value),
        stored: StoredSize.of(current.value, context.key(context.target.name)))
    }
    var changed: [String] = []
    var hasNewKeys = false
    for (key, text) in values {
      if data?[key] != nil { return nil }
      let before = members[key]?.string
      if before == text { continue }
      changed.append(key)
      let growth =
        Base64Text.decodedCount(text) - (before.map { Base64Text.decodedCount($0) } ?? 0)
      size.values += growth
      size.stored += growth
      if before == nil {
        hasNewKeys = true
        // Its name in the map, and among its owner's fields: `,"f:NAME":{}`.
        size.stored += 2 * key.utf8.count + 16
      }
      members[key] = .string(text)
    }
    if changed.isEmpty { return .unchanged }
    guard let owners = owners(of: changed, in: current.value) else { return nil }
    if size.values > DataValidation.limit {
      throw .invalid(context.kind, context.target.name, [DataValidation.tooLarge])
    }
    guard size.stored <= ObjectWriter.transactionLimit else { return nil }
    var object = current.value
    object["binaryData"] = .object(members)
    if case .managed(let list) = owners { object["metadata"]?["managedFields"] = list }
    let texts = hasNewKeys ? Findings.Texts() : current.findings.texts
    return .changed(object, size, texts)
  }

  private func insistsOn(_ current: StoredObject) -> Bool {
    if let version, version != String(current.revision) { return false }
    return uid == nil || uid == current.uid
  }

  private enum Owners {
    /// Nobody owns anything, and it stays so.
    case untracked
    case managed(JSONValue)
  }

  /// The managed fields after the change.
  /// - Returns: nil where somebody else's fields would become this manager's, or it has none yet.
  private func owners(of keys: [String], in object: JSONValue) -> Owners? {
    guard case .array(var entries)? = object["metadata"]?["managedFields"], !entries.isEmpty else {
      return .untracked
    }
    guard let own = entries.firstIndex(where: isOurs), entries[own]["time"] != nil,
      case .object(var fields)? = entries[own]["fieldsV1"]?["f:binaryData"], !fields.isEmpty
    else { return nil }
    for key in keys {
      let field = "f:" + key
      for (index, entry) in entries.enumerated() where index != own {
        if entry["fieldsV1"]?["f:binaryData"]?[field] != nil { return nil }
      }
      guard let known = fields[field] else {
        fields[field] = [:]
        continue
      }
      if known != [:] { return nil }
    }
    if fields.count != entries[own]["fieldsV1"]?["f:binaryData"]?.object?.count {
      entries[own]["fieldsV1"]?["f:binaryData"] = .object(fields)
    }
    entries[own]["time"] = .string(context.now.text)
    return .managed(ManagedFields.ordered(entries))
  }

  private func isOurs(_ entry: JSONValue) -> Bool {
    entry["manager"]?.string == manager && entry["operation"] == .some("Update")
      && entry["apiVersion"]?.string == context.kind.apiVersion && entry["subresource"] == nil
  }
}
