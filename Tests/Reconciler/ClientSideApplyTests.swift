import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import Testing

@testable import Reconciler

/// A release that `render | kubectl apply` made, without server-side apply.
@Suite struct ClientSideApplyTests {
  /// As kubectl's client-side apply creates objects: a POST under its own manager's name.
  private func kubectlApplied(_ manifests: [Manifest]) throws -> TestRelease {
    let release = try TestRelease()
    for manifest in manifests {
      var object = manifest.json
      object["metadata"]?["annotations"] = [
        "kubectl.kubernetes.io/last-applied-configuration":
          .string(JSONWriter.compact.string(manifest.json))
      ]
      _ = try release.admin.send(
        APIRequest(
          "POST", manifest.reference.type.path(namespace: manifest.reference.namespace),
          query: [(name: "fieldManager", value: ClientSideApply.manager)],
          contentType: MediaType.json, body: JSONWriter.compact.bytes(object)))
    }
    return release
  }

  private func syncContainers(_ release: TestRelease) throws -> Int {
    let pod = try release.object(TestRelease.daemonSet)?["spec"]?["template"]?["spec"]
    return ["containers", "initContainers"]
      .flatMap { pod?[$0]?.array ?? [] }
      .count { $0["name"] == "filelog-offset-sync" }
  }

  @Test func applyTakesOverFieldsOfClientSideApply() throws {
    let before = try TestRelease.manifests(
      "operator.collectors.daemonSetLabels.team=blue", version: "1.28")
    let release = try kubectlApplied(before)
    try release.store(["node-a": "AAAA"])
    let after = try TestRelease.manifests(version: "1.31")
    #expect(try release.diff(after).contains("taken over from kubectl apply"))
    let lines = try release.apply(after)
    #expect(lines.contains("\(TestRelease.daemonSet) configured (taken over from kubectl apply)"))
    #expect(try syncContainers(release) == 1)
    let live = try release.object(TestRelease.daemonSet)
    #expect(live?.labels?["team"] == nil)
    #expect(live?.managers.contains(ClientSideApply.manager) == false)
    #expect(
      live?["metadata"]?["annotations"]?["kubectl.kubernetes.io/last-applied-configuration"]
        == nil)
    #expect(try release.diff(after) == "")
    #expect(try release.apply(after).allSatisfy { $0.hasSuffix("unchanged") })
    #expect(try release.offsets() == ["node-a": "AAAA"])
  }

  @Test func objectsOfOtherReleasesAreNotTakenOver() throws {
    let release = try TestRelease()
    try release.create(
      "ConfigMap", TestRelease.collectorMap.name, ["data": ["config.yaml": "mine"]])
    #expect(
      release.failure { try release.apply() }.first?
        .hasPrefix("\(TestRelease.collectorMap): conflict: ") == true)
  }

  @Test func fieldsOfOtherManagersStayConflicts() throws {
    let release = try kubectlApplied(TestRelease.manifests())
    try release.takeOver(as: "gitops", force: true)
    #expect(
      release.failure { try release.apply() }.first?
        .hasPrefix("\(TestRelease.daemonSet): conflict: ") == true)
  }

  /// An admin put a saved map back by kubectl apply: the offsets never become this manager's.
  @Test func offsetsOfClientSideAppliedMapAreNotTakenOver() throws {
    let release = try TestRelease()
    let manifest = try #require(
      try TestRelease.manifests().first { $0.reference == TestRelease.offsetsMap })
    var object = manifest.json
    object["binaryData"] = ["node-a": "AAAA"]
    _ = try release.admin.send(
      APIRequest(
        "POST", manifest.reference.type.path(namespace: manifest.namespace),
        query: [(name: "fieldManager", value: ClientSideApply.manager)],
        contentType: MediaType.json, body: JSONWriter.compact.bytes(object)))
    for _ in 0..<3 { try release.apply() }
    #expect(try release.offsets() == ["node-a": "AAAA"])
    #expect(
      !OffsetsOwnership.ownsData(
        try release.object(TestRelease.offsetsMap), TestRelease.scope.owner))
  }

  @Test func deeplyNestedManagedFieldsAreMovedWithoutRecursion() throws {
    var deep: JSONValue = [:]
    for _ in 0..<5_000 { deep = ["f:x": deep] }
    let object: JSONValue = [
      "metadata": [
        "resourceVersion": "1",
        "managedFields": [
          ["manager": "kubectl-client-side-apply", "operation": "Update", "fieldsV1": deep],
          ["manager": "kubectl-client-side-apply", "operation": "Update", "fieldsV1": deep],
        ],
      ]
    ]
    #expect(
      ClientSideApply.handover(object, to: TestRelease.scope.owner, metadataOnly: false)?.count
        == 2)
  }
}
