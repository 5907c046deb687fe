import CommandLine
import Contract
import DesiredState
import Testing

@testable import OffsetSync

/// What the manifests promise and the container relies on, stated once in ``DesiredState/Contract``.
@Suite struct ContractTests {
  @Test func theVariablesTheContainerNeedsAreThoseTheManifestsSet() {
    let ours: [Settings.Variable: Contract.Variable] = [
      .namespace: .configMapNamespace, .configMap: .configMapName, .node: .nodeName,
      .directory: .offsetDirectoryPath,
    ]
    #expect(ours.count == Settings.Variable.allCases.count)
    for (mine, theirs) in ours { #expect(mine.rawValue == theirs.rawValue) }
  }

  @Test func theVariablesOfTheLayoutsAreThoseTheManifestsSet() {
    let ours: [Settings.OptionalVariable: Contract.Variable] = [
      .layout: .configMapLayout, .previousLayout: .configMapPreviousLayout,
      .labels: .configMapLabels,
    ]
    #expect(ours.count == Settings.OptionalVariable.allCases.count)
    for (mine, theirs) in ours { #expect(mine.rawValue == theirs.rawValue) }
    #expect(
      OffsetLayout.allCases.map(\.rawValue) == Contract.OffsetLayout.allCases.map(\.rawValue))
  }

  @Test func mapsOfNodesAreNamedAndMarkedAsTheContractSays() {
    let shared = Contract.offsetsConfigMapName(release: "rel")
    let names = NodeMapNames(sharedMap: shared, node: "node-a")
    #expect(names.map == Contract.NodeMap.prefix(release: "rel") + "node-a")
    #expect(names.part(7) == Contract.NodeMap.partPrefix(release: "rel") + "7-node-a")
    #expect(NodeMapNames.longest == Contract.NodeMap.longestName)
    #expect(NodeMapNames.kindLabel == Contract.NodeMap.kindLabel)
    #expect(NodeMapNames.nodeKind == Contract.NodeMap.nodeKind)
    #expect(NodeMapNames.partKind == Contract.NodeMap.partKind)
    #expect(NodeMapNames.nodeAnnotation == Contract.NodeMap.nodeAnnotation)
    #expect(PartsManifest.key == Contract.NodeMap.partsKey)
    #expect(PartsManifest.numbers == 0..<Contract.NodeMap.partNumbers)
  }

  @Test func theDirectoryAndItsSizeAreTheVolumes() {
    #expect(Payload.contractDirectory == Contract.OffsetsVolume.mountPath)
    #expect("\(Volume.contractSize / 1_000_000)M" == Contract.OffsetsVolume.sizeLimit)
  }

  @Test func theArgumentsAreUnderstood() throws {
    let environment = Dictionary(
      uniqueKeysWithValues: Contract.Variable.allCases.map { ($0.rawValue, "10s") }
    ).merging([
      Contract.Variable.offsetDirectoryPath.rawValue: "/nowhere",
      Contract.Variable.configMapLayout.rawValue: Contract.OffsetLayout.perNode.rawValue,
      Contract.Variable.configMapPreviousLayout.rawValue: Contract.OffsetLayout.shared.rawValue,
      Contract.Variable.configMapLabels.rawValue: "a/b=c,d=",
      Contract.Variable.delivery.rawValue: Settings.Delivery.atLeastOnce.rawValue,
    ]) { $1 }
    for arguments in [Contract.Arguments.sync, Contract.Arguments.initialize] {
      // No command line error: it fails later, for want of a cluster.
      #expect(Program.command(environment: environment).runAsProgram(arguments) == .failure)
    }
  }
}
