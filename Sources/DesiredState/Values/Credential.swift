/// A key of a Secret in the operator's namespace that the user made.
public struct SecretReference: Hashable, Sendable {
  /// The name of the Secret.
  public var name: String
  /// The key in its `data`.
  public var key: String

  /// A key of a Secret.
  public init(name: String, key: String) {
    self.name = name
    self.key = key
  }

  /// - Parameters:
  ///   - usualName: where the name is missing; nil: it must be there.
  ///   - usualKey: the same of the key.
  init(_ fields: ObjectReader, usualName: String? = nil, usualKey: String? = nil) {
    func read(_ key: String, _ rule: TextRule, _ usual: String?) -> String {
      if !fields[key].isPresent, let usual { return usual }
      // A token that was put into the wrong place must not be shown.
      return fields[key].requiredText(rule, isSecret: true, isPrinted: true)
    }
    name = read("name", .resourceName, usualName)
    key = read("key", .dataKey, usualKey)
    fields.rejectUnknownKeys()
  }
}

/// Text that must not stand in a config map.
public enum Credential: Hashable, Sendable {
  /// Given in the values: it goes to a Secret of the operator's.
  case literal(String)
  /// In a Secret of the user's.
  case reference(SecretReference)
}

extension Credential: CustomStringConvertible {
  /// Never the text itself: values may be printed whole.
  public var description: String {
    switch self {
    case .literal: "a literal text"
    case .reference(let reference): "\(reference.name)/\(reference.key)"
    }
  }
}
