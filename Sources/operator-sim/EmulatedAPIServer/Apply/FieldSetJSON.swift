internal import FilelogJSON

/// The `fieldsV1` form of a field set: `{"f:data": {".": {}, "f:key": {}}}`.
extension FieldSet {
  var json: JSONValue {
    var object: [String: JSONValue] = [:]
    for step in members where children[step] == nil { object[Self.text(step)] = [:] }
    for (step, child) in children {
      var nested = child.json
      if members.contains(step) { nested["."] = [:] }
      object[Self.text(step)] = nested
    }
    return .object(object)
  }

  /// - Returns: nil for what is not in the `fieldsV1` form.
  init?(json: JSONValue) {
    guard case .object(let object) = json else { return nil }
    for (text, value) in object where text != "." {
      guard let step = Self.step(text), case .object(let nested) = value else { return nil }
      if nested.isEmpty || nested["."] != nil { members.insert(step) }
      guard let child = FieldSet(json: value) else { return nil }
      if !child.isEmpty { children[step] = child }
    }
  }

  private static func text(_ step: PathStep) -> String {
    switch step {
    case .field(let name): "f:" + name
    case .keyed(let keys): "k:" + JSONWriter.compact.string(.object(keys))
    case .value(let value): "v:" + JSONWriter.compact.string(value)
    case .index(let index): "i:\(index)"
    }
  }

  private static func step(_ text: String) -> PathStep? {
    let rest = String(text.dropFirst(2))
    switch text.prefix(2) {
    case "f:": return .field(rest)
    case "k:":
      guard case .object(let keys)? = try? StrictJSONReader.read(Array(rest.utf8)).value else {
        return nil
      }
      return .keyed(keys)
    case "v:":
      return (try? StrictJSONReader.read(Array(rest.utf8)).value).map { .value($0) }
    case "i:": return Int(rest).map { .index($0) }
    default: return nil
    }
  }
}
