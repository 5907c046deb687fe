import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import Testing

@testable import Reconciler

@Suite struct PruneTests {
  private static let labels: JSONValue = .object(
    TestRelease.scope.labels.mapValues { .string($0) })

  @Test func unwantedSecretIsPruned() throws {
    let release = try TestRelease()
    try release.apply(
      TestRelease.manifests(
        "operator.dash0Export.enabled=true", "operator.dash0Export.endpoint=x.example:4317",
        "operator.dash0Export.token=auth_x"))
    let lines = try release.apply()
    #expect(lines.last == "secret/rel-opentelemetry-collector-agent-secret pruned")
  }

  @Test func pruneKeepsForeignObjectsUnlessRequested() throws {
    let release = try TestRelease()
    try release.apply()
    try release.create(
      "ConfigMap", "theirs", ["metadata": ["labels": Self.labels], "data": ["a": "1"]])
    #expect(
      try release.apply().last
        == "configmap/theirs is kept: kubectl-edit made it, not operator-sim")
    #expect(try release.object(TestRelease.ref("ConfigMap", "theirs")) != nil)
    #expect(try release.apply { $0.prunesForeign = true }.last == "configmap/theirs pruned")
    #expect(try release.object(TestRelease.ref("ConfigMap", "theirs")) == nil)
  }

  @Test func pruneKeepsOtherReleases() throws {
    let release = try TestRelease()
    var other = try #require(Self.labels.object)
    other["app.kubernetes.io/instance"] = "other"
    try release.admin.apply(
      [
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": ["name": "other", "labels": .object(other)],
      ], to: TestRelease.ref("ConfigMap", "other"),
      WriteMode(fieldManager: TestRelease.fieldManager))
    try release.apply { $0.prunesForeign = true }
    #expect(try release.object(TestRelease.ref("ConfigMap", "other")) != nil)
  }

  /// Two releases of one name, in two namespaces, have policies of their own.
  @Test func prunedPolicyLeavesOtherNamespacesPolicy() throws {
    let release = try TestRelease()
    let policy = "operator.collectors.filelogOffsetSyncAdmissionPolicy"
    let sets = "\(policy)=true"
    let version = "1.31"
    try release.apply(TestRelease.manifests(sets, version: version))
    try release.create("Namespace", "elsewhere")
    let theirs = try TestRelease.manifests(sets, namespace: "elsewhere", version: version)
      .filter { $0.kind.hasPrefix("ValidatingAdmissionPolicy") }
    #expect(theirs.count == 2)
    for manifest in theirs {
      try release.admin.apply(
        manifest.json, to: manifest.reference,
        WriteMode(fieldManager: TestRelease.fieldManager))
    }
    let pruned = try release.apply(TestRelease.manifests("\(policy)=false", version: version))
      .filter { $0.hasSuffix(" pruned") }
    #expect(
      pruned == [
        "validatingadmissionpolicybinding.admissionregistration.k8s.io/ops.rel-filelogoffsets pruned",
        "validatingadmissionpolicy.admissionregistration.k8s.io/ops.rel-filelogoffsets pruned",
      ])
    for manifest in theirs { #expect(try release.object(manifest.reference) != nil) }
  }

  /// Between the look at it and the deletion.
  @Test func recreatedObjectIsNotPruned() throws {
    let release = try TestRelease()
    try release.apply()
    let reconciler = release.reconciler()
    let manifests = try TestRelease.volumeManifests()
    let options = ApplyOptions()
    let leftovers = try reconciler.leftovers(beside: manifests, options)
    try release.admin.delete(TestRelease.role, uid: nil, resourceVersion: nil)
    try release.create("Role", TestRelease.role.name, ["metadata": ["labels": Self.labels]])
    let lines = release.failure { try reconciler.prune(leftovers, options) }
    #expect(lines.count == 3)
    #expect(lines.first?.hasPrefix("\(TestRelease.role): the API server answered 409") == true)
    #expect(lines.dropFirst().first == "done before: \(TestRelease.roleBinding) pruned")
    #expect(try release.object(TestRelease.role) != nil)
  }

  @Test func changedObjectIsPruned() throws {
    let release = try TestRelease()
    try release.apply()
    try release.store(["node-a": "AAAA"])
    let reconciler = release.reconciler()
    let manifests = try TestRelease.volumeManifests()
    var options = ApplyOptions()
    options.prunesOffsets = true
    let leftovers = try reconciler.leftovers(beside: manifests, options)
    try release.store(["node-a": "BBBB"])
    try reconciler.prune(leftovers, options)
    #expect(try release.object(TestRelease.offsetsMap) == nil)
  }

  /// The sidecars may not delete; the parts that they emptied go with the next apply.
  @Test func pruneRemovesOnlyEmptyParts() throws {
    let release = try TestRelease()
    try release.apply(TestRelease.manifests("operator.collectors.filelogOffsetSyncLayout=perNode"))
    for (number, bytes) in [(0, [1, 2, 3]), (1, nil)] as [(Int, [UInt8]?)] {
      let name = "rel-filelogoffsets-part-\(number)-node-a"
      var labels = TestRelease.scope.labels
      labels["dash0.com/filelog-offsets"] = "part"
      try release.admin.applyConfigMap(
        namespace: TestRelease.namespace, name: name,
        AppliedMetadata(
          labels: labels, annotations: ["dash0.com/filelog-offsets-node": "node-a"], owners: []),
        fieldManager: "filelog-offset-sync")
      for value in [[9], bytes] {
        try release.admin.patchConfigMap(
          namespace: TestRelease.namespace, name: name,
          mergePatch: ConfigMapPatch(binaryData: ["node-a": value]).body)
      }
    }
    let manifests = try TestRelease.manifests(
      "operator.collectors.filelogOffsetSyncLayout=perNode")
    #expect(try release.diff(manifests).contains("part-1-node-a"))
    let lines = try release.apply(manifests)
    #expect(lines.last == "configmap/rel-filelogoffsets-part-1-node-a pruned")
    let kept = TestRelease.ref("ConfigMap", "rel-filelogoffsets-part-0-node-a")
    #expect(try release.object(kept)?["binaryData"]?["node-a"] == "AQID")
  }

  /// A sidecar that fills a part while it is about to be deleted keeps it.
  @Test func emptyPartFilledMeanwhileIsKept() throws {
    let release = try TestRelease()
    try release.apply()
    let part = TestRelease.ref("ConfigMap", "rel-filelogoffsets-part-3-node-a")
    var labels = try #require(Self.labels.object)
    labels["dash0.com/filelog-offsets"] = "part"
    try release.create("ConfigMap", part.name, ["metadata": ["labels": .object(labels)]])
    let reconciler = release.reconciler()
    let leftovers = try reconciler.leftovers(beside: TestRelease.manifests(), ApplyOptions())
    #expect(leftovers.objects.map(\.verdict) == [.pruneUnlessWritten])
    try release.edit(part, as: "filelog-offset-sync", ["binaryData": ["node-a": "AQID"]])
    try reconciler.prune(leftovers, ApplyOptions())
    #expect(try release.object(part)?["binaryData"]?["node-a"] == "AQID")
  }

  @Test func pruneFailsWhereTypesMayNotBeListed() throws {
    let release = try TestRelease()
    release.server.addFault(
      try Fault(parsing: "verb=list resource=clusterroles status=403"))
    #expect(
      release.failure { try release.apply() } == [
        "not permitted: clusterroles may not be listed of the cluster; ask for the verb list on them",
        "what is no longer wanted among them was not pruned",
      ])
    // What was wanted is there all the same.
    #expect(try release.object(TestRelease.daemonSet) != nil)
    #expect(
      release.failure { _ = try release.diff() }.last
        == "whether an apply would prune some of them is not known")
  }
}
