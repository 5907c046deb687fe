import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import Testing

@testable import Reconciler

/// Two releases of one name, in two namespaces of a cluster.
@Suite struct OtherReleaseTests {
  private static let refusal = [
    "clusterrole.rbac.authorization.k8s.io/rel-opentelemetry-collector-cr: it belongs to release "
      + "rel in namespace ops",
    "clusterrolebinding.rbac.authorization.k8s.io/rel-opentelemetry-collector-crb: it belongs to "
      + "release rel in namespace ops",
    "nothing was changed",
  ]

  private func elsewhere(_ release: TestRelease) throws -> Reconciler {
    try release.create("Namespace", "elsewhere")
    return Reconciler(
      release.admin,
      ReleaseScope(
        release: "rel", namespace: "elsewhere", fieldManager: TestRelease.fieldManager),
      release.clock.host, report: { _ in })
  }

  private func failure(
    _ release: TestRelease, _ reconciler: Reconciler, _ options: ApplyOptions = ApplyOptions()
  ) -> [String] {
    release.failure {
      _ = try reconciler.plan(TestRelease.manifests(namespace: "elsewhere"), options)
    }
  }

  @Test(arguments: [true, false])
  func clusterWideNamesOfOtherReleaseAreRefused(isForced: Bool) throws {
    let release = try TestRelease()
    try release.apply()
    var options = ApplyOptions()
    options.forcesConflicts = isForced
    #expect(failure(release, try elsewhere(release), options) == Self.refusal)
  }

  /// By `render | kubectl apply`: another manager owns every field.
  @Test func clusterWideNamesOfKubectlsReleaseAreRefused() throws {
    let release = try TestRelease()
    for manifest in try TestRelease.manifests() {
      try release.admin.apply(
        manifest.json, to: manifest.reference, WriteMode(fieldManager: "kubectl"))
    }
    #expect(failure(release, try elsewhere(release)) == Self.refusal)
  }

  @Test func clusterWideNamesOfDeletedNamespaceAreTakenOver() throws {
    let release = try TestRelease()
    try release.apply()
    let reconciler = try elsewhere(release)
    release.server.addFault(try Fault(parsing: "verb=get resource=namespaces name=ops status=404"))
    #expect(failure(release, reconciler) == [])
  }

  /// The other release was applied while this one is watched: neither takes from the other in turn.
  @Test func watchDoesNotTakeClusterWideNamesBack() throws {
    let release = try TestRelease()
    _ = try elsewhere(release)
    let binding = TestRelease.ref(
      "ClusterRoleBinding", "rel-opentelemetry-collector-crb", in: "")
    defer { release.clock.onWait = { _ in } }
    var waits = 0
    release.clock.onWait = { _ in
      waits += 1
      if waits == 1 {
        let theirs = try? TestRelease.manifests(namespace: "elsewhere").first {
          $0.kind == "ClusterRoleBinding"
        }
        _ = try? release.admin.apply(
          theirs?.json ?? [:], to: binding,
          WriteMode(fieldManager: TestRelease.fieldManager, isForced: true))
        _ = release.takeRequests()
      }
      if waits == 5 { release.clock.isStopRequested = true }
    }
    let watcher = Watcher(release.reconciler(), ApplyOptions(), interval: .seconds(3))
    var manifests: [Manifest]? = try TestRelease.manifests()
    try watcher.run {
      defer { manifests = nil }
      return manifests
    }
    #expect(waits == 5)
    #expect(release.takeWrites() == [])
    let notes = release.events.map(\.description).filter { $0.contains("belongs to release") }
    #expect(notes.count == 1)
    #expect(
      try release.object(binding)?["subjects"]?.array?.first?["namespace"] == "elsewhere")
  }
}
