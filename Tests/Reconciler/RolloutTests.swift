import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import TestSupport
import Testing

@testable import Reconciler

/// Waiting for a DaemonSet's pods, and what keeps them from being ready.
@Suite(.waits) struct RolloutTests {
  private func setStatus(_ release: TestRelease, desired: Int, ready: Int) throws {
    let generation = try release.object(TestRelease.daemonSet)?["metadata"]?["generation"]
    _ = try release.admin.send(
      APIRequest(
        "PATCH", TestRelease.daemonSet.path + "/status", contentType: MediaType.mergePatch,
        body: JSONWriter.compact.bytes([
          "status": [
            "observedGeneration": generation ?? 1, "currentNumberScheduled": .integer(desired),
            "numberMisscheduled": 0, "desiredNumberScheduled": .integer(desired),
            "updatedNumberScheduled": .integer(desired), "numberReady": .integer(ready),
            "numberAvailable": .integer(ready),
          ]
        ])))
  }

  @Test func waitEndsWhenEveryPodIsAvailable() throws {
    let release = try TestRelease()
    try release.apply()
    try setStatus(release, desired: 2, ready: 1)
    defer { release.clock.onWait = { _ in } }
    release.clock.onWait = { _ in
      #expect(throws: Never.self) { try setStatus(release, desired: 2, ready: 2) }
    }
    let reconciler = release.reconciler()
    try reconciler.waitForRollout(TestRelease.manifests(), patience: .seconds(60))
    #expect(
      release.events.suffix(2).map(\.description) == [
        "waiting for \(TestRelease.daemonSet): 1 of 2 pods are ready, 2 updated",
        "\(TestRelease.daemonSet): 2 of 2 pods are ready",
      ])
  }

  @Test func waitTellsThatControllerHasNotSeenDaemonSet() throws {
    let release = try TestRelease()
    try release.apply()
    let reconciler = release.reconciler()
    let lines = release.failure {
      try reconciler.waitForRollout(TestRelease.manifests(), patience: .seconds(2))
    }
    #expect(!lines.isEmpty)
    #expect(
      release.events.map(\.description).contains(
        "waiting for \(TestRelease.daemonSet): the controller has not seen it yet"))
  }

  @Test func waitFailsWithReasonsOfPods() throws {
    let release = try TestRelease()
    try release.apply()
    try release.makePod()
    try setStatus(release, desired: 1, ready: 0)
    let reconciler = release.reconciler()
    let lines = release.failure {
      try reconciler.waitForRollout(TestRelease.manifests(), patience: .seconds(5))
    }
    #expect(lines.first?.hasPrefix("pod/agent-1: not ready (") == true)
    #expect(lines.last == "\(TestRelease.daemonSet): 0 of 1 pods are ready after 5 s")
    #expect(release.clock.now >= .seconds(5))
  }

  @Test(
    arguments: [
      (["conditions": [["type": "Ready", "status": "True"]]], nil),
      (
        [
          "containerStatuses": [
            [
              "name": "c",
              "state": ["waiting": ["reason": "ImagePullBackOff", "message": "no such image"]],
            ]
          ]
        ], "container c: ImagePullBackOff: no such image"
      ),
      (
        [
          "conditions": [
            ["type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"]
          ]
        ], "not scheduled: 0/3 nodes are available"
      ),
      (
        [
          "initContainerStatuses": [
            ["name": "filelog-offset-init", "state": ["running": ["startedAt": "now"]]]
          ]
        ], "init container filelog-offset-init has not ended; its log shows what it waits for"
      ),
      (
        [
          "phase": "Pending",
          "initContainerStatuses": [
            ["name": "filelog-offset-sync", "state": ["running": ["startedAt": "now"]]]
          ],
        ], "not ready (Pending)"
      ),
      (["phase": "Pending"], "not ready (Pending)"), (["reason": "Evicted"], "Evicted"),
    ] as [(JSONValue, String?)])
  func podProblemsNameReason(_ status: JSONValue, _ reason: String?) {
    let problem = PodProblem(pod: ["metadata": ["name": "p"], "status": status], warning: nil)
    #expect(problem?.reason == reason)
  }

  @Test func podThatIsBeingDeletedIsStopping() {
    let warning: JSONValue = ["reason": "Unhealthy", "message": "Readiness probe failed"]
    let pod: JSONValue = [
      "metadata": ["name": "p", "deletionTimestamp": "2026-01-01T00:00:00Z"],
      "status": ["phase": "Running"],
    ]
    #expect(PodProblem(pod: pod, warning: warning)?.description == "pod/p: is stopping")
  }

  @Test func podWithoutReasonIsExplainedByItsLastWarning() {
    let warning: JSONValue = ["reason": "FailedMount", "message": "no such volume"]
    let pod: JSONValue = ["metadata": ["name": "p"], "status": ["phase": "Pending"]]
    #expect(
      PodProblem(pod: pod, warning: warning)?.description
        == "pod/p: FailedMount: no such volume")
  }

  /// Each attempt of the controller is an event of its own, and stays for an hour.
  @Test func ofControllersWarningsTheNewestOfEachReasonCounts() {
    func event(_ reason: String, _ message: String, _ minute: Int) -> JSONValue {
      [
        "reason": .string(reason), "message": .string(message),
        "lastTimestamp": .string("2026-11-28T10:0\(minute):00Z"),
      ]
    }
    let events = [
      event("FailedCreate", "pods a: forbidden", 1),
      event("FailedCreate", "(combined from similar events): pods b: forbidden", 3),
      event("FailedCreate", "pods c: forbidden", 2), event("FailedDelete", "no", 1),
    ]
    #expect(PodProblem.newest(events, hasAllPods: false) == ["pods b: forbidden", "no"])
    #expect(PodProblem.newest(events, hasAllPods: true) == ["no"])
    #expect(
      PodProblem.newest(Array(events.reversed()), hasAllPods: false).first == "pods b: forbidden")
  }

  /// Events may be closed to a user who may list pods.
  @Test func podsAreNamedWithoutPermissionToListEvents() throws {
    let release = try TestRelease()
    try release.apply()
    try release.makePod()
    try setStatus(release, desired: 1, ready: 0)
    release.server.addFault(try Fault(parsing: "verb=list resource=events status=403"))
    let (problems, unseen) = try release.reconciler().podProblems(TestRelease.daemonSet)
    #expect(problems.map(\.subject) == ["pod/agent-1"])
    #expect(unseen == ["events"])
  }

  /// Without a controller there is never a pod, and nothing else tells why.
  @Test func daemonSetThatNoControllerSawIsAProblem() throws {
    let release = try TestRelease()
    try release.apply()
    let reconciler = release.reconciler()
    try setStatus(release, desired: 0, ready: 0)
    #expect(try reconciler.podProblems(TestRelease.daemonSet).problems.isEmpty)
    try release.edit(TestRelease.daemonSet, ["spec": ["minReadySeconds": 7]])
    release.server.addFault(try Fault(parsing: "verb=list resource=pods status=403"))
    let (problems, unseen) = try reconciler.podProblems(TestRelease.daemonSet)
    #expect(
      problems.map(\.description) == [
        "\(TestRelease.daemonSet): the DaemonSet controller has not looked at its last change yet"
      ])
    #expect(unseen == ["pods"])
    #expect(
      Reconciler.reasonsUnseen("pods", TestRelease.scope)
        == "pods may not be read in namespace ops, so that why pods are not ready may be missing"
    )
  }

  @Test func rolloutOfUnobservedGenerationIsIncomplete() {
    let status: JSONValue = [
      "metadata": ["generation": 2],
      "status": ["observedGeneration": 1, "desiredNumberScheduled": 0],
    ]
    #expect(!RolloutStatus(status).isComplete)
  }

  @Test func driftNamesOtherManagers() throws {
    let release = try TestRelease()
    try release.apply()
    try release.store(["node-a": "AAAA"])
    let keepers = [TestRelease.fieldManager]
    #expect(try release.reconciler().drift(from: keepers).drift.isEmpty)
    try release.edit(TestRelease.daemonSet, ["metadata": ["annotations": ["team": "blue"]]])
    let drift = try release.reconciler().drift(from: keepers).drift
    #expect(drift.map(\.reference) == [TestRelease.daemonSet])
    #expect(drift.first?.manager == "kubectl-edit")
  }

  /// What GitOps applied is not drift where GitOps keeps the release.
  @Test func driftIsToldFromThoseWhoKeepRelease() throws {
    let release = try TestRelease()
    for manifest in try TestRelease.manifests() {
      try release.admin.apply(
        manifest.json, to: manifest.reference, WriteMode(fieldManager: "gitops"))
    }
    let summary = try #require(
      ReleaseSummary.list(release.admin, namespace: TestRelease.namespace).first)
    #expect(summary.appliers == ["gitops"] && summary.restoresOffsets)
    let reconciler = release.reconciler()
    #expect(try reconciler.drift(from: summary.appliers).drift.isEmpty)
    try release.edit(TestRelease.daemonSet, ["metadata": ["annotations": ["team": "blue"]]])
    #expect(try reconciler.drift(from: summary.appliers).drift.map(\.manager) == ["kubectl-edit"])
  }
}
