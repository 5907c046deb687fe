public import FilelogJSON

/// The operations of a JSON patch (RFC 6902) that make one value another.
public enum JSONDifference {
  /// - Returns: operations in an order in which they can be applied; none for equal values.
  public static func operations(from old: JSONValue, to new: JSONValue) -> [JSONValue] {
    operations(from: old, to: new, at: "")
  }

  private static func operations(
    from old: JSONValue, to new: JSONValue, at pointer: String
  ) -> [JSONValue] {
    guard old != new else { return [] }
    switch (old, new) {
    case (.object(let before), .object(let after)):
      let keys = Set(before.keys).union(after.keys).sorted()
      return keys.flatMap { key -> [JSONValue] in
        let inner = pointer + "/" + escaped(key)
        switch (before[key], after[key]) {
        case (let one?, let other?): return operations(from: one, to: other, at: inner)
        case (nil, let other?): return [["op": "add", "path": .string(inner), "value": other]]
        default: return [["op": "remove", "path": .string(inner)]]
        }
      }
    case (.array(let before), .array(let after)) where before.count <= after.count:
      // What both have is changed in place, the rest is added.
      let common = zip(before, after).enumerated().flatMap { index, pair in
        operations(from: pair.0, to: pair.1, at: "\(pointer)/\(index)")
      }
      let added = after.dropFirst(before.count).map { element -> JSONValue in
        ["op": "add", "path": .string(pointer + "/-"), "value": element]
      }
      return common + added
    case (.array(let before), .array(let after)):
      let common = zip(before, after).enumerated().flatMap { index, pair in
        operations(from: pair.0, to: pair.1, at: "\(pointer)/\(index)")
      }
      let removed = (after.count..<before.count).reversed().map { index -> JSONValue in
        ["op": "remove", "path": "\(pointer)/\(index)"]
      }
      return common + removed
    default: return [["op": "replace", "path": .string(pointer), "value": new]]
    }
  }

  private static func escaped(_ key: String) -> String {
    key.replacing("~", with: "~0").replacing("/", with: "~1")
  }
}
