import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import Testing

@testable import Reconciler

@Suite struct DeleteTests {
  @discardableResult
  private func delete(
    _ release: TestRelease, _ offsets: OffsetsDeletionPolicy, isDryRun: Bool = false
  ) throws -> Bool {
    var options = ApplyOptions()
    options.isDryRun = isDryRun
    return try release.reconciler().delete(
      TestRelease.manifests(), offsets: offsets, options: options, patience: .seconds(30))
  }

  private func deletions(_ release: TestRelease) -> [String] {
    release.takeWrites().filter { $0.hasPrefix("delete ") }
  }

  @Test func deleteRemovesDaemonSetFirstAndOffsetsLast() throws {
    let release = try TestRelease()
    try release.apply()
    try release.store(["node-a": "AAAA"])
    try release.storeOwnMap(of: "node-b")
    _ = release.takeRequests()
    #expect(try delete(release, .deleted))
    let deletions = deletions(release)
    #expect(deletions.count == 9)
    #expect(deletions.first == "delete daemonsets/\(TestRelease.daemonSet.name)")
    #expect(
      Set(deletions.suffix(2)) == [
        "delete configmaps/\(TestRelease.offsetsMap.name)",
        "delete configmaps/rel-filelogoffsets-node-node-b",
      ])
    for manifest in try TestRelease.manifests() {
      #expect(try release.object(manifest.reference) == nil)
    }
    #expect(try !delete(release, .undecided))
    #expect(self.deletions(release) == [])
  }

  @Test func deleteRequiresOffsetsPolicy() throws {
    let release = try TestRelease()
    try release.apply()
    try release.store(["node-a": "AAAA"])
    _ = release.takeRequests()
    #expect(
      release.failure { try delete(release, .undecided) } == [
        "\(TestRelease.offsetsMap) holds the nodes' offsets",
        "nothing was deleted",
      ])
    #expect(deletions(release) == [])
    #expect(try delete(release, .kept))
    #expect(try release.offsets() == ["node-a": "AAAA"])
    #expect(try release.object(TestRelease.daemonSet) == nil)
    try release.apply()
    #expect(try release.offsets() == ["node-a": "AAAA"])
  }

  @Test func keptMapsAreReported() throws {
    let release = try TestRelease()
    try release.apply()
    try release.storeOwnMap(of: "node-b")
    try release.storeOwnMap(of: "node-c")
    #expect(try delete(release, .kept))
    #expect(
      release.events.suffix(2).map(\.description) == [
        "\(TestRelease.offsetsMap) is kept: it is for the nodes' offsets",
        "configmap/rel-filelogoffsets-node-node-b and 1 more are kept: they hold the nodes' offsets",
      ])
    // What is kept is there to be deleted.
    #expect(try delete(release, .kept))
    #expect(try delete(release, .deleted))
    #expect(try !delete(release, .deleted))
  }

  @Test func emptyMapIsDeletedWithoutPolicy() throws {
    let release = try TestRelease()
    try release.apply()
    #expect(try delete(release, .undecided))
    #expect(try release.object(TestRelease.offsetsMap) == nil)
  }

  @Test func deleteDryRunDeletesNothing() throws {
    let release = try TestRelease()
    try release.apply()
    _ = release.takeRequests()
    #expect(try delete(release, .deleted, isDryRun: true))
    #expect(deletions(release) == [])
    #expect(try release.object(TestRelease.daemonSet) != nil)
  }

  @Test func deleteFindsUnlabelledObjectsByName() throws {
    let release = try TestRelease()
    try release.apply()
    try release.edit(TestRelease.daemonSet, ["metadata": ["labels": nil]])
    #expect(try delete(release, .deleted))
    #expect(try release.object(TestRelease.daemonSet) == nil)
  }

  @Test func deleteFindsUnlabelledNodeMapsByName() throws {
    let release = try TestRelease()
    try release.apply()
    try release.storeOwnMap(of: "node-b")
    let map = TestRelease.ref("ConfigMap", "rel-filelogoffsets-node-node-b")
    try release.edit(map, ["metadata": ["labels": nil]])
    #expect(!release.failure { try delete(release, .undecided) }.isEmpty)
    #expect(try release.object(map) != nil)
    #expect(try delete(release, .deleted))
    #expect(try release.object(map) == nil)
  }

  @Test func deleteWaitsForPods() throws {
    let release = try TestRelease()
    try release.apply()
    try release.makePod()
    // The clock is the release's: what it holds would keep the release, and its server, alive.
    defer { release.clock.onWait = { _ in } }
    release.clock.onWait = { _ in
      if release.clock.now >= .seconds(10) {
        try? release.admin.delete(TestRelease.pod, uid: nil, resourceVersion: nil)
      }
      // As long as a pod stores offsets, nothing that it needs is gone.
      #expect((try? release.object(TestRelease.role)) != nil)
    }
    #expect(try delete(release, .deleted))
    #expect(release.events.contains(.note("waiting until the release's pods have stopped")))
    #expect(try release.object(TestRelease.role) == nil)
  }

  /// Deletes while a pod stops that does something before it is gone.
  private func delete(
    _ release: TestRelease, _ offsets: OffsetsDeletionPolicy, lastDeed: @escaping () throws -> Void
  ) throws {
    try release.makePod()
    defer { release.clock.onWait = { _ in } }
    release.clock.onWait = { _ in
      #expect(throws: Never.self) {
        try lastDeed()
        try release.admin.delete(TestRelease.pod, uid: nil, resourceVersion: nil)
      }
    }
    try delete(release, offsets)
  }

  @Test func undecidedDeleteKeepsLateOffsets() throws {
    let release = try TestRelease()
    try release.apply()
    let lines = release.failure {
      try delete(release, .undecided) { try release.store(["node-a": "AAAA"]) }
    }
    #expect(
      lines == [
        "\(TestRelease.offsetsMap) holds offsets that were stored while the pods stopped",
        "everything else was deleted",
      ])
    #expect(try release.offsets() == ["node-a": "AAAA"])
    #expect(try release.object(TestRelease.role) == nil)
    #expect(try release.object(TestRelease.collectorMap) == nil)
    #expect(try delete(release, .deleted))
    #expect(try release.offsets() == nil)
  }

  @Test func undecidedDeleteKeepsMapsOfStoppingPods() throws {
    let release = try TestRelease()
    try release.apply()
    let lines = release.failure {
      try delete(release, .undecided) {
        try release.storeOwnMap(of: "node-b")
        try release.storeOwnMap(of: "node-c")
      }
    }
    #expect(
      lines.first?.hasPrefix(
        "configmap/rel-filelogoffsets-node-node-b and 1 more hold offsets that were stored while")
        == true)
    #expect(
      try release.object(TestRelease.ref("ConfigMap", "rel-filelogoffsets-node-node-b")) != nil)
    #expect(try release.object(TestRelease.offsetsMap) == nil)
  }

  @Test func deleteRemovesMapsOfStoppingPods() throws {
    let release = try TestRelease()
    try release.apply()
    try delete(release, .deleted) { try release.storeOwnMap(of: "node-b") }
    #expect(
      try release.object(TestRelease.ref("ConfigMap", "rel-filelogoffsets-node-node-b")) == nil)
  }

  /// No wait where pods may not be listed, and a sidecar stores between look and deletion.
  @Test func emptyMapIsDeletedOnlyAtSeenVersion() throws {
    let release = try TestRelease()
    try release.apply()
    release.server.addFault(
      try Fault(
        parsing: "verb=delete resource=configmaps name=\(TestRelease.offsetsMap.name) status=503 "
          + "times=1"))
    defer { release.clock.onWait = { _ in } }
    release.clock.onWait = { _ in
      #expect(throws: Never.self) { try release.store(["node-a": "AAAA"]) }
    }
    #expect(release.failure { try delete(release, .undecided) }.count == 2)
    #expect(try release.offsets() == ["node-a": "AAAA"])
  }

  @Test func deleteFailsWhenPodsDoNotStop() throws {
    let release = try TestRelease()
    try release.apply()
    try release.makePod()
    #expect(
      release.failure { try delete(release, .deleted) } == [
        "pods of release rel: still stopping (1); run again to delete the rest"
      ])
    #expect(try release.object(TestRelease.role) != nil)
  }

  @Test func deleteKeepsObjectsOfOtherNamespace() throws {
    let release = try TestRelease()
    try release.apply()
    try release.create("Namespace", "elsewhere")
    var notes: [String] = []
    let reconciler = Reconciler(
      release.admin,
      ReleaseScope(
        release: "rel", namespace: "elsewhere", fieldManager: "operator-sim"),
      release.clock.host
    ) { notes.append("\($0)") }
    #expect(
      try !reconciler.delete(
        TestRelease.manifests(namespace: "elsewhere"), offsets: .deleted, options: ApplyOptions(),
        patience: .zero))
    #expect(
      notes == [
        "clusterrolebinding.rbac.authorization.k8s.io/rel-opentelemetry-collector-crb is kept: it "
          + "serves release rel in namespace ops",
        "clusterrole.rbac.authorization.k8s.io/rel-opentelemetry-collector-cr is kept: it serves "
          + "release rel in namespace ops",
      ])
  }

  @Test func failedDeletionReportsDoneAndPending() throws {
    let release = try TestRelease()
    try release.apply()
    try release.makePod()
    // After the dry runs.
    let fault = try Fault(parsing: "verb=delete resource=roles status=503")
    defer { release.clock.onWait = { _ in } }
    release.clock.onWait = { [unowned release] _ in
      guard (try? release.object(TestRelease.pod)) != nil else { return }
      try? release.admin.delete(TestRelease.pod, uid: nil, resourceVersion: nil)
      release.server.addFault(fault)
    }
    let lines = release.failure { try delete(release, .deleted) }
    #expect(lines.count == 4)
    #expect(lines.first?.hasPrefix("\(TestRelease.role): the API server answered 503") == true)
    #expect(lines.dropFirst(2).first?.hasSuffix("\(TestRelease.roleBinding) deleted") == true)
    release.server.removeAllFaults()
    #expect(try delete(release, .deleted))
  }
}

extension TestRelease {
  static let pod = ref("Pod", "agent-1")

  /// A pod of the DaemonSet, as its controller would make it.
  func makePod() throws {
    let labels = try object(Self.daemonSet)?["spec"]?["template"]?["metadata"]?["labels"]
    try create(
      "Pod", Self.pod.name,
      [
        "metadata": ["labels": labels ?? [:]],
        "spec": ["containers": [["name": "c", "image": "c:1"]]],
      ])
  }
}
