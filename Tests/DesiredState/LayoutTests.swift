import FilelogContract
import FilelogJSON
import Testing

@testable import DesiredState

/// Where offsets lie in config maps, and who may change them.
@Suite struct LayoutTests {
  private func manifests(
    _ collectors: String, version: String? = nil
  ) throws -> [Manifest] {
    var request = request("operator: {collectors: {\(collectors)}}")
    request.kubernetesVersion = version.flatMap { KubernetesVersion($0) }
    return assembleDesiredState(try DesiredStateInput(request))
  }

  private func environment(_ manifests: [Manifest]) throws -> [String: String] {
    let spec = try PodSpec(manifests)
    let sync = try #require(spec.allContainers.first { $0["name"] == "filelog-offset-sync" })
    return (sync["env"]?.array ?? []).reduce(into: [:]) { values, variable in
      values[variable["name"]?.string ?? ""] = variable["value"]?.string
    }
  }

  private func rules(_ manifests: [Manifest]) -> JSONValue? {
    manifests.first { $0.kind == "Role" }?.json["rules"]
  }

  private static let nodeMapsRules: JSONValue = [
    ["apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "get", "patch"]]
  ]

  @Test func previousLayoutOfClusterCountsWithoutPreviousLayoutValue() throws {
    func rendered(_ collectors: String) throws -> [Manifest] {
      var request = request("operator: {collectors: {\(collectors)}}")
      request.previousLayout = .perNode
      return assembleDesiredState(try DesiredStateInput(request))
    }
    for layout in ["", "filelogOffsetSyncLayout: shared"] {
      #expect(
        try rendered(layout)
          == manifests("filelogOffsetSyncPreviousLayout: perNode"))
    }
    let declined = "filelogOffsetSyncPreviousLayout: shared"
    #expect(try rendered(declined) == manifests(declined))
    let perNode = "filelogOffsetSyncLayout: perNode"
    #expect(try rendered(perNode) == manifests(perNode))
  }

  private static let unknown = LayoutReason.unknownKubernetes

  @Test(
    arguments: [
      ("", nil, nil, .shared, unknown),
      ("", "1.29", nil, .shared, .olderKubernetes(KubernetesVersion(major: 1, minor: 29))),
      ("", "1.30", nil, .perNode, .admissionPolicies(.admissionPolicies)),
      (
        "filelogOffsetSyncLayout: auto", "1.30", nil, .perNode,
        .admissionPolicies(.admissionPolicies)
      ),
      ("filelogOffsetSyncAdmissionPolicy: false", "1.30", nil, .shared, .noAdmissionPolicy),
      ("filelogOffsetSyncPreviousLayout: perNode", "1.30", nil, .shared, .switchedBack),
      ("filelogOffsetSyncPreviousLayout: shared", "1.30", nil, .shared, .switchedBack),
      ("", "1.30", .shared, .shared, .releaseHasIt),
      ("", "1.29", .perNode, .perNode, .releaseHasIt),
      ("filelogOffsetSyncLayout: shared", "1.30", .perNode, .shared, nil),
      ("filelogOffsetSyncLayout: perNode", "1.29", .shared, .perNode, nil),
    ]
      as [(String, String?, Contract.OffsetLayout?, Contract.OffsetLayout, LayoutReason?)])
  func autoGuardsOrKeeps(
    _ collectors: String, _ version: String?, _ live: Contract.OffsetLayout?,
    _ layout: Contract.OffsetLayout, _ reason: LayoutReason?
  ) throws {
    var request = request("operator: {collectors: {\(collectors)}}")
    request.kubernetesVersion = version.flatMap { KubernetesVersion($0) }
    request.liveLayout = live
    let input = try DesiredStateInput(request)
    let maps = try #require(input.values.offsetStorage.maps)
    #expect(maps.layout == layout)
    #expect(maps.layoutReason == reason)
    #expect(input.notes.contains { $0.isLayoutChoice } == (reason != nil))
    let manifests = assembleDesiredState(input)
    #expect(
      try environment(manifests)["K8S_CONFIGMAP_LAYOUT"] == (layout == .shared ? nil : "perNode"))
    if case .admissionPolicies = reason {
      #expect(manifests.contains { $0.kind == "ValidatingAdmissionPolicyBinding" })
    }
  }

  private static let upstreamSidecar =
    "filelogOffsetSyncImage: {repository: ghcr.io/dash0hq/filelog-offset-sync}"

  @Test func autoIsSharedWithUpstreamSidecar() throws {
    var request = request("operator: {\(Self.upstreamSidecar)}")
    request.kubernetesVersion = .admissionPolicies
    let input = try DesiredStateInput(request)
    #expect(input.values.offsetStorage.maps?.layout == .shared)
    #expect(input.values.offsetStorage.maps?.layoutReason == .upstreamSidecar)
    #expect(!input.notes.contains { $0.isLayoutChoice })
  }

  /// Upstream's program would not see what lies in maps of nodes.
  @Test(
    arguments: [("auto", .perNode, nil), ("shared", .perNode, .perNode)]
      as [(String, Contract.OffsetLayout, Contract.OffsetLayout?)])
  func upstreamSidecarIsRefusedWhileNodesKeepMaps(
    _ layout: String, _ live: Contract.OffsetLayout, _ previous: Contract.OffsetLayout?
  ) {
    var request = request(
      "operator: {\(Self.upstreamSidecar), collectors: {filelogOffsetSyncLayout: \(layout)}}")
    request.liveLayout = live
    request.previousLayout = previous
    #expect(
      problems(request) == [
        "values.yaml:1: operator.collectors.filelogOffsetSyncLayout: found offsets in maps of nodes, "
          + "with upstream's image ghcr.io/dash0hq/filelog-offset-sync:0.153.0, expected "
          + "operator.filelogOffsetSyncImage with an image of this project until the release is "
          + "switched back to shared: upstream's would begin all log files anew"
      ])
    request.sets.append("operator.collectors.filelogOffsetSyncLayout=shared")
    request.sets.append("operator.collectors.filelogOffsetSyncPreviousLayout=shared")
    #expect(problems(request) == [])
  }

  @Test func perNodeRoleAllowsCreate() throws {
    let manifests = try manifests("filelogOffsetSyncLayout: perNode")
    #expect(rules(manifests) == Self.nodeMapsRules)
    let environment = try environment(manifests)
    #expect(environment["K8S_CONFIGMAP_LAYOUT"] == "perNode")
    #expect(environment["K8S_CONFIGMAP_PREVIOUS_LAYOUT"] == nil)
    #expect(environment["K8S_CONFIGMAP_NAME"] == "rel-filelogoffsets-cm")
    let map = try #require(manifests.first { $0.name == "rel-filelogoffsets-cm" })
    let labels = (map.json["metadata"]?["labels"]?.object ?? [:]).map {
      "\($0.key)=\($0.value.string ?? "")"
    }
    #expect(
      environment["K8S_CONFIGMAP_LABELS"]?.split(separator: ",").map(String.init)
        == labels.sorted())
  }

  @Test func previousLayoutKeepsRole() throws {
    let values = "filelogOffsetSyncLayout: shared, filelogOffsetSyncPreviousLayout: perNode"
    let manifests = try manifests(values)
    #expect(rules(manifests) == Self.nodeMapsRules)
    let environment = try environment(manifests)
    #expect(environment["K8S_CONFIGMAP_LAYOUT"] == nil)
    #expect(environment["K8S_CONFIGMAP_PREVIOUS_LAYOUT"] == "perNode")
  }

  @Test(arguments: [
    "", "filelogOffsetSyncLayout: shared",
    "filelogOffsetSyncLayout: shared, filelogOffsetSyncPreviousLayout: shared",
  ])
  func sharedLayoutSetsNoLayoutVariables(_ values: String) throws {
    let environment = try environment(manifests(values))
    #expect(
      environment.keys.filter { $0.hasPrefix("K8S_CONFIGMAP_") }.sorted() == [
        "K8S_CONFIGMAP_NAME", "K8S_CONFIGMAP_NAMESPACE",
      ])
  }

  @Test(arguments: ["shared", "perNode"])
  func admissionPolicyIsRenderedOnDemandOnly(_ layout: String) throws {
    let without = try manifests("filelogOffsetSyncLayout: \(layout)")
    #expect(!without.contains { $0.kind.hasPrefix("ValidatingAdmissionPolicy") })
    let with = try manifests(
      "filelogOffsetSyncLayout: \(layout), filelogOffsetSyncAdmissionPolicy: true")
    let policies = with.filter { $0.kind.hasPrefix("ValidatingAdmissionPolicy") }
    #expect(
      policies.map(\.kind) == ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"])
    #expect(policies.allSatisfy { $0.name == "ops.rel-filelogoffsets" && $0.namespace == nil })
    #expect(policies[1].json["spec"]?["policyName"] == "ops.rel-filelogoffsets")
  }

  @Test func admissionPolicyIsOmittedWithVolume() throws {
    let manifests = try manifests(
      "filelogOffsetSyncAdmissionPolicy: true, filelogOffsetSyncLayout: perNode, "
        + "filelogOffsetSyncStorageVolume: {name: v, hostPath: {path: /data}}")
    #expect(!manifests.contains { $0.kind.hasPrefix("ValidatingAdmissionPolicy") })
    #expect(rules(manifests) == nil)
  }

  @Test func admissionPolicyBeforeKubernetes130IsRefused() throws {
    var request = request("operator: {collectors: {filelogOffsetSyncAdmissionPolicy: true}}")
    request.kubernetesVersion = KubernetesVersion("1.29")
    let error = #expect(throws: InvalidInput.self) { try DesiredStateInput(request) }
    #expect(
      error?.description
        == "kubernetesVersion: found \"1.29\", expected 1.30 or newer, for "
        + "operator.collectors.filelogOffsetSyncAdmissionPolicy")
  }

  @Test func perNodeBeforeKubernetes130GivesNote() throws {
    var request = request("operator: {collectors: {filelogOffsetSyncLayout: perNode}}")
    for (version, isNoted) in [("1.29", true), ("1.30", false), (nil, false)] as [(String?, Bool)] {
      request.kubernetesVersion = version.flatMap { KubernetesVersion($0) }
      let notes = try DesiredStateInput(request).notes
      #expect(notes.contains(.nodeMapsStay) == isNoted)
    }
  }
}

extension DesiredStateNote {
  fileprivate var isLayoutChoice: Bool { if case .layoutChosen = self { true } else { false } }
}
