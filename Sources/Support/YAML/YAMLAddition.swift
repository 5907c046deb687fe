public import FilelogJSON

/// What a mapping of a YAML text gets, for ``YAML/adding(_:to:file:)``.
public struct YAMLAddition: Hashable, Sendable {
  /// The keys that lead to the mapping from the document's root.
  public var path: [String]
  /// Whether a text without this mapping stays without it; otherwise it is made.
  public var isOptional: Bool
  /// Members; a scalar that stands under the same key is replaced. Mappings are merged.
  public var members: [String: JSONValue]
  /// Texts that lists get which stand under these keys, unless they have them.
  public var elements: [String: [String]]

  /// An addition to a mapping that is made where it is absent.
  public init(
    to path: [String], isOptional: Bool = false, members: [String: JSONValue] = [:],
    elements: [String: [String]] = [:]
  ) {
    self.path = path
    self.isOptional = isOptional
    self.members = members
    self.elements = elements
  }

  /// As programs hand it on: `{"to": ["service"], "append": {"extensions": ["zpages"]}}`, and `set` and
  /// `optional`.
  public var json: JSONValue {
    var json: JSONValue = ["to": .array(path.map(JSONValue.string))]
    if isOptional { json["optional"] = true }
    if !members.isEmpty { json["set"] = .object(members) }
    if !elements.isEmpty {
      json["append"] = .object(elements.mapValues { .array($0.map(JSONValue.string)) })
    }
    return json
  }

  /// Reads ``json``; nil when it is something else.
  public init?(_ json: JSONValue) {
    guard let object = json.object, let path = Self.texts(object["to"]),
      object.keys.allSatisfy({ ["to", "optional", "set", "append"].contains($0) })
    else { return nil }
    self.init(to: path)
    if let flag = object["optional"] {
      guard let flag = flag.bool else { return nil }
      isOptional = flag
    }
    if let set = object["set"] {
      guard let set = set.object else { return nil }
      members = set
    }
    if let append = object["append"] {
      guard let append = append.object else { return nil }
      for (key, value) in append {
        guard let texts = Self.texts(value) else { return nil }
        elements[key] = texts
      }
    }
  }

  private static func texts(_ value: JSONValue?) -> [String]? {
    guard let array = value?.array else { return nil }
    let texts = array.compactMap(\.string)
    return texts.count == array.count ? texts : nil
  }
}

extension YAML {
  /// The most bytes of a text that something is added to.
  public static let additionLimit = 1 << 20

  /// Adds to the first document of a text. Every byte that is there stays: comments, styles, anchors and
  /// the types of scalars.
  ///
  /// New members and elements come first in what they are added to. Memory is bounded by the text's
  /// size, since no tree is made of it. The result is read again and compared with what was meant.
  /// - Parameters:
  ///   - additions: to different mappings, or to one several times.
  ///   - bytes: UTF-8.
  ///   - file: as errors name the text.
  /// - Returns: the text, and the paths of optional mappings that it does not have.
  /// - Throws: ``YAMLError`` for what is not YAML, or cannot be extended by an edit of its text alone:
  ///   where an alias or a merge key stands for what has to be changed, or a list is not one.
  public static func adding(
    _ additions: [YAMLAddition], to bytes: [UInt8], file: String
  ) throws(YAMLError) -> (bytes: [UInt8], absent: [[String]]) {
    guard bytes.count <= additionLimit else {
      throw YAMLError(
        file: file, line: 1, column: 1,
        message: "the file is larger than \(additionLimit >> 20) MiB")
    }
    guard !bytes.starts(with: [0xff, 0xfe]), !bytes.starts(with: [0xfe, 0xff]) else {
      throw YAMLError(file: file, line: 1, column: 1, message: "the file is UTF-16; write UTF-8")
    }
    let target = AdditionTarget(additions)
    return try bytes.withUnsafeBufferPointer { (buffer) throws(YAMLError) in
      var adder = TextAdder(buffer, target, file: file)
      try adder.run()
      let changed = adder.changed
      try changed.bytes.withUnsafeBufferPointer { (result) throws(YAMLError) in
        try AdditionCheck(adder.splices, changed.inserted).check(buffer, result, file: file)
      }
      return (changed.bytes, adder.absent)
    }
  }
}
