import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import Testing

@testable import Reconciler

/// The policy that keeps nodes apart is in force before the permissions exist that it limits.
@Suite struct AdmissionOrderTests {
  private static let policy = "operator.collectors.filelogOffsetSyncAdmissionPolicy=true"

  private func kinds(_ writes: [String]) -> [String] {
    writes.map { String($0.split(separator: "/")[0].split(separator: " ")[1]) }
  }

  @Test func policyIsAppliedBeforePermissions() throws {
    let release = try TestRelease()
    let manifests = try TestRelease.manifests(Self.policy, version: "1.31")
    _ = release.takeRequests()
    try release.apply(manifests)
    let kinds = kinds(release.takeWrites())
    let binding = try #require(kinds.firstIndex(of: "validatingadmissionpolicybindings"))
    let role = try #require(kinds.firstIndex(of: "roles"))
    #expect(binding < role)
    #expect(try release.apply(manifests).allSatisfy { $0.hasSuffix("unchanged") })
  }

  /// The trial is made as the release's service account, in a dry run.
  @Test func applyWaitsUntilPolicyRefuses() throws {
    let release = try TestRelease()
    let manifests = try TestRelease.manifests(Self.policy, version: "1.31")
    release.server.addFault(
      try Fault(
        parsing: "verb=create resource=configmaps "
          + "user=system:serviceaccount:ops:rel-opentelemetry-collector-sa status=503 times=3"))
    defer { release.clock.onWait = { _ in } }
    var waits = 0
    release.clock.onWait = { _ in
      waits += 1
      let role = try? release.object(TestRelease.role)
      #expect(role == nil)
    }
    try release.apply(manifests)
    #expect(waits > 0)
    #expect(try release.object(TestRelease.ref("ConfigMap", "rel-filelogoffsets-cm-trial")) == nil)
  }

  @Test func unchangedPolicyIsNotWaitedFor() throws {
    let release = try TestRelease()
    let manifests = try TestRelease.manifests(Self.policy, version: "1.31")
    try release.apply(manifests)
    let before = release.clock.now
    try release.apply(
      TestRelease.manifests(Self.policy, "operator.clusterName=prod", version: "1.31"))
    #expect(release.clock.now == before)
  }

  @Test func deleteRemovesPermissionsBeforePolicy() throws {
    let release = try TestRelease()
    let manifests = try TestRelease.manifests(Self.policy, version: "1.31")
    try release.apply(manifests)
    _ = release.takeRequests()
    _ = try release.reconciler().delete(
      manifests, offsets: .deleted, options: ApplyOptions(), patience: .zero)
    let kinds = kinds(release.takeWrites().filter { $0.hasPrefix("delete ") })
    let role = try #require(kinds.firstIndex(of: "roles"))
    let binding = try #require(kinds.firstIndex(of: "validatingadmissionpolicybindings"))
    #expect(role < binding)
  }
}
