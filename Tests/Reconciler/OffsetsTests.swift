import DesiredState
import EmulatedAPIServer
import FilelogContract
import FilelogJSON
import FilelogKubernetesAPI
import Testing

@testable import Reconciler

/// No way through apply changes or removes an offset.
@Suite struct OffsetsTests {
  private static let payloads: JSONValue = ["node-a": "AAAA", "node-b": "AAAABBBB"]

  /// A release whose nodes have stored something.
  private func release() throws -> TestRelease {
    let release = try TestRelease()
    try release.apply()
    try release.store(Self.payloads)
    return release
  }

  @Test func applyDoesNotWriteOffsetsMap() throws {
    let release = try release()
    let before = try release.versions()
    #expect(try release.apply().allSatisfy { $0.hasSuffix("unchanged") })
    #expect(try release.versions() == before)
    #expect(try release.offsets() == Self.payloads.object)
  }

  @Test func changedLabelsKeepOffsets() throws {
    let release = try release()
    try release.edit(
      TestRelease.offsetsMap, ["metadata": ["labels": ["app.kubernetes.io/version": "x"]]])
    let lines = try release.apply().filter { !$0.hasSuffix("unchanged") }
    #expect(lines.count == 1)
    #expect(try release.offsets() == Self.payloads.object)
    let labels = try release.object(TestRelease.offsetsMap)?["metadata"]?["labels"]
    #expect(labels?["app.kubernetes.io/version"] != "x")
  }

  @Test(arguments: ["helm", "kubectl", "operator-sim"])
  func mapAppliedWithOffsetsKeepsThem(manager: String) throws {
    let release = try TestRelease()
    try release.admin.apply(
      [
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": [
          "name": .string(TestRelease.offsetsMap.name), "labels": ["their": "label"],
        ], "binaryData": Self.payloads,
      ], to: TestRelease.offsetsMap, WriteMode(fieldManager: manager))
    try release.apply { $0.forcesConflicts = true }
    #expect(try release.offsets() == Self.payloads.object)
    #expect(
      !OffsetsOwnership.ownsData(
        try release.object(TestRelease.offsetsMap), TestRelease.scope.owner))
    #expect(try release.apply().allSatisfy { $0.hasSuffix("unchanged") })
    #expect(try release.offsets() == Self.payloads.object)
  }

  /// As the upstream operator makes it: by a create or an update of the whole object.
  @Test(arguments: [false, true])
  func upstreamMapKeepsOffsets(hasOtherLabels: Bool) throws {
    let release = try TestRelease()
    try release.create(
      "ConfigMap", TestRelease.offsetsMap.name,
      [
        "metadata": [
          "labels": ["app.kubernetes.io/instance": hasOtherLabels ? "theirs" : "rel"]
        ], "binaryData": Self.payloads,
      ])
    try release.apply { $0.forcesConflicts = hasOtherLabels }
    #expect(try release.offsets() == Self.payloads.object)
  }

  @Test func mapWithoutManagedFieldsKeepsOffsets() throws {
    let release = try release()
    try release.edit(TestRelease.offsetsMap, ["metadata": ["managedFields": [[:]]]])
    try release.apply { $0.forcesConflicts = true }
    #expect(try release.offsets() == Self.payloads.object)
    try release.apply()
    #expect(try release.offsets() == Self.payloads.object)
  }

  @Test func handoverMergesWithSidecarFields() throws {
    let release = try release()
    try release.admin.apply(
      [
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": ["name": .string(TestRelease.offsetsMap.name)],
        "binaryData": ["node-a": "AAAA", "node-c": "CCCC"], "data": ["note": "kept"],
      ], to: TestRelease.offsetsMap,
      WriteMode(fieldManager: TestRelease.fieldManager, isForced: true))
    #expect(try release.diff().contains("gives up that it owns offsets"))
    #expect(
      try release.apply().contains(
        "\(TestRelease.offsetsMap) configured (gives up that it owns offsets)"))
    #expect(try release.offsets()?.keys.sorted() == ["node-a", "node-b", "node-c"])
    #expect(try release.object(TestRelease.offsetsMap)?["data"] == ["note": "kept"])
    #expect(try release.apply().allSatisfy { $0.hasSuffix("unchanged") })
  }

  @Test(arguments: ["Apply", "Update"])
  func labelConflictsOnOffsetsMapAreTakenOver(operation: String) throws {
    let release = try release()
    let labels: JSONValue = ["app.kubernetes.io/version": "theirs"]
    if operation == "Apply" {
      try release.admin.apply(
        [
          "apiVersion": "v1", "kind": "ConfigMap",
          "metadata": ["name": .string(TestRelease.offsetsMap.name), "labels": labels],
        ], to: TestRelease.offsetsMap, WriteMode(fieldManager: "node-a", isForced: true))
    } else {
      try release.edit(TestRelease.offsetsMap, as: "node-a", ["metadata": ["labels": labels]])
    }
    #expect(
      try release.apply().contains(
        "\(TestRelease.offsetsMap) configured "
          + "(node-a had set .metadata.labels.app.kubernetes.io/version)"))
    #expect(try release.apply().allSatisfy { $0.hasSuffix("unchanged") })
    #expect(try release.offsets() == Self.payloads.object)
  }

  /// The map changes between every look at it and the write.
  @Test func busyOffsetsMapIsAppliedEventually() throws {
    let release = try release()
    try release.edit(
      TestRelease.offsetsMap, ["metadata": ["labels": ["app.kubernetes.io/version": "x"]]])
    let reconciler = release.reconciler()
    let plan = try reconciler.plan(TestRelease.manifests(), ApplyOptions())
    var fault = Fault()
    fault.requests.verb = "patch"
    fault.requests.resource = "configmaps"
    fault.requests.name = TestRelease.offsetsMap.name
    fault.effect = .status(409, retryAfter: nil)
    fault.times = 7
    release.server.addFault(fault)
    try reconciler.apply(plan, ApplyOptions())
    #expect(try release.offsets() == Self.payloads.object)
    #expect(
      try release.object(TestRelease.offsetsMap)?["metadata"]?["labels"]?[
        "app.kubernetes.io/version"] != "x")
  }

  @Test func switchingToVolumePrunesMapOnlyOnRequest() throws {
    let release = try release()
    let volume = try TestRelease.volumeManifests()
    let lines = try release.apply(volume).filter { !$0.hasSuffix("unchanged") }
    #expect(
      lines == [
        // What is read of rotated files differs with a volume.
        "\(TestRelease.collectorMap) configured", "\(TestRelease.daemonSet) configured",
        "\(TestRelease.roleBinding) pruned",
        "\(TestRelease.role) pruned",
        "\(TestRelease.offsetsMap) is kept: it holds the nodes' offsets",
      ])
    #expect(try release.offsets() == Self.payloads.object)
    // And back: what was pruned is restored, the offsets are still there.
    let back = try release.apply().filter { !$0.hasSuffix("unchanged") }
    #expect(
      back == [
        "\(TestRelease.collectorMap) configured", "\(TestRelease.role) created",
        "\(TestRelease.roleBinding) created",
        "\(TestRelease.daemonSet) configured",
      ])
    #expect(try release.offsets() == Self.payloads.object)
    let pruned = try release.apply(volume) { $0.prunesOffsets = true }
    #expect(pruned.contains("\(TestRelease.offsetsMap) pruned"))
    #expect(try release.object(TestRelease.offsetsMap) == nil)
  }

  @Test func nodeMapsOfExistingNodesAreKept() throws {
    let release = try release()
    try release.create("Node", "alive")
    for node in ["alive", "gone"] { try release.storeOwnMap(of: node) }
    // As before Kubernetes 1.30: without an owner, so that the cluster never removes it.
    try release.storeOwnMap(of: "ownerless", hasOwner: false)
    #expect(try release.apply().allSatisfy { $0.hasSuffix("unchanged") })
    let lines = try release.apply { $0.prunesOffsets = true }
      .filter { !$0.hasSuffix("unchanged") }
    #expect(
      lines == [
        "configmap/rel-filelogoffsets-node-gone pruned",
        "configmap/rel-filelogoffsets-node-ownerless pruned",
      ])
    #expect(
      try release.object(TestRelease.ref("ConfigMap", "rel-filelogoffsets-node-alive")) != nil)
    #expect(try release.offsets() == Self.payloads.object)
  }

  /// A node may have written its maps without the policy: names find what labels do not.
  @Test func nodeMapsWithoutLabelsAreFoundByName() throws {
    let release = try release()
    try release.create("Node", "alive")
    for node in ["alive", "gone"] { try release.storeOwnMap(of: node) }
    for name in ["node-alive", "node-gone", "diff-alive", "diff-gone"] {
      let map = TestRelease.ref("ConfigMap", "rel-filelogoffsets-\(name)")
      if name.hasPrefix("diff") { try release.create("ConfigMap", map.name) }
      try release.edit(map, ["metadata": ["labels": nil]])
    }
    let lines = try (1...2).map { _ in
      try release.apply { $0.prunesOffsets = true }.filter { !$0.hasSuffix("unchanged") }
    }
    #expect(
      lines == [
        ["configmap/rel-filelogoffsets-node-gone pruned"],
        ["configmap/rel-filelogoffsets-diff-gone pruned"],
      ])
  }

  /// A user who may not read nodes cannot tell; nothing is pruned then.
  @Test func nodeMapsAreKeptWhenNodesAreUnreadable() throws {
    let release = try release()
    try release.storeOwnMap(of: "gone")
    release.server.addFault(try Fault(parsing: "verb=get resource=nodes status=403"))
    let lines = release.failure { try release.apply { $0.prunesOffsets = true } }
    #expect(lines.count == 1)
    #expect(
      try release.object(TestRelease.ref("ConfigMap", "rel-filelogoffsets-node-gone")) != nil)
  }
}

extension TestRelease {
  /// Stores payloads as sidecars do.
  func store(_ payloads: JSONValue) throws {
    try edit(Self.offsetsMap, as: "filelog-offset-sync", ["binaryData": payloads])
  }

  /// The map that a node's sidecar makes for itself.
  func storeOwnMap(of node: String, hasOwner: Bool = true) throws {
    let name = "rel-filelogoffsets-node-\(node)"
    let labels = TestRelease.scope.labels
    let owner: JSONValue = [
      "apiVersion": "v1", "kind": "Node", "name": .string(node), "uid": .string("uid-of-\(node)"),
    ]
    try admin.apply(
      [
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": [
          "name": .string(name), "labels": .object(labels.mapValues { .string($0) }),
          "annotations": [Contract.NodeMap.nodeAnnotation: .string(node)],
          "ownerReferences": .array(hasOwner ? [owner] : []),
        ], "binaryData": [node: "AAAA"],
      ], to: Self.ref("ConfigMap", name), WriteMode(fieldManager: "filelog-offset-sync"))
  }
}
