import DesiredState
import FilelogJSON
import FilelogKubernetesAPI
import Testing

@testable import Reconciler

@Suite struct DiffTests {
  @Test func unchangedObjectsHaveNoDiff() throws {
    let release = try TestRelease()
    try release.apply()
    #expect(try release.diff().isEmpty)
  }

  @Test func diffShowsServerSideResult() throws {
    let release = try TestRelease()
    try release.apply()
    _ = release.takeRequests()
    let text = try release.diff(
      TestRelease.manifests("operator.filelogOffsetSyncImage.tag=2.0.0"))
    #expect(text.hasPrefix("--- live/\(TestRelease.daemonSet)\n+++ applied/"))
    #expect(text.contains("-        image: registry.example.com/filelog-offset-sync:0.153.0\n"))
    #expect(text.contains("+        image: registry.example.com/filelog-offset-sync:2.0.0\n"))
    for hidden in ["managedFields", "resourceVersion", "uid:", "generation", "status"] {
      #expect(!text.contains(hidden))
    }
    #expect(release.takeWrites() == [])
  }

  @Test func diffShowsPrunedObjects() throws {
    let release = try TestRelease()
    try release.apply()
    try release.store(["node-a": "AAAA"])
    let text = try release.diff(TestRelease.volumeManifests()) { $0.prunesOffsets = true }
    #expect(text.contains("--- live/\(TestRelease.role)\n"))
    #expect(text.contains("--- live/\(TestRelease.role)\n+++ /dev/null\n"))
    #expect(text.contains("-kind: Role\n"))
    #expect(text.contains("--- live/\(TestRelease.offsetsMap)\n"))
    #expect(!text.contains("AAAA"))
  }

  @Test func diffShowsNewObjectsAgainstNothing() throws {
    let release = try TestRelease()
    #expect(
      try release.diff().contains("--- /dev/null\n+++ applied/\(TestRelease.daemonSet)\n"))
  }

  @Test func diffHidesSecrets() throws {
    let release = try TestRelease()
    let sets = [
      "operator.dash0Export.enabled=true", "operator.dash0Export.endpoint=x.example:4317",
    ]
    func manifests(_ token: String) throws -> [Manifest] {
      try TestRelease.manifests(sets[0], sets[1], "operator.dash0Export.token=\(token)")
    }
    let first = try release.diff(manifests("auth_first-secret"))
    #expect(first.contains("kind: Secret"))
    try release.apply(manifests("auth_first-secret"))
    let text = try release.diff(manifests("auth_second-secret"))
    #expect(text.contains("\"*** (before)\"\n") || text.contains("'*** (before)'\n"))
    #expect(text.contains("*** (after)"))
    // Neither as text nor as base64.
    for secret in ["first-secret", "second-secret", "YXV0aF9maXJzd", "YXV0aF9zZWNvbm"] {
      #expect(!first.contains(secret) && !text.contains(secret))
    }
  }

  @Test func diffHidesLastAppliedSecret() {
    let reference = TestRelease.ref("Secret", "s")
    let copy: JSONValue = [
      "metadata": [
        "annotations": ["kubectl.kubernetes.io/last-applied-configuration": "hidden-value"]
      ], "data": ["a": "hidden-value"], "stringData": ["b": "hidden-value"],
    ]
    let pair = ObjectText.pair(reference, copy, nil)
    #expect(!pair.old.contains("hidden-value"))
    #expect(pair.new.isEmpty)
  }

  @Test func diffShowsPayloadSizes() {
    let pair = ObjectText.pair(
      TestRelease.collectorMap, ["binaryData": ["k": "AAAA"]], ["binaryData": ["k": "AAA="]])
    #expect(pair.old.contains("(3 bytes, "))
    #expect(pair.new.contains("(2 bytes, "))
    #expect(pair.old != pair.new)
  }

  @Test func unifiedDiffMatchesDiffFormat() {
    let old = (1...20).map(String.init).joined(separator: "\n") + "\n"
    let new = old.replacing("\n3\n", with: "\nthree\n").replacing("\n18\n", with: "\n")
    #expect(
      UnifiedDiff.text(of: "x", from: old, to: new) == """
        --- live/x
        +++ applied/x
        @@ -1,6 +1,6 @@
         1
         2
        -3
        +three
         4
         5
         6
        @@ -15,6 +15,5 @@
         15
         16
         17
        -18
         19
         20

        """)
    #expect(UnifiedDiff.text(of: "x", from: "", to: "a\n").hasSuffix("@@ -0,0 +1 @@\n+a\n"))
    #expect(
      UnifiedDiff.text(of: "x", from: "a\nb\n", to: "").hasSuffix("@@ -1,2 +0,0 @@\n-a\n-b\n"))
    #expect(UnifiedDiff.text(of: "x", from: "a\n", to: "a\n").isEmpty)
  }
}
