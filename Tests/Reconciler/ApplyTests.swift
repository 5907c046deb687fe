import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import Testing

@testable import Reconciler

@Suite struct ApplyTests {
  @Test func firstApplyCreatesObjectsInOrder() throws {
    let release = try TestRelease()
    let lines = try release.apply()
    #expect(
      lines == [
        "serviceaccount/rel-opentelemetry-collector-sa created",
        "configmap/rel-filelogoffsets-cm created",
        "configmap/rel-opentelemetry-collector-agent-cm created",
        "role.rbac.authorization.k8s.io/rel-opentelemetry-collector-role created",
        "rolebinding.rbac.authorization.k8s.io/rel-opentelemetry-collector-rolebinding created",
        "clusterrole.rbac.authorization.k8s.io/rel-opentelemetry-collector-cr created",
        "clusterrolebinding.rbac.authorization.k8s.io/rel-opentelemetry-collector-crb created",
        "daemonset.apps/rel-opentelemetry-collector-agent-daemonset created",
      ])
    for manifest in try TestRelease.manifests() {
      #expect(try release.object(manifest.reference) != nil)
    }
  }

  @Test func secondApplyWritesNothing() throws {
    let release = try TestRelease()
    try release.apply()
    let before = try release.versions()
    _ = release.takeRequests()
    let lines = try release.apply()
    #expect(lines.count == 8)
    #expect(lines.allSatisfy { $0.hasSuffix(" unchanged") })
    #expect(release.takeWrites() == [])
    #expect(try release.versions() == before)
  }

  @Test func changedValueConfiguresOnlyDependentObjects() throws {
    let release = try TestRelease()
    try release.apply()
    _ = release.takeRequests()
    let lines = try release.apply(
      TestRelease.manifests("operator.filelogOffsetSyncImage.tag=2.0.0"))
    #expect(
      lines.filter { !$0.hasSuffix("unchanged") } == ["\(TestRelease.daemonSet) configured"])
    #expect(release.takeWrites() == ["patch daemonsets/\(TestRelease.daemonSet.name)"])
  }

  @Test func applyDryRunReportsSameAndStoresNothing() throws {
    let release = try TestRelease()
    let dry = try release.apply { $0.isDryRun = true }
    #expect(try release.object(TestRelease.daemonSet) == nil)
    _ = release.takeRequests()
    #expect(try release.apply() == dry)
  }

  @Test func driftIsRepairedWithOneWrite() throws {
    let release = try TestRelease()
    try release.apply()
    try release.edit(
      TestRelease.daemonSet, ["metadata": ["labels": ["app.kubernetes.io/version": "evil"]]])
    _ = release.takeRequests()
    let lines = try release.apply()
    #expect(
      lines.filter { !$0.hasSuffix("unchanged") } == [
        "\(TestRelease.daemonSet) configured "
          + "(kubectl-edit had set .metadata.labels.app.kubernetes.io/version)"
      ])
    #expect(release.takeWrites().count == 1)
    #expect(try release.apply().allSatisfy { $0.hasSuffix("unchanged") })
  }

  @Test func removedFieldsAndObjectsAreRestored() throws {
    let release = try TestRelease()
    try release.apply()
    try release.edit(
      TestRelease.daemonSet, ["metadata": ["labels": ["app.kubernetes.io/version": nil]]])
    try release.admin.delete(TestRelease.role, uid: nil, resourceVersion: nil)
    let lines = try release.apply().filter { !$0.hasSuffix("unchanged") }
    #expect(
      lines == ["\(TestRelease.role) created", "\(TestRelease.daemonSet) configured"])
  }

  @Test func unmanagedFieldsAreKept() throws {
    let release = try TestRelease()
    try release.apply()
    try release.edit(TestRelease.daemonSet, ["metadata": ["annotations": ["team": "blue"]]])
    #expect(try release.apply().allSatisfy { $0.hasSuffix("unchanged") })
    let live = try release.object(TestRelease.daemonSet)
    #expect(live?["metadata"]?["annotations"]?["team"] == "blue")
  }

  @Test func fieldAppliedByOtherManagerConflicts() throws {
    let release = try TestRelease()
    try release.apply()
    try release.takeOver(as: "other", force: true)
    _ = release.takeRequests()
    #expect(
      release.failure { try release.apply() } == [
        "\(TestRelease.daemonSet): conflict: other sets "
          + ".metadata.labels.app.kubernetes.io/version",
        "nothing was changed",
      ])
    #expect(release.takeWrites() == [])
    let lines = try release.apply { $0.forcesConflicts = true }
    #expect(
      lines.filter { !$0.hasSuffix("unchanged") } == ["\(TestRelease.daemonSet) configured"])
    #expect(try release.apply().allSatisfy { $0.hasSuffix("unchanged") })
  }

  @Test func foreignObjectIsTakenOverOnlyWithForce() throws {
    let release = try TestRelease()
    try release.create(
      "ConfigMap", TestRelease.collectorMap.name, ["data": ["config.yaml": "mine"]])
    let lines = release.failure { try release.apply() }
    #expect(lines.count == 2)
    #expect(
      lines.first?.hasPrefix("\(TestRelease.collectorMap): conflict: ") == true
        && lines.first?.hasSuffix("sets .data.config.yaml") == true
    )
    #expect(try release.object(TestRelease.serviceAccount) == nil)
    try release.apply { $0.forcesConflicts = true }
    #expect(
      try release.object(TestRelease.collectorMap)?["data"]?["config.yaml"]?.string != "mine")
  }

  @Test func serverSideAppliedReleaseIsAdoptedOnce() throws {
    let release = try TestRelease()
    for manifest in try TestRelease.manifests() {
      try release.admin.apply(
        manifest.json, to: manifest.reference, WriteMode(fieldManager: "kubectl"))
    }
    #expect(
      try release.diff().contains("# \(TestRelease.role): its fields become operator-sim's own"))
    #expect(try release.apply().allSatisfy { $0.hasSuffix("configured") })
    #expect(try release.apply().allSatisfy { $0.hasSuffix("unchanged") })
    #expect(try release.diff().isEmpty)
  }
}

extension TestRelease {
  /// Applies another version label to the DaemonSet, as a second operator would.
  func takeOver(as manager: String, force: Bool) throws {
    try admin.apply(
      [
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": [
          "name": .string(Self.daemonSet.name), "labels": ["app.kubernetes.io/version": "theirs"],
        ],
      ], to: Self.daemonSet, WriteMode(fieldManager: manager, isForced: force))
  }
}
