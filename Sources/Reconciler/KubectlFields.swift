internal import FilelogJSON

/// What kubectl leaves on an object under names that no apply uses: the fields belong to that manager,
/// operation `Update`, until another one moves them to itself. A server-side apply that does not move
/// them never removes what it no longer names.
enum KubectlFields: String, CaseIterable {
  /// Client-side `kubectl apply`; kubectl moves its fields when it goes over to server-side apply
  /// (client-go: `csaupgrade`).
  case apply = "kubectl-client-side-apply"
  /// `kubectl rollout undo` writes an earlier template over the present one, under kubectl's own name.
  /// What the earlier one had besides would stay in every later one.
  case undo = "kubectl"

  /// The command, as users know it.
  private var command: String {
    switch self {
    case .apply: "kubectl apply"
    case .undo: "kubectl rollout undo"
    }
  }

  /// The command whose fields this manager may move to itself; nil where there are none.
  /// - Parameter metadataOnly: of an offsets map nothing but metadata may become another's.
  static func source(
    _ object: JSONValue?, for owner: FieldOwner, metadataOnly: Bool
  ) -> String? {
    let isOwn = owner.entry(of: object) != nil
    return (object?.managedFields ?? []).lazy.compactMap { entry in
      split(entry, isOwn: isOwn, metadataOnly: metadataOnly).map(\.origin.command)
    }.first
  }

  /// What of an entry is moved, and what stays; nil where nothing is.
  /// - Parameter isOwn: whether the manager that it is moved to has applied the object before.
  private static func split(
    _ entry: JSONValue, isOwn: Bool, metadataOnly: Bool
  ) -> (origin: Self, moved: JSONValue, kept: JSONValue)? {
    guard let origin = entry["manager"]?.string.flatMap(Self.init),
      entry["operation"]?.string == "Update", entry["subresource"] == nil
    else { return nil }
    let fields = entry["fieldsV1"]?.object ?? [:]
    switch origin {
    case .apply where metadataOnly:
      let moved = fields.filter { $0.key == "f:metadata" }
      let kept = fields.filter { $0.key != "f:metadata" }
      return moved.isEmpty ? nil : (origin, .object(moved), .object(kept))
    case .apply: return (origin, .object(fields), [:])
    case .undo:
      // Anything else that kubectl wrote under this name is a user's.
      guard isOwn, !metadataOnly, let spec = fields["f:spec"]?.object,
        let template = spec["f:template"]?.object
      else { return nil }
      let (moved, kept) = splitRestart(template)
      guard !moved.isEmpty else { return nil }
      var rest = fields
      let restOfSpec = spec.filter { $0.key != "f:template" }
        .merging(kept.isEmpty ? [:] : ["f:template": .object(kept)]) { $1 }
      rest["f:spec"] = restOfSpec.isEmpty ? nil : .object(restOfSpec)
      return (origin, ["f:spec": ["f:template": .object(moved)]], .object(rest))
    }
  }

  /// The mark of `kubectl rollout restart` stays: without it the pods would be replaced once more.
  private static func splitRestart(
    _ template: [String: JSONValue]
  ) -> (moved: [String: JSONValue], kept: [String: JSONValue]) {
    let mark = "f:kubectl.kubernetes.io/restartedAt"
    guard var metadata = template["f:metadata"]?.object,
      var annotations = metadata["f:annotations"]?.object,
      let restarted = annotations.removeValue(forKey: mark)
    else { return (template, [:]) }
    metadata["f:annotations"] = annotations.isEmpty ? nil : .object(annotations)
    var moved = template
    moved["f:metadata"] = metadata.isEmpty ? nil : .object(metadata)
    return (moved, ["f:metadata": ["f:annotations": [mark: restarted]]])
  }

  /// The JSON patch that moves the fields to another manager, which then owns them as if it had
  /// applied them; refused when the object has changed since.
  /// - Parameter metadataOnly: of an offsets map nothing but metadata may become the manager's.
  /// - Returns: nil when the object's managed fields cannot be read.
  static func handover(
    _ object: JSONValue, to owner: FieldOwner, metadataOnly: Bool
  ) -> [JSONValue]? {
    guard let entries = object.managedFields, let version = object.resourceVersion else {
      return nil
    }
    let isOwn = owner.entry(of: object) != nil
    var moved: JSONValue = [:]
    var rest: [JSONValue] = []
    var first: JSONValue?
    for var entry in entries {
      guard let parts = split(entry, isOwn: isOwn, metadataOnly: metadataOnly) else {
        rest.append(entry)
        continue
      }
      first = first ?? entry
      moved = union(moved, parts.moved, depth: 0)
      if parts.kept != [:] {
        entry["fieldsV1"] = parts.kept
        rest.append(entry)
      }
    }
    place(moved, for: owner, in: &rest, like: first)
    return JSONValue.patch(managedFields: rest, ofVersion: version)
  }

  private static func place(
    _ fields: JSONValue, for owner: FieldOwner, in entries: inout [JSONValue],
    like entry: JSONValue?
  ) {
    if let index = owner.index(in: entries) {
      entries[index]["fieldsV1"] = union(entries[index]["fieldsV1"] ?? [:], fields, depth: 0)
      return
    }
    entries.append([
      "manager": .string(owner.manager), "operation": "Apply",
      "apiVersion": entry?["apiVersion"] ?? "v1", "fieldsType": "FieldsV1", "fieldsV1": fields,
      "time": entry?["time"] ?? .null,
    ])
  }

  /// Fields of objects that are applied lie less deep; any client may write deeper ones.
  private static let deepest = 64

  private static func union(_ one: JSONValue, _ other: JSONValue, depth: Int) -> JSONValue {
    guard depth < deepest, case .object(var members) = one, case .object(let others) = other else {
      return one
    }
    for (name, value) in others {
      members[name] = members[name].map { union($0, value, depth: depth + 1) } ?? value
    }
    return .object(members)
  }
}
