import FilelogEncodings
import Testing

@testable import DesiredState

/// Kubernetes' small languages: quantities, versions, names.
@Suite struct SyntaxTests {
  @Test(arguments: [
    ("500Mi", 524_288_000.0), ("1.5", 1.5), ("100m", 0.1), ("1e3", 1000), ("2E2", 200),
    ("3E", 3e18),
    ("10M", 1e7), ("0", 0), (".5", 0.5), ("5.", 5), ("1Ki", 1024),
  ])
  func quantityReadsKubernetesNotation(_ text: String, _ amount: Double) {
    #expect(Quantity(text)?.amount == amount)
    #expect(Quantity(text)?.text == text)
  }

  @Test(arguments: ["", ".", "Mi", "5 Mi", "5mi", "-5", "+5", "1.2.3", "1e", "1e99", "0x5", "inf"])
  func invalidQuantityIsRefused(_ text: String) {
    #expect(Quantity(text) == nil)
  }

  @Test(arguments: [
    ("1.29", 1, 29), ("v1.31.2", 1, 31), ("1.30.4-gke.1234", 1, 30), ("1.29+", 1, 29),
    ("2.0", 2, 0),
  ])
  func kubernetesVersionReadsReportedVersions(_ text: String, _ major: Int, _ minor: Int) {
    #expect(KubernetesVersion(text) == KubernetesVersion(major: major, minor: minor))
  }

  @Test(arguments: ["", "1", "v", "1.", "1.x", "one.two", "1.29x", "-1.2", "99999.1"])
  func invalidKubernetesVersionIsRefused(_ text: String) {
    #expect(KubernetesVersion(text) == nil)
  }

  @Test func kubernetesVersionsCompareNumerically() throws {
    #expect(try #require(KubernetesVersion("1.9")) < .nativeSidecars)
    #expect(try #require(KubernetesVersion("1.100")) >= .nativeSidecars)
  }

  @Test func kubernetesNameRules() {
    let long = String(repeating: "a", count: 63)
    #expect(["a", "a-b", "0", long].allSatisfy(KubernetesName.isLabel))
    #expect(!["", "-a", "a-", "A", "a.b", long + "a", "é"].contains(where: KubernetesName.isLabel))
    #expect(["a.b", "a-1.b", long + long].allSatisfy(KubernetesName.isSubdomain))
    #expect(!["a..b", ".a", "a.", "a_b"].contains(where: KubernetesName.isSubdomain))
    #expect(["", "A_b-c.d", "1"].allSatisfy(KubernetesName.isLabelValue))
    #expect(!["-a", "a b", long + "a"].contains(where: KubernetesName.isLabelValue))
    #expect(["a", "example.com/a_B"].allSatisfy(KubernetesName.isQualifiedName))
    #expect(!["", "/a", "a/", "a/b/c", "A b"].contains(where: KubernetesName.isQualifiedName))
    #expect(!["", ".", "..a", "a/b"].contains(where: KubernetesName.isDataKey))
  }

  @Test func longestReleaseGivesValidNames() throws {
    var request = request("{}")
    request.release = String(repeating: "r", count: 53)
    let manifests = assembleDesiredState(try DesiredStateInput(request))
    #expect(manifests.allSatisfy { KubernetesName.isSubdomain($0.name) })
    #expect(manifests.allSatisfy { $0.name.utf8.count <= 253 - "-12345".utf8.count })
  }

  @Test func percentEncodingKeepsUnreservedCharacters() {
    #expect(PercentEncoding.encode("aZ09-._~") == "aZ09-._~")
    #expect(PercentEncoding.encode("a b,c=d%$é") == "a%20b%2Cc%3Dd%25%24%C3%A9")
  }

  @Test(
    arguments: [
      ("", ["a": "b"], true), ("a=b", ["a": "b"], true), ("a==b", ["a": "c"], false),
      ("dash0.com/enable!=false", [:], true),
      ("dash0.com/enable!=false", ["dash0.com/enable": "false"], false),
      ("a in (b, c),d", ["a": "c", "d": ""], true), ("a notin (b,c)", [:], true),
      ("a notin (b,c)", ["a": "b"], false), ("!a", ["a": ""], false), (" a , !b ", ["a": ""], true),
    ] as [(String, [String: String], Bool)])
  func labelSelectorsSelectAsKubernetesDoes(
    _ text: String, _ labels: [String: String], _ expected: Bool
  ) throws {
    #expect(try #require(LabelSelector(text)).matches(labels) == expected)
  }

  @Test(arguments: ["a in", "a in ()", "=b", "a=b c", "a b", ",", "a,,b", "in (a)"])
  func invalidLabelSelectorIsRefused(_ text: String) {
    #expect(LabelSelector(text) == nil)
  }

  @Test(arguments: [
    ("a == \"x\"", true), ("IsMatch(body, \".*(\\\".*\")", true), ("a[\"x\"] != nil", true),
    ("true) or (true", false), ("(a", false), ("a)", false), ("[(])", false), ("\"a", false),
  ])
  func unbalancedOTTLIsFound(_ text: String, _ expected: Bool) {
    #expect(OTTL.isBalanced(text) == expected)
  }

  @Test(arguments: [
    ("${env:X}", true), ("$${env:X}", false), ("$$${env:X}", true), ("$1 $$1 $", false),
  ])
  func variablesInOTTLAreFound(_ text: String, _ expected: Bool) {
    #expect(OTTL.expandsVariable(text) == expected)
  }
}
