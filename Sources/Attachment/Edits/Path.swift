internal import FilelogJSON

/// One step from a value to one inside it.
enum Step: Hashable, Sendable {
  case key(String)
  case index(Int)
}

/// Where a value stands inside another one.
typealias Path = [Step]

extension Step: ExpressibleByStringLiteral {
  init(stringLiteral value: String) { self = .key(value) }
}

/// `key: value`, where the order matters.
struct Member: Hashable, Sendable {
  let key: String
  let value: JSONValue

  init(_ key: String, _ value: JSONValue) {
    self.key = key
    self.value = value
  }
}

extension JSONValue {
  /// The value at a path; nil where there is none.
  subscript(path path: Path) -> JSONValue? {
    var value: JSONValue? = self
    for step in path {
      switch step {
      case .key(let key): value = value?[key]
      case .index(let index): value = value?[index]
      }
    }
    return value
  }

  /// Changes the value at a path; parts of the path that are missing are made, as objects.
  mutating func change(_ path: Path, _ body: (inout JSONValue?) -> Void) {
    var optional: JSONValue? = self
    Self.change(&optional, path[...], body)
    self = optional ?? .null
  }

  private static func change(
    _ value: inout JSONValue?, _ path: ArraySlice<Step>, _ body: (inout JSONValue?) -> Void
  ) {
    guard let step = path.first else { return body(&value) }
    switch step {
    case .key(let key):
      var members = value?.object ?? [:]
      var inner = members[key]
      change(&inner, path.dropFirst(), body)
      members[key] = inner
      value = .object(members)
    case .index(let index):
      guard var elements = value?.array, elements.indices.contains(index) else { return }
      var inner: JSONValue? = elements[index]
      change(&inner, path.dropFirst(), body)
      elements[index] = inner ?? .null
      value = .array(elements)
    }
  }
}

extension Path {
  /// `spec.template.spec.containers[0].args`
  var text: String {
    reduce(into: "") { text, step in
      switch step {
      case .key(let key): text += (text.isEmpty ? "" : ".") + key
      case .index(let index): text += "[\(index)]"
      }
    }
  }
}
