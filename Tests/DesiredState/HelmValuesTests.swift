import FilelogJSON
import Testing

@testable import DesiredState

/// Values as a program has them: read member by member, built, and given on as a tree.
@Suite struct HelmValuesTests {
  /// Those that ask for automatic monitoring have a part that is not a member.
  private static let cases = GoldenCase.accepted.filter { golden in
    guard let request = try? golden.request() else { return true }
    let tree = ValuesTree.given(request, log: ProblemLog()).json
    return tree["operator"]?["autoMonitorNamespaces"]?["enabled"] != true
  }

  @Test(arguments: cases)
  func builtMembersRenderWhatTheirFilesRender(_ golden: GoldenCase) throws {
    var request = try golden.request()
    let input = try DesiredStateInput(request)
    let expected = assembleDesiredState(input).files
    let read = input.values
    var built = HelmValues()
    built.offsetStorage = read.offsetStorage
    built.nativeSidecar = read.nativeSidecar
    built.images = read.images
    built.imagePullSecrets = read.imagePullSecrets
    built.resources = read.resources
    built.daemonSetMetadata = read.daemonSetMetadata
    built.podMetadata = read.podMetadata
    built.scheduling = read.scheduling
    built.securityContexts = read.securityContexts
    built.updateStrategy = read.updateStrategy
    built.probes = read.probes
    built.collector = read.collector
    built.logs = read.logs
    built.timing = read.timing
    built.settings = read.settings
    built.isAutopilot = read.isAutopilot
    request.values = []
    request.sets = []
    request.valueTrees = [built.tree]
    let files = assembleDesiredState(try DesiredStateInput(request)).files
    #expect(files.keys.sorted() == expected.keys.sorted())
    for (name, text) in expected { #expect(files[name] == text, "\(golden.name)/\(name)") }
  }

  @Test func unchangedValuesGiveTheTreeTheyWereReadFrom() throws {
    let values = try HelmValues(["operator": ["collectors": ["filelogOffsetSyncInterval": "1m"]]])
    #expect(values.tree["operator"]?["collectors"]?["filelogOffsetSyncInterval"] == "1m")
    #expect(try HelmValues(values.tree).tree == values.tree)
  }

  @Test func changedMemberReplacesTheKeyOfAnOlderChart() throws {
    let key = "collectorDaemonSetCollectorContainerResources"
    var values = try HelmValues(["operator": [.init(key): ["limits": ["memory": "1Gi"]]]])
    #expect(values.resources.collector.limits["memory"]?.text == "1Gi")
    values.resources.collector.limits["memory"] = Quantity("2Gi")
    let read = try HelmValues(values.tree)
    #expect(read.resources.collector.limits["memory"]?.text == "2Gi")
  }

  @Test func whatIsTakenAwayDoesNotComeBackAsADefault() throws {
    var values = HelmValues()
    values.probes.startup = nil
    values.scheduling.nodeAffinity = nil
    values.resources.sync.limits["memory"] = nil
    let read = try HelmValues(values.tree)
    #expect(read.probes.startup == nil && read.probes.liveness == values.probes.liveness)
    #expect(read.scheduling.nodeAffinity == nil)
    #expect(read.resources.sync.limits.isEmpty && !read.resources.sync.requests.isEmpty)
  }

  @Test func whatIsBuiltIsChecked() {
    var values = HelmValues()
    values.podMetadata.labels["not a key"] = "x"
    values.timing.intervalSeconds = 0
    values.settings.exports = [
      Export(http: OTLPExport(endpoint: "https://one.example.com")),
      Export(http: OTLPExport(endpoint: "https://two.example.com")),
    ]
    do {
      _ = try HelmValues(values.tree)
      Issue.record("nothing was refused")
    } catch {
      #expect(
        error.description == """
          valueTrees: operator.collectors.daemonSetPodLabels.not a key: found the key \
          "not a key", expected a label key (name or example.com/name)
          valueTrees: operator.collectors.filelogOffsetSyncInterval: found "0s", \
          expected whole seconds from 1s to 300s, like 10s or 1m
          valueTrees: operator.export: found a list, expected a mapping
          """)
    }
  }
}
