internal import FilelogJSON

/// Reads kubernetes-schema.txt: a type's name at the margin, its fields indented below it, one a
/// line: name, type, presence (`p` as set, `o` unless zero, `z` always), then any of `#NUMBER` (in
/// protobuf; `#2.1` is field 1 of the inlined message 2), `required`, `atomic`, `set`, `map=KEYS`,
/// `patch=STRATEGY[:KEY]`, `default=TEXT`.
enum SchemaText {
  static func parse(_ bytes: [UInt8]) -> Schema {
    var types: [String: ObjectType] = [:]
    var open: (name: String, isAtomic: Bool, fields: [String: Field], wire: [Int: Field])?
    func close() {
      guard let open else { return }
      types[open.name] = ObjectType(
        name: open.name, fields: open.fields, isAtomic: open.isAtomic, wire: open.wire)
    }
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let words = line.split(separator: UInt8(ascii: " ")).map {
        String(decoding: $0, as: UTF8.self)
      }
      if line.first == UInt8(ascii: "#") { continue }
      if line.first == UInt8(ascii: " ") {
        let field = field(words)
        open?.fields[field.name] = field
        let number = words.first { $0.hasPrefix("#") }.flatMap { Int($0.dropFirst()) }
        if let number { open?.wire[number] = field }
      } else {
        close()
        open = (words[0], words.contains("atomic"), [:], [:])
      }
    }
    close()
    return Schema(types: types)
  }

  private static func field(_ words: [String]) -> Field {
    let flags = words[3...]
    func value(_ name: String) -> Substring? {
      flags.first { $0.hasPrefix(name + "=") }?.dropFirst(name.utf8.count + 1)
    }
    var list = ListSemantics.atomic
    if flags.contains("set") { list = .set }
    if let keys = value("map") { list = .map(keys: keys.split(separator: ",").map(String.init)) }
    let patch = value("patch").map { text in
      let parts = text.split(separator: ":")
      return PatchStrategy(
        mergeKey: parts.count > 1 ? String(parts[1]) : nil,
        retainsOnlyNamedKeys: parts[0].contains("retainKeys"))
    }
    return Field(
      name: words[0], type: type(words[1][...]), presence: presence(words[2]),
      isRequired: flags.contains("required"), list: list, isAtomic: flags.contains("atomic"),
      patch: patch, keyDefault: value("default").map { .string(String($0)) } ?? emptyKey(words))
  }

  /// A text that is always shown is empty when it was not set.
  private static func emptyKey(_ words: [String]) -> JSONValue? {
    if words[1] == "string", words[2] == "z" { return .some("") }
    return .none
  }

  private static func presence(_ letter: String) -> Presence {
    switch letter {
    case "o": .unlessZero
    case "z": .always
    default: .asSet
    }
  }

  private static func type(_ text: Substring) -> FieldType {
    switch text {
    case "string": .string
    case "int32": .int32
    case "int64": .int64
    case "number": .number
    case "bool": .bool
    case "bytes": .bytes
    case "quantity": .quantity
    case "int-or-string": .intOrString
    case "time": .time
    case "micro-time": .microTime
    case "any": .any
    case _ where text.hasPrefix("["): .list(type(text.dropFirst().dropLast()))
    case _ where text.hasPrefix("{"): .map(type(text.dropFirst().dropLast()))
    default: .object(String(text))
    }
  }
}
