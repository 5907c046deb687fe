internal import FilelogJSON

/// JSON merge patch, RFC 7396.
enum MergePatch {
  static func apply(_ patch: JSONValue, to value: JSONValue?) -> JSONValue {
    guard case .object(let changes) = patch else { return patch }
    var members = value?.object ?? [:]
    for (name, change) in changes {
      if change == .null {
        members.removeValue(forKey: name)
      } else {
        members[name] = apply(change, to: members[name])
      }
    }
    return .object(members)
  }
}
