import FilelogJSON
import Testing

@testable import DesiredState

/// What `filelogRotatedFiles` changes.
@Suite struct RotatedFilesTests {
  private static let monitoring = "kind: Dash0Monitoring\nmetadata: {namespace: shop}\n"
  private static let volume =
    "filelogOffsetSyncStorageVolume: {name: v, persistentVolumeClaim: {claimName: c}}"
  private static let logs = "/var/log/pods/shop_*/*/*.log"

  private func input(_ collectors: String) throws -> DesiredStateInput {
    try DesiredStateInput(
      request("operator: {collectors: {\(collectors)}}", monitoring: Self.monitoring))
  }

  private func receiver(_ collectors: String) throws -> JSONValue {
    try #require(CollectorConfiguration(try input(collectors)).tree["receivers"]?["file_log"])
  }

  @Test(arguments: ["", "filelogRotatedFiles: links"])
  func linksAreTheDefaultAndASecondPattern(_ collectors: String) throws {
    let receiver = try receiver(collectors)
    // The second directory of the links' pattern has the form of the first one's.
    #expect(
      receiver["include"]?.array?.dropFirst() == [
        .string("/var/otelcol/filelog_rotated_logs/*/shop_*/*/*.log")
      ])
    #expect(receiver["include"]?[0] == .string(Self.logs))
    #expect(receiver["compression"] == "auto")
    #expect(receiver["exclude"] == nil)
  }

  @Test func initAndSyncContainersSeeTheLogsReadOnlyAndWriteLinks() throws {
    let settings = OffsetSyncSettings(try input(""))
    let collector = try #require(collectorContainer(try input("")).json["volumeMounts"]?.array)
    let links: JSONValue = [
      "name": "filelog-rotated-logs", "mountPath": "/var/otelcol/filelog_rotated_logs",
    ]
    for container in [
      filelogOffsetInitContainer(settings), filelogOffsetSyncContainer(settings),
    ] {
      let mounts = try #require(container["volumeMounts"]?.array)
      #expect(mounts.contains(links))
      // What a link leads to is at the same path in the collector.
      for path in ["/var/log/pods", "/var/lib/docker/containers"] {
        let mount = try #require(mounts.first { $0["mountPath"] == .string(path) })
        #expect(mount["readOnly"] == true)
        #expect(collector.contains(mount))
      }
      let variables = container["env"]?.array ?? []
      #expect(variables.contains(["name": "FILELOG_POD_LOGS_PATH", "value": "/var/log/pods"]))
      #expect(
        variables.contains([
          "name": "FILELOG_ROTATED_LOGS_PATH", "value": "/var/otelcol/filelog_rotated_logs",
        ]))
    }
    var readOnly = links
    readOnly["readOnly"] = true
    #expect(collector.contains(readOnly))
    #expect(
      assembleCollectorDaemonSetVolumes(try input("")).contains([
        "name": "filelog-rotated-logs", "emptyDir": [:],
      ]))
  }

  @Test func upstreamSidecarIsNotedToSkipRotatedFiles() throws {
    func input(_ collectors: String) throws -> DesiredStateInput {
      let base = "operator: {export: {grpc: {endpoint: \"base.example.com:4317\"}}}"
      return try DesiredStateInput(
        request(
          "operator: {collectors: {\(collectors)}}", monitoring: Self.monitoring, base: base))
    }
    let unset = try input("")
    let receiver = try #require(CollectorConfiguration(unset).tree["receivers"]?["file_log"])
    #expect(receiver["include"] == [.string(Self.logs)])
    #expect(unset.notes.contains(.rotatedFilesSkipped))
    for given in ["none", "newest", "all"] {
      #expect(
        try !input("filelogRotatedFiles: \(given)").notes.contains(.rotatedFilesSkipped), "\(given)"
      )
    }
    #expect(try !self.input("").notes.contains(.rotatedFilesSkipped))
  }

  @Test(arguments: ["filelogRotatedFiles: newest", volume])
  func newestTakesPlainFilesAndIsTheDefaultWithAVolume(_ collectors: String) throws {
    let receiver = try receiver(collectors)
    #expect(receiver["include"] == [.string(Self.logs + "*")])
    #expect(receiver["exclude"] == ["**/*.gz", "**/*.tmp"])
    #expect(receiver["compression"] == nil)
  }

  @Test func allTakesPackedFilesToo() throws {
    let receiver = try receiver("filelogRotatedFiles: all")
    #expect(receiver["include"] == [.string(Self.logs + "*")])
    #expect(receiver["exclude"] == ["**/*.tmp"])
    #expect(receiver["compression"] == "auto")
    let operators = try #require(receiver["operators"]?.array)
    #expect(operators.map { $0["type"] } == ["add", "container"])
    #expect(
      operators[0]["value"] == "EXPR(trimSuffix(attributes[\"log.file.path\"], \".gz\"))")
  }

  @Test func noneIsAsItWas() throws {
    let receiver = try receiver("filelogRotatedFiles: none")
    #expect(receiver["include"] == [.string(Self.logs)])
    #expect(receiver["exclude"] == nil && receiver["compression"] == nil)
    let settings = OffsetSyncSettings(try input("filelogRotatedFiles: none"))
    #expect(filelogOffsetSyncContainer(settings)["volumeMounts"]?.array?.count == 1)
  }

  @Test func linksNeedContainersThatMakeThem() throws {
    let error = #expect(throws: InvalidInput.self) {
      try input("filelogRotatedFiles: links, \(Self.volume)")
    }
    #expect(
      error?.problems.first?.description.hasSuffix(
        "operator.collectors.filelogRotatedFiles: found \"links\", expected newest, all or none: "
          + "with filelogOffsetSyncStorageVolume no container makes links") == true)
  }
}
