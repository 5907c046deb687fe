internal import FilelogJSON

/// The rules for what config maps and secrets hold.
enum DataValidation {
  /// The largest sum of all values, in bytes; names of keys do not count.
  static let limit = 1 << 20

  static func configMap(_ map: JSONValue) -> [FieldError] {
    let binary = map["binaryData"]?.object ?? [:]
    var errors: [FieldError] = []
    let text = map["data"]?.object ?? [:]
    for key in badKeys(text, or: { binary[$0] != nil }) {
      errors += keyErrors(key, in: "data")
      if binary[key] != nil {
        errors.append(
          .invalid("data[\(key)]", .string(key), "duplicate of key present in binaryData"))
      }
    }
    for key in badKeys(binary) { errors += keyErrors(key, in: "binaryData") }
    if size(ofConfigMap: map) > limit { errors.append(tooLarge) }
    return errors
  }

  /// The field is the map as a whole.
  static let tooLarge = FieldError.tooLong("[]", bytes: limit)

  static func size(ofConfigMap map: JSONValue) -> Int {
    var size = 0
    for value in (map["data"]?.object ?? [:]).values { size += value.string?.utf8.count ?? 0 }
    for value in (map["binaryData"]?.object ?? [:]).values {
      size += Base64Text.decodedCount(value.string ?? "")
    }
    return size
  }

  static func configMapUpdate(_ new: JSONValue, _ old: JSONValue) -> [FieldError] {
    immutability(new, old, ["data", "binaryData"])
  }

  static func secret(_ secret: JSONValue) -> [FieldError] {
    var errors: [FieldError] = []
    var size = 0
    let data = secret["data"]?.object ?? [:]
    for key in badKeys(data) { errors += keyErrors(key, in: "data") }
    for value in data.values { size += Base64Text.decodedCount(value.string ?? "") }
    if size > limit { errors.append(.tooLong("data", bytes: limit)) }
    return errors
  }

  static func secretUpdate(_ new: JSONValue, _ old: JSONValue) -> [FieldError] {
    let typeErrors: [FieldError] =
      new["type"] == old["type"]
      ? [] : [.invalid("type", new["type"] ?? "", "field is immutable")]
    return typeErrors + immutability(new, old, ["data"])
  }

  private static func immutability(
    _ new: JSONValue, _ old: JSONValue, _ fields: [String]
  ) -> [FieldError] {
    guard old["immutable"] == .some(.bool(true)) else { return [] }
    let reason = "field is immutable when `immutable` is set"
    var changed = fields.filter { (new[$0] ?? [:]) != (old[$0] ?? [:]) }
    if new["immutable"] != .some(.bool(true)) { changed.insert("immutable", at: 0) }
    return changed.map { .forbidden($0, reason) }
  }

  /// Keys that are worth a closer look, in order; of a thousand nodes' keys nearly always none.
  private static func badKeys(
    _ members: [String: JSONValue], or isBad: (String) -> Bool = { _ in false }
  ) -> [String] {
    members.keys.filter { isBad($0) || !Names.keyProblems($0).isEmpty }.sorted()
  }

  private static func keyErrors(_ key: String, in field: String) -> [FieldError] {
    Names.keyProblems(key).map { .invalid("\(field)[\(key)]", .string(key), $0) }
  }
}
