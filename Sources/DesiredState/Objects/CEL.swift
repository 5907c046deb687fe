/// Texts of the Common Expression Language.
enum CEL {
  /// A literal. Names and labels hold no quotes and no backslashes.
  static func text(_ text: String) -> String { "'\(text)'" }

  /// A literal map, members sorted.
  static func map(_ members: [String: String]) -> String {
    let pairs = members.sorted { $0.key < $1.key }.map { "\(text($0.key)): \(text($0.value))" }
    return "{\(pairs.joined(separator: ", "))}"
  }
}
