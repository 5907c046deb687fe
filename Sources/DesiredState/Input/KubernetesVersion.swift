/// A version of Kubernetes as clusters report it: `1.29`, `v1.31.2`, `1.30.4-gke.1234`, `1.29+`.
public struct KubernetesVersion: Hashable, Sendable, Comparable {
  /// The 1 of 1.29.
  public let major: Int
  /// The 29 of 1.29; patch and vendor's suffix are not kept.
  public let minor: Int

  /// The version with these numbers.
  public init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Nil when the text is not a valid version.
  public init?(_ text: String) {
    let core = text.hasPrefix("v") ? text.dropFirst() : text[...]
    let parts = core.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, let major = Self.number(parts[0]) else { return nil }
    let minorDigits = parts[1].prefix { ("0"..."9").contains($0) }
    let tail = parts[1].dropFirst(minorDigits.count)
    guard let minor = Self.number(minorDigits), tail.isEmpty || tail == "+" else { return nil }
    self.init(major: major, minor: minor)
  }

  /// Init containers with `restartPolicy: Always` are on by default from here on.
  public static let nativeSidecars = KubernetesVersion(major: 1, minor: 29)

  /// `ValidatingAdmissionPolicy` is stable, and tokens of pods name their node, from here on.
  public static let admissionPolicies = KubernetesVersion(major: 1, minor: 30)

  public static func < (one: KubernetesVersion, other: KubernetesVersion) -> Bool {
    (one.major, one.minor) < (other.major, other.minor)
  }

  private static func number(_ digits: Substring) -> Int? {
    guard (1...4).contains(digits.count), digits.allSatisfy({ ("0"..."9").contains($0) }) else {
      return nil
    }
    return Int(digits)
  }
}

extension KubernetesVersion: CustomStringConvertible {
  /// `1.29`.
  public var description: String { "\(major).\(minor)" }
}
