/// A selector of labels as Kubernetes writes it: `a=b,c!=d,e in (x,y),f notin (x),g,!h`.
///
/// Source: k8s.io/apimachinery/pkg/labels.
struct LabelSelector: Hashable, Sendable {
  private struct Requirement: Hashable, Sendable {
    let key: String
    let values: Set<String>
    /// With no values: whether the label must be there; otherwise whether its value must be one of
    /// them.
    let isWanted: Bool
  }

  private let requirements: [Requirement]

  /// Nil when the text is not a valid selector.
  init?(_ text: String) {
    var requirements: [Requirement] = []
    for part in Self.parts(text) {
      guard let requirement = Self.requirement(part) else { return nil }
      requirements.append(requirement)
    }
    self.requirements = requirements
  }

  /// Whether labels are selected. A label that is missing differs from every value.
  func matches(_ labels: [String: String]) -> Bool {
    requirements.allSatisfy { requirement in
      guard !requirement.values.isEmpty else {
        return (labels[requirement.key] != nil) == requirement.isWanted
      }
      let isOneOf = labels[requirement.key].map(requirement.values.contains) ?? false
      return isOneOf == requirement.isWanted
    }
  }

  /// The requirements: commas within parentheses do not separate.
  private static func parts(_ text: String) -> [String] {
    var parts = [""]
    var isList = false
    for character in text {
      if character == "(" { isList = true }
      if character == ")" { isList = false }
      if character == ",", !isList {
        parts.append("")
      } else {
        parts[parts.count - 1].append(character)
      }
    }
    return parts.count == 1 && trimmed(parts[0][...]).isEmpty ? [] : parts
  }

  private static func requirement(_ text: String) -> Requirement? {
    let part = trimmed(text[...])
    if part.hasSuffix(")") { return list(part) }
    for (mark, isWanted) in [("!=", false), ("==", true), ("=", true)] {
      guard let range = part.firstRange(of: mark) else { continue }
      let value = trimmed(part[range.upperBound...])
      guard KubernetesName.isLabelValue(value) else { return nil }
      return checked(trimmed(part[..<range.lowerBound]), [value], isWanted)
    }
    if part.hasPrefix("!") { return checked(trimmed(part.dropFirst()), [], false) }
    return checked(part, [], true)
  }

  /// `key in (x,y)` and `key notin (x,y)`.
  private static func list(_ part: String) -> Requirement? {
    guard let open = part.firstIndex(of: "(") else { return nil }
    let words = part[..<open].split(separator: " ")
    guard words.count == 2, words[1] == "in" || words[1] == "notin" else { return nil }
    let values = part[part.index(after: open)...].dropLast().split(separator: ",").map(trimmed)
    guard !values.isEmpty, values.allSatisfy(KubernetesName.isLabelValue) else { return nil }
    return checked(String(words[0]), Set(values), words[1] == "in")
  }

  private static func checked(
    _ key: String, _ values: Set<String>, _ isWanted: Bool
  ) -> Requirement? {
    guard KubernetesName.isQualifiedName(key) else { return nil }
    return Requirement(key: key, values: values, isWanted: isWanted)
  }

  private static func trimmed(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
