import FilelogContract
import FilelogJSON
import Testing

@testable import DesiredState

/// Whether both sidecars, upstream's and this project's, start with what is rendered.
@Suite struct SidecarEnvironmentTests {
  /// What upstream's program takes for `OTEL_EXPORTER_OTLP_PROTOCOL`; it exits on anything else, JSON
  /// included, before it looks at any offset.
  private static let protocols: Set<String> = ["grpc", "http/protobuf"]

  /// What upstream's program does not know, and a release must not rely on with its image.
  private static let unknown: [Contract.Variable] = [
    .delivery, .configMapLayout, .configMapPreviousLayout, .configMapLabels, .syncInterval,
  ]

  @Test(arguments: GoldenCase.collectors)
  func goldenEnvironmentsStartUpstreamsSidecar(_ golden: GoldenCase) throws {
    let input = try DesiredStateInput(golden.request())
    let spec = try PodSpec(assembleDesiredState(input))
    guard input.values.offsetStorage.maps != nil else {
      #expect(!spec.names(of: spec.allContainers).contains(Contract.ContainerName.sync))
      return
    }
    for name in [Contract.ContainerName.initialize, Contract.ContainerName.sync] {
      let variables = try spec.container(name)["env"]?.array ?? []
      let values = variables.reduce(into: [String: String]()) { values, variable in
        values[variable["name"]?.string ?? ""] = variable["value"]?.string ?? "by reference"
      }
      if let protocolName = values["OTEL_EXPORTER_OTLP_PROTOCOL"] {
        #expect(Self.protocols.contains(protocolName))
      }
      let required: [Contract.Variable] = [
        .configMapNamespace, .configMapName, .nodeName, .offsetDirectoryPath,
      ]
      #expect(required.allSatisfy { values[$0.rawValue]?.isEmpty == false })
      #expect(values["GOMEMLIMIT"] != nil)
      guard input.values.images.hasUpstreamSidecar else { continue }
      #expect(Self.unknown.allSatisfy { values[$0.rawValue] == nil })
    }
  }
}
