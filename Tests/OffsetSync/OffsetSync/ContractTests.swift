import FilelogCommandLine
import FilelogContract
import Testing

@testable import OffsetSync

/// What the container does with the words of the contract, which are pinned where manifests are made.
@Suite struct ContractTests {
  @Test func mapsOfNodesAreNamedAfterTheSharedMap() {
    let names = NodeMapNames(sharedMap: "rel-filelogoffsets-cm", node: "node-a")
    #expect(names.map == "rel-filelogoffsets-node-node-a")
    #expect(names.part(7) == "rel-filelogoffsets-part-7-node-a")
    #expect(NodePayload.partNumber(of: names.part(7)) == 7)
    #expect(NodePayload.partNumber(of: names.part(32)) == nil)
    #expect(NodePayload.partNumber(of: names.map) == nil)
    let other = NodeMapNames(sharedMap: "mine", node: "node-a")
    #expect(other.map == "mine-node-node-a")
  }

  @Test func theArgumentsAreUnderstood() throws {
    let environment = Dictionary(
      uniqueKeysWithValues: Contract.Variable.allCases.map { ($0.rawValue, "10s") }
    ).merging([
      Contract.Variable.offsetDirectoryPath.rawValue: "/nowhere",
      Contract.Variable.configMapLayout.rawValue: Contract.OffsetLayout.perNode.rawValue,
      Contract.Variable.configMapPreviousLayout.rawValue: Contract.OffsetLayout.shared.rawValue,
      Contract.Variable.podLogsPath.rawValue: Contract.LogDirectory.pods,
      Contract.Variable.rotatedLogsPath.rawValue: Contract.RotatedLogs.mountPath,
      Contract.Variable.configMapLabels.rawValue: "a/b=c,d=",
      Contract.Variable.collectorConfiguration.rawValue:
        #"{"from":"/a","to":"/b","file":"c","additions":[]}"#,
      Contract.Variable.delivery.rawValue: Settings.Delivery.atLeastOnce.rawValue,
    ]) { $1 }
    for arguments in [Contract.Arguments.sync, Contract.Arguments.initialize] {
      // No command line error: it fails later, for want of a cluster.
      #expect(Program.command(environment: environment).runAsProgram(arguments) == .failure)
    }
  }
}
