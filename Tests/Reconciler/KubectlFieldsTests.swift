import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import Testing

@testable import Reconciler

/// A release that `render | kubectl apply` made, without server-side apply.
@Suite struct KubectlFieldsTests {
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
          query: [(name: "fieldManager", value: KubectlFields.apply.rawValue)],
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
    #expect(live?.managers.contains(KubectlFields.apply.rawValue) == false)
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
        query: [(name: "fieldManager", value: KubectlFields.apply.rawValue)],
        contentType: MediaType.json, body: JSONWriter.compact.bytes(object)))
    for _ in 0..<3 { try release.apply() }
    #expect(try release.offsets() == ["node-a": "AAAA"])
    #expect(
      !OffsetsOwnership.ownsData(
        try release.object(TestRelease.offsetsMap), TestRelease.scope.owner))
  }

  /// From `shared` back to maps of nodes: the earlier template has a variable more.
  @Test func applyTakesAwayWhatUndoneRolloutBroughtBack() throws {
    let release = try TestRelease()
    let before = try TestRelease.manifests(
      "operator.collectors.filelogOffsetSyncLayout=perNode", version: "1.31")
    try release.apply(before)
    let template = try #require(try release.object(TestRelease.daemonSet)?["spec"]?["template"])
    let after = try TestRelease.manifests(
      "operator.collectors.filelogOffsetSyncLayout=shared",
      "operator.collectors.filelogOffsetSyncPreviousLayout=perNode", version: "1.31")
    try release.apply(after)
    let wanted = try release.object(TestRelease.daemonSet)?["spec"]
    try release.edit(TestRelease.daemonSet, as: "kubectl", ["spec": ["template": template]])
    #expect(
      try release.apply(after).contains(
        "\(TestRelease.daemonSet) configured (taken over from kubectl rollout undo)"))
    #expect(try release.object(TestRelease.daemonSet)?["spec"] == wanted)
    #expect(try release.diff(after) == "")
    #expect(try release.apply(after).allSatisfy { $0.hasSuffix("unchanged") })
  }

  @Test func restartAndOtherFieldsOfUsersStay() throws {
    let release = try TestRelease()
    try release.apply()
    try release.edit(
      TestRelease.daemonSet, as: "kubectl",
      [
        "metadata": ["labels": ["team": "blue"]],
        "spec": [
          "template": [
            "metadata": ["annotations": ["kubectl.kubernetes.io/restartedAt": "now"]]
          ]
        ],
      ])
    #expect(try release.apply().allSatisfy { $0.hasSuffix("unchanged") })
    try release.edit(
      TestRelease.daemonSet, as: "kubectl",
      ["spec": ["template": ["spec": ["priorityClassName": "high"]]]])
    try release.apply()
    let live = try release.object(TestRelease.daemonSet)
    let template = live?["spec"]?["template"]
    #expect(template?["spec"]?["priorityClassName"] == nil)
    #expect(
      template?["metadata"]?["annotations"]?["kubectl.kubernetes.io/restartedAt"] == "now")
    #expect(live?.labels?["team"] == "blue")
    #expect(try release.diff() == "")
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
      KubectlFields.handover(object, to: TestRelease.scope.owner, metadataOnly: false)?.count
        == 2)
  }
}
