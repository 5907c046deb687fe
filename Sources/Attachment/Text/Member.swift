internal import FilelogJSON

/// `key: value`, where the order matters.
struct Member: Hashable, Sendable {
  let key: String
  let value: JSONValue

  init(_ key: String, _ value: JSONValue) {
    self.key = key
    self.value = value
  }
}
