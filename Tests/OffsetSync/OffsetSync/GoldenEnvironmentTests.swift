import FilelogCommandLine
import FilelogContract
import FilelogJSON
import Foundation
import HTTPServer
import TestSupport
import Testing

@testable import OffsetSync

/// Whether the program starts with what is rendered for its containers: the init container of every
/// golden DaemonSet runs to its end.
@Suite struct GoldenEnvironmentTests {
  private static let fixtures =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
    .joined(separator: "/") + "/helm-fixtures"

  /// Those with our containers: with a volume of the user's there are none.
  static let daemonSets: [String] = {
    let cases = (try? FileManager.default.contentsOfDirectory(atPath: fixtures)) ?? []
    let files = cases.sorted().flatMap { name -> [String] in
      let directory = "\(fixtures)/\(name)/expected"
      let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      return files.filter { $0.hasSuffix("-daemonset.json") }.map { "\(name)/expected/\($0)" }
    }
    return files.filter { file in
      let text = (try? String(contentsOfFile: "\(fixtures)/\(file)", encoding: .utf8)) ?? ""
      return text.contains("\"name\": \"\(Contract.ContainerName.initialize)\"")
    }
  }()

  @Test func goldenDaemonSetsExist() { #expect(Self.daemonSets.count > 20) }

  @Test(arguments: daemonSets)
  func initContainerRunsWithGoldenEnvironment(_ path: String) throws {
    let bytes = try Data(contentsOf: URL(filePath: "\(Self.fixtures)/\(path)"))
    let pod = try JSONValue(parsing: [UInt8](bytes))["spec"]?["template"]?["spec"]
    let containers = (pod?["initContainers"]?.array ?? []) + (pod?["containers"]?.array ?? [])
    let ours = containers.filter {
      [Contract.ContainerName.initialize, Contract.ContainerName.sync]
        .contains($0["name"]?.string ?? "")
    }
    let first = try #require(ours.first)
    #expect(ours.count == 2 && ours[0]["env"] == ours[1]["env"])
    let directory = TemporaryDirectory()
    let server = HTTPServer { Self.response($0) }
    let port = try server.start()
    defer { server.stop() }
    let kubeconfig = directory.write(
      "kubeconfig",
      """
      clusters: [{name: c, cluster: {server: "http://127.0.0.1:\(port)"}}]
      users: [{name: u, user: {token: token-of-the-pod}}]
      contexts: [{name: x, context: {cluster: c, user: u}}]
      current-context: x
      """)
    let environment = Self.environment(first).merging(
      try Self.directories(first, in: directory)
    ) { $1 }
    let code = Program.command(environment: environment).runAsProgram(
      Contract.Arguments.initialize + ["--kubeconfig", kubeconfig])
    #expect(code == .success)
    // What the sync container reads besides.
    let telemetry = TelemetrySettings.read(
      environment: environment, container: Contract.ContainerName.sync)
    let isOverGRPC = environment["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc"
    #expect(telemetry.problems.count == (isOverGRPC ? 1 : 0))
  }

  /// Variables as a kubelet makes them.
  private static func environment(_ container: JSONValue) -> [String: String] {
    var values: [String: String] = [:]
    for variable in container["env"]?.array ?? [] {
      var value = variable["value"]?.string ?? "by-reference"
      for (name, known) in values { value.replace("$(\(name))", with: known) }
      values[variable["name"]?.string ?? ""] = value
    }
    return values
  }

  /// The paths of the container, as directories of this machine.
  private static func directories(
    _ container: JSONValue, in directory: TemporaryDirectory
  ) throws -> [String: String] {
    let given = environment(container)
    let paths: [Contract.Variable] = [.offsetDirectoryPath, .podLogsPath, .rotatedLogsPath]
    var directories: [String: String] = [:]
    for variable in paths where given[variable.rawValue] != nil {
      let path = "\(directory.path)/\(variable.rawValue)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      directories[variable.rawValue] = path
    }
    return directories
  }

  /// The shared map is empty, and maps of nodes do not exist yet.
  private static func response(_ request: HTTPServerRequest) -> HTTPServerResponse {
    guard request.path.contains("filelogoffsets-cm") else {
      return .json(
        404,
        Array(
          #"{"kind":"Status","reason":"NotFound","details":{"kind":"configmaps"},"code":404}"#.utf8)
      )
    }
    let map: JSONValue = [
      "kind": "ConfigMap", "metadata": ["name": "m", "uid": "u", "resourceVersion": "1"],
    ]
    return .json(200, JSONWriter.compact.bytes(map))
  }
}
