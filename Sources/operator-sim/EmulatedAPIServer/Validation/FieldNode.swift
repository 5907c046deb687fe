internal import FilelogJSON

/// A place in an object that is being checked: what is there, and how a refusal names it.
struct FieldNode {
  let value: JSONValue?
  let path: String

  init(_ value: JSONValue?, at path: String) {
    self.value = value
    self.path = path
  }

  subscript(_ name: String) -> FieldNode {
    FieldNode(value?[name], at: path.isEmpty ? name : "\(path).\(name)")
  }

  var elements: [FieldNode] {
    (value?.array ?? []).enumerated().map { FieldNode($1, at: "\(path)[\($0)]") }
  }

  /// The names of a map's or a struct's members.
  var names: [String] { (value?.object ?? [:]).keys.sorted() }

  var isPresent: Bool { value != nil }
  var text: String { value?.string ?? "" }

  var required: FieldError { .required(path) }

  func invalid(_ detail: String) -> FieldError { .invalid(path, value ?? "", detail) }

  func forbidden(_ detail: String) -> FieldError { .forbidden(path, detail) }

  /// Refuses an empty text.
  var requirement: [FieldError] { text.isEmpty ? [required] : [] }

  func checked(_ problems: (String) -> [String]) -> [FieldError] {
    problems(text).map(invalid)
  }

  /// Refuses a text that is there and none of the allowed ones.
  func choice(_ allowed: [String]) -> [FieldError] {
    guard let text = value?.string, !allowed.contains(text) else { return [] }
    return [.notSupported(path, .string(text), allowed)]
  }
}
