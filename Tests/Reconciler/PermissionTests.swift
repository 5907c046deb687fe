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
