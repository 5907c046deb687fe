/// A rule that a text must keep, and how to say it.
struct TextRule: Sendable {
  /// Ends the sentence "expected …".
  let expected: String
  let accepts: @Sendable (String) -> Bool

  /// What an environment variable or a file name can hold: no NUL.
  static let any = TextRule(expected: "text") { !$0.utf8.contains(0) }

  static let namespace = TextRule(
    expected: "a namespace name (up to 63 of a-z, 0-9 and -)", accepts: KubernetesName.isLabel)

  static let resourceName = TextRule(
    expected: "the name of a Kubernetes object (up to 253 of a-z, 0-9, - and .)",
    accepts: KubernetesName.isSubdomain)

  static let volumeName = TextRule(
    expected: "a volume name (up to 63 of a-z, 0-9 and -)", accepts: KubernetesName.isLabel)

  static let dataKey = TextRule(
    expected: "a key of a Secret (letters, digits, -, _ and .)", accepts: KubernetesName.isDataKey)

  static let labelValue = TextRule(
    expected: "a label value (up to 63 letters, digits, -, _ and .)",
    accepts: KubernetesName.isLabelValue)
}
