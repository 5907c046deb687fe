import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import Testing

@testable import Reconciler

/// What the caller may not see is never taken for absent.
@Suite struct PermissionTests {
  private func delete(_ release: TestRelease, token: String? = nil) throws -> Bool {
    try release.reconciler(token: token).delete(
      TestRelease.manifests(), offsets: .kept, options: ApplyOptions(), patience: .seconds(30))
  }

  @Test func deleteWithoutAnyPermissionDeletesNothing() throws {
    let release = try TestRelease()
    try release.apply()
    let reader = release.server.issueToken(user: "reader")
    let lines = release.failure { _ = try delete(release, token: reader) }
    #expect(lines.count == 1)
    #expect(
      lines.first?.hasPrefix("not permitted: daemonsets, services, networkpolicies, ") == true)
    #expect(
      lines.first?.hasSuffix(
        " may not be listed in namespace ops and the cluster; ask for the verb list on them; "
          + "nothing was deleted") == true)
    #expect(try release.object(TestRelease.daemonSet) != nil)
  }

  @Test(arguments: ["daemonsets", "configmaps", "clusterroles", "pods"])
  func deleteWhereOneTypeMayNotBeListedDeletesNothing(_ plural: String) throws {
    let release = try TestRelease()
    try release.apply()
    release.server.addFault(try Fault(parsing: "verb=list resource=\(plural) status=403"))
    _ = release.takeRequests()
    let lines = release.failure { _ = try delete(release) }
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("not permitted: \(plural) may not be listed ") == true)
    #expect(lines.first?.hasSuffix("nothing was deleted") == true)
    #expect(release.takeWrites() == [])
  }

  /// Deletions are tried before anything is written, as writes are.
  @Test func applyWhereLeftoverMayNotBeDeletedChangesNothing() throws {
    let release = try TestRelease()
    try release.apply()
    release.server.addFault(try Fault(parsing: "verb=delete resource=roles status=403"))
    _ = release.takeRequests()
    let lines = release.failure { try release.apply(TestRelease.volumeManifests()) }
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("\(TestRelease.role): refused: ") == true)
    #expect(lines.last == "nothing was changed")
    #expect(release.takeWrites() == [])
    #expect(release.events.isEmpty)
  }

  @Test(arguments: [false, true])
  func deleteWhereSomethingMayNotBeDeletedDeletesNothing(_ isDryRun: Bool) throws {
    let release = try TestRelease()
    try release.apply()
    for plural in ["clusterroles", "configmaps"] {
      release.server.addFault(try Fault(parsing: "verb=delete resource=\(plural) status=403"))
    }
    _ = release.takeRequests()
    var options = ApplyOptions()
    options.isDryRun = isDryRun
    let lines = release.failure {
      _ = try release.reconciler().delete(
        TestRelease.manifests(), offsets: .deleted, options: options, patience: .seconds(30))
    }
    #expect(
      lines.map { String($0.prefix { $0 != ":" }) } == [
        "clusterrole.rbac.authorization.k8s.io/rel-opentelemetry-collector-cr",
        "\(TestRelease.offsetsMap)", "\(TestRelease.collectorMap)", "nothing was deleted",
      ])
    #expect(release.takeWrites() == [])
  }

  /// A proxy, or a URL without its path, answers 404 to everything.
  @Test func deleteAtSomethingElseThanAnAPIServerFails() throws {
    let release = try TestRelease()
    release.server.addFault(try Fault(parsing: "path=* status=404"))
    let lines = release.failure { _ = try delete(release) }
    #expect(
      lines == [
        "cannot list daemonsets: the API server answered 404 NotFound: an injected fault: 404"
      ])
    #expect(throws: KubernetesError.self) {
      try ReleaseSummary.list(release.admin, namespace: TestRelease.namespace)
    }
  }

  @Test func deleteOfDaemonSetAppliedByOthersFailsAtOnce() throws {
    let release = try TestRelease()
    for manifest in try TestRelease.manifests() {
      try release.admin.apply(
        manifest.json, to: manifest.reference, WriteMode(fieldManager: "argocd-controller"))
    }
    try release.makePod()
    _ = release.takeRequests()
    #expect(
      release.failure { _ = try delete(release) } == [
        "\(TestRelease.daemonSet): argocd-controller made it, not operator-sim, so nothing was "
          + "deleted; delete it with what applied it"
      ])
    #expect(release.clock.now == .zero)
    #expect(release.takeWrites() == [])
    #expect(try release.object(TestRelease.offsetsMap) != nil)
  }

  @Test func watchGoesOnWhereTypesMayNotBeListed() throws {
    let release = try TestRelease()
    release.server.addFault(try Fault(parsing: "verb=list resource=secrets status=403"))
    defer { release.clock.onWait = { _ in } }
    release.clock.onWait = { _ in release.clock.isStopRequested = true }
    var manifests: [Manifest]? = try TestRelease.manifests()
    try Watcher(release.reconciler(), ApplyOptions(), interval: .seconds(3)).run {
      defer { manifests = nil }
      return manifests
    }
    #expect(try release.object(TestRelease.daemonSet) != nil)
    #expect(
      release.events.map(\.description).filter {
        $0.hasPrefix("not permitted: secrets may not be listed")
      }.count == 1)
  }
}
