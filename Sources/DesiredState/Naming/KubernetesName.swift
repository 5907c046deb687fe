/// Kubernetes' rules for names, keys and label values.
///
/// Source: k8s.io/apimachinery/pkg/util/validation. All work on bytes: names are ASCII.
enum KubernetesName {
  /// RFC 1123 label: namespaces, volumes, containers.
  static func isLabel(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard (1...63).contains(bytes.count), let first = bytes.first, let last = bytes.last else {
      return false
    }
    return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
      && bytes.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") }
  }

  /// RFC 1123 subdomain: most objects. Unlike DNS itself it limits the whole only, not the parts.
  static func isSubdomain(_ text: String) -> Bool {
    guard (1...253).contains(text.utf8.count) else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      guard let first = part.utf8.first, let last = part.utf8.last else { return false }
      return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
        && part.utf8.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
  }

  /// A key of a ConfigMap or Secret.
  static func isDataKey(_ text: String) -> Bool {
    (1...253).contains(text.utf8.count) && text != "." && !text.hasPrefix("..")
      && text.utf8.allSatisfy { isAlphanumeric($0) || isInner($0) }
  }

  static func isLabelValue(_ text: String) -> Bool {
    text.isEmpty || isNamePart(text)
  }

  /// `name` or `prefix.example.com/name`: the key of a label or annotation.
  static func isQualifiedName(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    switch parts.count {
    case 1: return isNamePart(text)
    case 2: return isSubdomain(String(parts[0])) && isNamePart(String(parts[1]))
    default: return false
    }
  }

  /// A name of a header (RFC 9110, token).
  static func isHeaderName(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
  }

  private static func isNamePart(_ text: String) -> Bool {
    guard (1...63).contains(text.utf8.count), let first = text.utf8.first, let last = text.utf8.last
    else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
      && text.utf8.allSatisfy { isAlphanumeric($0) || isInner($0) }
  }

  private static func isInner(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isLowerAlphanumeric(byte) || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
  }

  private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
      || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
  }
}
