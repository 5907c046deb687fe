import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import TestSupport
import Testing

@testable import Reconciler

/// What goes wrong is reported in one line, and what was done by then.
@Suite(.waits) struct FaultTests {
  /// A release whose DaemonSet and config map are to be changed, with the dry runs already over.
  private func planned(_ release: TestRelease) throws -> (Reconciler, [PlannedObject]) {
    try release.apply()
    let reconciler = release.reconciler()
    let plan = try reconciler.plan(
      TestRelease.manifests("operator.clusterName=prod"), ApplyOptions())
    #expect(
      plan.filter { $0.outcome == .configured }.map(\.reference)
        == [TestRelease.collectorMap, TestRelease.daemonSet])
    _ = release.takeRequests()
    return (reconciler, plan)
  }

  private func fault(_ text: String, _ release: TestRelease) throws {
    release.server.addFault(try Fault(parsing: text))
  }

  @Test(arguments: [
    "status=503", "status=500", "status=429 retry-after=1", "status=504", "reset", "cut=20",
    "status=503 committed", "reset committed",
  ])
  func transientErrorsAreRetried(effect: String) throws {
    let release = try TestRelease()
    let (reconciler, plan) = try planned(release)
    try fault("verb=patch resource=daemonsets times=2 \(effect)", release)
    try reconciler.apply(plan, ApplyOptions())
    #expect(
      release.takeWrites() == [
        "patch configmaps/\(TestRelease.collectorMap.name)",
        "patch daemonsets/\(TestRelease.daemonSet.name)",
      ])
  }

  @Test func outageDuringApplyReportsDoneAndPending() throws {
    let release = try TestRelease()
    let (reconciler, plan) = try planned(release)
    try fault("verb=patch resource=daemonsets status=503", release)
    let lines = release.failure { try reconciler.apply(plan, ApplyOptions()) }
    #expect(lines.count == 4)
    #expect(
      lines.first?.hasPrefix("\(TestRelease.daemonSet): the API server answered 503 ") == true)
    #expect(
      lines.dropFirst() == [
        "whether \(TestRelease.daemonSet) was written after all is not known",
        "done before: \(TestRelease.collectorMap) configured",
        "not done: \(TestRelease.daemonSet); run again to go on from here",
      ])
    release.server.removeAllFaults()
    #expect(
      try release.apply(TestRelease.manifests("operator.clusterName=prod"))
        .filter { !$0.hasSuffix("unchanged") } == ["\(TestRelease.daemonSet) configured"])
  }

  @Test func revokedPermissionReportsDoneAndPending() throws {
    let release = try TestRelease()
    let (_, plan) = try planned(release)
    let reader = release.server.issueToken(user: "reader")
    let reconciler = release.reconciler(token: reader)
    let lines = release.failure { try reconciler.apply(plan, ApplyOptions()) }
    #expect(
      lines == [
        "\(TestRelease.collectorMap): not permitted: configmaps "
          + "\"\(TestRelease.collectorMap.name)\" is forbidden: User \"reader\" cannot patch "
          + "resource \"configmaps\" in API group \"\" in the namespace \"ops\"; ask for the verbs "
          + "get, create, patch and delete on configmaps in namespace ops",
        "done before: nothing",
        "not done: \(TestRelease.collectorMap), \(TestRelease.role), \(TestRelease.roleBinding), "
          + "clusterrole.rbac.authorization.k8s.io/rel-opentelemetry-collector-cr, "
          + "clusterrolebinding.rbac.authorization.k8s.io/rel-opentelemetry-collector-crb, "
          + "\(TestRelease.daemonSet); run again to go on from here",
      ])
  }

  /// Drift in the dry run, and another program that applies the field by the time of the write.
  @Test func driftTurnedConflictIsNotForced() throws {
    let release = try TestRelease()
    try release.apply()
    try release.edit(
      TestRelease.daemonSet, ["metadata": ["labels": ["app.kubernetes.io/version": "x"]]])
    let reconciler = release.reconciler()
    let plan = try reconciler.plan(TestRelease.manifests(), ApplyOptions())
    try release.takeOver(as: "other", force: true)
    let lines = release.failure { try reconciler.apply(plan, ApplyOptions()) }
    #expect(lines.first?.contains(": conflict: other sets ") == true)
    let live = try release.object(TestRelease.daemonSet)
    #expect(live?["metadata"]?["labels"]?["app.kubernetes.io/version"] == "theirs")
  }

  @Test func applyConflictReportsDoneAndPending() throws {
    let release = try TestRelease()
    let (reconciler, plan) = try planned(release)
    try release.takeOver(as: "other", force: true)
    let lines = release.failure { try reconciler.apply(plan, ApplyOptions()) }
    #expect(
      lines == [
        "\(TestRelease.daemonSet): conflict: other sets "
          + ".metadata.labels.app.kubernetes.io/version",
        "done before: \(TestRelease.collectorMap) configured",
        "not done: \(TestRelease.daemonSet); run again to go on from here",
      ])
  }

  @Test func stoppedApplyReportsDoneAndPending() throws {
    let release = try TestRelease()
    let (_, plan) = try planned(release)
    let stopping = Reconciler(
      release.admin,
      TestRelease.scope,
      release.clock.host
    ) { event in
      if case .object(TestRelease.collectorMap, _, _) = event {
        release.clock.isStopRequested = true
      }
    }
    let lines = release.failure { try stopping.apply(plan, ApplyOptions()) }
    #expect(lines.first == "stopped before \(TestRelease.role)")
    #expect(lines.dropFirst().first == "done before: \(TestRelease.collectorMap) configured")
    #expect(lines.count == 3)
  }

  @Test func missingNamespaceFailsBeforeAnyWrite() throws {
    let release = try TestRelease(makesNamespace: false)
    _ = release.takeRequests()
    #expect(
      release.failure { try release.apply() } == [
        "namespace ops does not exist; create it first: kubectl create namespace ops",
        "nothing was changed",
      ])
    #expect(release.takeRequests().map(\.verb) == ["get"])
  }

  @Test func missingNamespaceIsReportedWithoutReadPermission() throws {
    let release = try TestRelease(makesNamespace: false)
    let fault = "verb=get resource=namespaces status=403"
    try self.fault(fault, release)
    let lines = release.failure { try release.apply() }
    #expect(lines.last == "nothing was changed")
    #expect(
      lines.first == "\(TestRelease.serviceAccount): namespace ops does not exist; create it "
        + "first: kubectl create namespace ops")
  }

  @Test func missingPermissionsAreReportedPerObject() throws {
    let release = try TestRelease()
    let reader = release.server.issueToken(user: "reader")
    _ = release.takeRequests()
    let lines = release.failure { try release.apply(token: reader) }
    #expect(lines.count == 9)
    #expect(lines.last == "nothing was changed")
    #expect(lines.dropLast().allSatisfy { $0.contains(": not permitted: ") })
    #expect(release.takeWrites() == [])
  }

  @Test func wrongCredentialsAreReportedOnce() throws {
    let release = try TestRelease()
    let lines = release.failure { _ = try release.reconciler(token: "wrong").clusterFacts() }
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("the API server answered 401 Unauthorized") == true)
  }

  @Test func unreachableServerIsReportedOnce() throws {
    let release = try TestRelease()
    let reconciler = release.reconciler(server: "http://127.0.0.1:1")
    let lines = release.failure {
      _ = try reconciler.plan(TestRelease.manifests(), ApplyOptions())
    }
    #expect(
      lines == [
        "namespace/ops: the API server at 127.0.0.1:1: connection refused",
        "nothing was changed",
      ])
  }

  /// The texts are a real API server's.
  @Test(arguments: [
    (
      403, "Forbidden",
      "roles.rbac.authorization.k8s.io \"r\" is forbidden: user \"u\" is attempting to grant RBAC "
        + "permissions not currently held",
      "not permitted: ",
      "; a user can grant only what the user may do: ask for the verbs escalate and bind on daemonsets, "
        + "or have an administrator apply it"
    ),
    (
      403, "Forbidden",
      "configmaps \"m\" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: 5, "
        + "limited: 5",
      "refused: ", ""
    ),
    (
      422, "Invalid",
      "daemonsets.apps \"d\" is forbidden: ValidatingAdmissionPolicy 'nohost' with binding 'nohost' "
        + "denied request: no host paths here",
      "refused by admission: ", "; change the values, or the policy"
    ),
  ])
  func refusalMessagesNameRemedy(
    code: Int, reason: String, message: String, before: String, after: String
  ) {
    let status = KubernetesStatus(code: code, reason: reason, message: message)
    #expect(
      Advice.message(TestRelease.daemonSet, .status(status)).text
        == "\(TestRelease.daemonSet): \(before)\(message)\(after)")
  }

  /// A binding cannot be tried before its role is there: the server answers 404 or 403 to a user who may
  /// not bind everything.
  @Test(arguments: [404, 403])
  func applySucceedsWhenBindingCannotBeDryRun(status: Int) throws {
    let release = try TestRelease()
    release.server.addFault(
      try Fault(parsing: "verb=patch resource=rolebindings status=\(status) times=1"))
    #expect(try release.apply().contains("\(TestRelease.roleBinding) created"))
    // Its role being there, it is one.
    try release.admin.delete(TestRelease.roleBinding, uid: nil, resourceVersion: nil)
    release.server.addFault(
      try Fault(parsing: "verb=patch resource=rolebindings status=\(status) times=1"))
    let lines = release.failure { try release.apply() }
    #expect(lines.count == 2 && lines.last == "nothing was changed")
  }

  @Test func admissionDenialDiffersFromMissingPermission() {
    let denied = KubernetesStatus(
      code: 403, reason: "Forbidden",
      message: "daemonsets.apps \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' "
        + "denied request: no host paths",
      causes: [.init(message: "no host paths")])
    #expect(
      Advice.message(TestRelease.daemonSet, .status(denied)).text
        == "\(TestRelease.daemonSet): refused by admission: \(denied.message); change the values, "
        + "or the policy")
    let webhook = KubernetesStatus(
      code: 400, reason: "BadRequest",
      message: "admission webhook \"w.example.com\" denied the request: no")
    #expect(
      Advice.message(TestRelease.daemonSet, .status(webhook)).text
        == "\(TestRelease.daemonSet): refused by admission: \(webhook.message); change the values, "
        + "or the policy")
  }

  @Test func immutableSelectorErrorNamesRemedy() throws {
    let release = try TestRelease()
    try release.create(
      "DaemonSet", TestRelease.daemonSet.name,
      [
        "spec": [
          "selector": ["matchLabels": ["app": "old"]],
          "template": [
            "metadata": ["labels": ["app": "old"]],
            "spec": ["containers": [["name": "c", "image": "c:1"]]],
          ],
        ]
      ])
    let lines = release.failure { try release.apply { $0.forcesConflicts = true } }
    #expect(lines.count == 2)
    #expect(
      lines.first?.hasPrefix("\(TestRelease.daemonSet): cannot be changed in place: ") == true)
    #expect(lines.first?.hasSuffix("delete the object and apply again") == true)
  }
}
