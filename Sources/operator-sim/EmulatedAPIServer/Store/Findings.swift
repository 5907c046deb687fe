internal import JSON
internal import Synchronization

/// What was worked out about one version of an object, so that it need not be worked out again for
/// the next: a config map of a fleet has a thousand keys, of which a patch changes one.
final class Findings: Sendable {
  /// How large a config map is.
  struct Size: Hashable, Sendable {
    /// All values together, which is what has a limit.
    var values: Int
    /// The object in etcd.
    var stored: Int
  }

  /// Parts of an answer that stay the same as long as no key comes or goes and nobody else owns it.
  struct Texts: Sendable {
    /// The keys of `binaryData` in the order of an answer.
    var keys: [String]?
    /// `fieldsV1` of each manager.
    var fields: [FieldsOwner: [UInt8]] = [:]
  }

  /// Tells the entries of `managedFields` of one object apart.
  struct FieldsOwner: Hashable, Sendable {
    var manager: String
    var operation: String
    var subresource: String
  }

  private let state: Mutex<(size: Size?, texts: Texts)>

  init(size: Size? = nil, texts: Texts = Texts()) {
    state = Mutex((size, texts))
  }

  func size(_ workOut: () -> Size) -> Size {
    state.withLock { state in
      if let size = state.size { return size }
      let size = workOut()
      state.size = size
      return size
    }
  }

  var texts: Texts { state.withLock { $0.texts } }

  /// The keys of `binaryData` in the order of an answer.
  func keys(of members: [String: JSONValue]) -> [String] {
    state.withLock { state in
      if let keys = state.texts.keys { return keys }
      let keys = members.keys.sorted { $0.precedesByBytes($1) }
      state.texts.keys = keys
      return keys
    }
  }

  /// The text of one manager's `fieldsV1`.
  func fields(of owner: FieldsOwner, _ write: () -> [UInt8]) -> [UInt8] {
    state.withLock { state in
      if let text = state.texts.fields[owner] { return text }
      let text = write()
      state.texts.fields[owner] = text
      return text
    }
  }
}
