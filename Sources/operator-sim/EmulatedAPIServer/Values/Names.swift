/// Rules for names, keys and labels, with the API server's explanations of what is wrong.
enum Names {
  static func subdomainProblems(_ name: String) -> [String] {
    var problems: [String] = []
    if name.utf8.count > 253 { problems.append("must be no more than 253 characters") }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    if !labels.allSatisfy({ isLabel($0) }) {
      problems.append(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "
          + "or '.', and must start and end with an alphanumeric character (e.g. 'example.com', "
          + "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?"
          + "(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")
    }
    return problems
  }

  static func labelProblems(_ name: String) -> [String] {
    var problems: [String] = []
    if name.utf8.count > 63 { problems.append("must be no more than 63 characters") }
    if !isLabel(name[...]) {
      problems.append(
        subdomainProblems(name).isEmpty
          ? "must not contain dots"
          : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or "
            + "'-', and must start and end with an alphanumeric character (e.g. 'my-name',  or "
            + "'123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')")
    }
    return problems
  }

  /// RBAC names may hold almost anything that fits into a path.
  static func pathSegmentProblems(_ name: String) -> [String] {
    if name == "." || name == ".." { return ["may not be '\(name)'"] }
    return ["/", "%"].filter { name.contains($0) }.map { "may not contain '\($0)'" }
  }

  /// Keys of config maps and secrets.
  static func keyProblems(_ key: String) -> [String] {
    var problems: [String] = []
    if key.utf8.count > 253 { problems.append("must be no more than 253 characters") }
    if key.isEmpty || !key.utf8.allSatisfy({ isAlphanumeric($0) || "-._".utf8.contains($0) }) {
      problems.append(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
          + "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', "
          + "regex used for validation is '[-._a-zA-Z0-9]+')")
    }
    if key == "." {
      problems.append("must not be '.'")
    } else if key == ".." {
      problems.append("must not be '..'")
    } else if key.hasPrefix("..") {
      problems.append("must not start with '..'")
    }
    return problems
  }

  /// Keys of labels and annotations, and finalizers: `prefix/name` or `name`.
  static func qualifiedNameProblems(_ text: String) -> [String] {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, let name = parts.last else {
      return [
        "a qualified name \(qualifiedNameRule) with an optional DNS subdomain prefix and '/' "
          + "(e.g. 'example.com/MyName')"
      ]
    }
    var problems: [String] = []
    if parts.count == 2 {
      problems =
        parts[0].isEmpty
        ? ["prefix part must be non-empty"]
        : subdomainProblems(parts[0]).map { "prefix part " + $0 }
    }
    if name.isEmpty {
      problems.append("name part must be non-empty")
    } else if name.utf8.count > 63 {
      problems.append("name part must be no more than 63 characters")
    }
    if !isQualified(name) { problems.append("name part \(qualifiedNameRule)") }
    return problems
  }

  static func labelValueProblems(_ value: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 63 { problems.append("must be no more than 63 characters") }
    if !value.isEmpty && !isQualified(value) {
      problems.append(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' "
          + "or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
          + "'my_value',  or '12345', regex used for validation is "
          + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")
    }
    return problems
  }

  private static let qualifiedNameRule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    + "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    + "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

  private static func isLabel(_ text: Substring) -> Bool {
    func isEdge(_ byte: UInt8) -> Bool {
      isAlphanumeric(byte) && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    return isEdge(first) && isEdge(last)
      && text.utf8.allSatisfy { isEdge($0) || $0 == UInt8(ascii: "-") }
  }

  private static func isQualified(_ text: String) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
      && text.utf8.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: false
    }
  }
}
