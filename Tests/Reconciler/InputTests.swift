import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import Testing

@testable import Reconciler

/// What of the desired state the cluster decides.
@Suite struct InputTests {
  private func request(_ namespaces: String..., version: String? = nil) -> DesiredStateRequest {
    var request = DesiredStateRequest(release: "rel", namespace: TestRelease.namespace)
    request.values = [TestRelease.baseValues]
    request.kubernetesVersion = version.flatMap { KubernetesVersion($0) }
    for namespace in namespaces {
      let text = "kind: Dash0Monitoring\nmetadata: {namespace: \(namespace)}\n"
      request.monitoring.append(InputFile(name: namespace, bytes: Array(text.utf8)))
    }
    return request
  }

  private func apply(_ release: TestRelease, _ request: DesiredStateRequest) throws {
    let manifests = assembleDesiredState(
      try release.reconciler().desiredState(request, ApplyOptions()))
    try release.apply(manifests)
  }

  private func unreadable(_ release: TestRelease) throws {
    release.server.addFault(
      try Fault(parsing: "verb=get resource=namespaces name=kube-system status=403"))
    release.server.addFault(try Fault(parsing: "path=/version status=403"))
  }

  @Test func unreadableClusterKeepsUIDAndVersionOfLiveDaemonSet() throws {
    let release = try TestRelease()
    try apply(release, request())
    let before = try release.versions()
    try unreadable(release)
    try apply(release, request())
    #expect(try release.versions() == before)
    #expect(!release.events.map(\.description).contains { $0.contains("UID") })
  }

  @Test func unreadableClusterWithoutReleaseIsReported() throws {
    let release = try TestRelease()
    try unreadable(release)
    let reconciler = release.reconciler()
    _ = try reconciler.desiredState(request(), ApplyOptions())
    #expect(
      release.events == [
        .note(
          Message(
            "namespace kube-system: it may not be read, so that the cluster's UID is not set",
            .giveClusterUID))
      ])
  }

  @Test func selectorOfLiveDaemonSetIsKept() throws {
    let release = try TestRelease()
    var adopting = request("shop")
    adopting.adoptedInstance = DesiredStateRequest.upstreamInstance
    try apply(release, adopting)
    let manifests = assembleDesiredState(
      try release.reconciler().desiredState(request("shop"), ApplyOptions()))
    let selector = manifests.first { $0.kind == "DaemonSet" }?.json["spec"]?["selector"]
    #expect(
      selector?["matchLabels"]?["app.kubernetes.io/instance"]?.string
        == DesiredStateRequest.upstreamInstance)
  }

  @Test func newReleaseGetsMapsOfNodesAndKeepsThem() throws {
    let release = try TestRelease()
    let layout = "operator.collectors.filelogOffsetSyncLayout"
    func layouts(_ request: DesiredStateRequest) throws -> [String?] {
      let input = try release.reconciler().desiredState(request, ApplyOptions())
      try release.apply(assembleDesiredState(input))
      return [
        input.offsetLayout.map { "\($0)" },
        input.values.offsetStorage.maps?.layoutReason.map { "\($0)" },
      ]
    }
    let live = "the release in the cluster has it"
    #expect(
      try layouts(request("shop")) == [
        "perNode", "Kubernetes 1.36 keeps each node to its own maps by an admission policy",
      ])
    #expect(try layouts(request("shop")) == ["perNode", live])
    var named = request("shop")
    named.sets = [.parsed("\(layout)=shared")]
    #expect(try layouts(named) == ["shared", nil])
    #expect(try layouts(request("shop")) == ["shared", live])
    // Without the maps there is no layout to keep.
    var volume = request("shop")
    volume.sets = TestRelease.volume.map { .parsed($0) }
    #expect(try layouts(volume) == [nil, nil])
    #expect(try layouts(request("shop")).first == "perNode")
  }

  @Test func releaseOfUpstreamKeepsSharedMap() throws {
    let release = try TestRelease()
    var upstream = request("shop")
    upstream.sets = [
      "operator.filelogOffsetSyncImage.repository=ghcr.io/dash0hq/filelog-offset-sync"
    ]
    try apply(release, upstream)
    let input = try release.reconciler().desiredState(request("shop"), ApplyOptions())
    #expect(input.offsetLayout.map { "\($0)" } == "shared")
  }

  @Test func namespacesOfClusterAreAskedForAutomaticMonitoring() throws {
    let release = try TestRelease()
    try release.create("Namespace", "shop")
    var automatic = request()
    automatic.sets = ["operator.autoMonitorNamespaces.enabled=true"]
    let input = try release.reconciler().desiredState(automatic, ApplyOptions())
    #expect(input.collectedNamespaces.contains("shop"))
  }

  @Test(arguments: [false, true])
  func collectingNoNamespaceAnyMoreNeedsConfirmation(isCompressed: Bool) throws {
    let release = try TestRelease()
    var some = request("shop", "billing")
    if isCompressed { some.sets = ["operator.collectors.compressConfigMaps=true"] }
    try apply(release, some)
    let reconciler = release.reconciler()
    #expect(
      release.failure { _ = try reconciler.desiredState(request(), ApplyOptions()) } == [
        "release rel: no namespace is monitored, where the release in the cluster collects the logs "
          + "of 2 (billing, shop)",
        "nothing was changed",
      ])
    var options = ApplyOptions()
    options.stopsCollecting = true
    _ = try reconciler.desiredState(request(), options)
    // Values without the export are as likely forgotten; switched off by name they are not.
    var without = some
    without.values = []
    #expect(
      release.failure { _ = try reconciler.desiredState(without, ApplyOptions()) } == [
        "release rel: no export is configured, where the release in the cluster collects the logs "
          + "of 2 (billing, shop)",
        "nothing was changed",
      ])
    without.sets.append("operator.telemetryCollectionEnabled=false")
    #expect(try assembleDesiredState(reconciler.desiredState(without, ApplyOptions())).isEmpty)
    // Fewer are not none, and none stays none.
    try apply(release, request("shop"))
    try release.apply(assembleDesiredState(try reconciler.desiredState(request(), options)))
    _ = try reconciler.desiredState(request(), ApplyOptions())
  }
}
