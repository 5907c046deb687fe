import FilelogKubernetesAPI
import FoundationEssentials
import Testing

@Suite struct BoundNodeTests {
  /// A token with these claims, as an API server writes it.
  private static func token(_ claims: String) -> String {
    let payload = Data(claims.utf8).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    return "eyJhbGciOiJSUzI1NiJ9.\(payload).c2lnbmF0dXJl"
  }

  @Test func boundNodeIsReadFromToken() {
    let claims = """
      {"sub": "system:serviceaccount:m:c", "odd": "ÿ?>~", "kubernetes.io": {"namespace": "m",
      "node": {"name": "node-a", "uid": "825eff4e"}, "pod": {"name": "p", "uid": "x"}}}
      """
    #expect(BoundNode(token: Self.token(claims)) == BoundNode(name: "node-a", uid: "825eff4e"))
  }

  @Test(arguments: [
    "", "opaque", "a.b", "a.b.c", "a..c", "a.!!!!.c", "a.b.c.d",
    token("{}"), token("[]"), token("{"), token(#"{"kubernetes.io": 1}"#),
    token(#"{"kubernetes.io": {"pod": {"name": "p", "uid": "x"}}}"#),
    token(#"{"kubernetes.io": {"node": {"name": "node-a"}}}"#),
    token(#"{"kubernetes.io": {"node": {"name": "", "uid": "x"}}}"#),
    token(#"{"kubernetes.io": {"node": {"name": 1, "uid": "x"}}}"#),
    token(String(repeating: "[", count: 20_000)),
  ])
  func anyOtherTokenNamesNone(_ token: String) {
    #expect(BoundNode(token: token) == nil)
  }

  @Test func clientReadsBoundNodeFromToken() {
    let token = Self.token(#"{"kubernetes.io": {"node": {"name": "n", "uid": "u"}}}"#)
    let client = KubernetesClient(
      ClusterConfiguration(server: "https://example.test", token: .fixed(token)))
    #expect(client.boundNode == BoundNode(name: "n", uid: "u"))
    #expect(
      KubernetesClient(ClusterConfiguration(server: "https://example.test")).boundNode == nil)
  }
}
