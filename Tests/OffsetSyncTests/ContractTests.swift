import CommandFrame
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

  @Test func theDirectoryAndItsSizeAreTheVolumes() {
    #expect(Payload.contractDirectory == Contract.OffsetsVolume.mountPath)
    #expect("\(Volume.contractSize / 1_000_000)M" == Contract.OffsetsVolume.sizeLimit)
  }

  @Test func theArgumentsAreUnderstood() throws {
    let environment = Dictionary(
      uniqueKeysWithValues: Contract.Variable.allCases.map { ($0.rawValue, "10s") }
    ).merging([Contract.Variable.offsetDirectoryPath.rawValue: "/nowhere"]) { $1 }
    for arguments in [Contract.Arguments.sync, Contract.Arguments.initialize] {
      // No command line error: it fails later, for want of a cluster.
      #expect(Program.command(environment: environment).runAsProgram(arguments) == .failure)
    }
  }
}
