import FilelogJSON
import Foundation
import HTTPServer
import Synchronization
import TestSupport
import Testing

@testable import OffsetSync

/// The real program as a process: its exit codes, its words, its last store.
@Suite(.waits) struct SidecarProcessTests {
  /// A map of all nodes behind plain HTTP.
  private final class MapServer: Sendable {
    private let entries: Mutex<[String: String]?>
    private let patches = Mutex(0)
    private let delay = Mutex(Duration.zero)
    private let waiting = Mutex(0)
    private let server = Mutex<HTTPServer?>(nil)
    let port: UInt16

    /// - Parameter entries: nil for no map.
    init(_ entries: [String: String]?) throws {
      self.entries = Mutex(entries)
      let answer = Mutex<(@Sendable (HTTPServerRequest) -> HTTPServerResponse)?>(nil)
      let server = HTTPServer { request in
        answer.withLock { $0 }?(request) ?? .text(503, "")
      }
      port = try server.start()
      self.server.withLock { $0 = server }
      answer.withLock { $0 = { [unowned self] in self.answer($0) } }
    }

    deinit { server.withLock { $0?.stop() } }

    var patchCount: Int { patches.withLock { $0 } }

    /// Lets the next patch take so long before it is carried out, whether or not its sender waits.
    func delayNextPatch(by time: Duration) { delay.withLock { $0 = time } }

    /// Patches that are not carried out yet.
    var waitingCount: Int { waiting.withLock { $0 } }

    func stored(_ node: String, in directory: String) -> Snapshot? {
      entries.withLock { $0?[node] }.flatMap { Data(base64Encoded: $0) }
        .flatMap { try? Payload.unpack([UInt8]($0)) }
    }

    private func answer(_ request: HTTPServerRequest) -> HTTPServerResponse {
      guard request.method == "PATCH" else { return carryOut(request) }
      waiting.withLock { $0 += 1 }
      defer { waiting.withLock { $0 -= 1 } }
      let pause = delay.withLock { delay in
        defer { delay = .zero }
        return delay
      }
      usleep(UInt32(pause / .microseconds(1)))
      return carryOut(request)
    }

    private func carryOut(_ request: HTTPServerRequest) -> HTTPServerResponse {
      entries.withLock { entries in
        guard var all = entries else {
          return .json(
            404,
            Array(
              #"{"kind":"Status","reason":"NotFound","message":"no map","details":{"kind":"configmaps"},"code":404}"#
                .utf8)
          )
        }
        if request.method == "PATCH", let patch = try? JSONValue(parsing: request.body) {
          for (key, value) in patch["binaryData"]?.object ?? [:] { all[key] = value.string }
          entries = all
          patches.withLock { $0 += 1 }
        }
        let map: JSONValue = [
          "kind": "ConfigMap", "metadata": ["name": "m", "uid": "u", "resourceVersion": "1"],
          "binaryData": .object(all.mapValues { .string($0) }),
        ]
        return .json(200, JSONWriter.compact.bytes(map))
      }
    }
  }

  private static let token = "the-token-of-the-pod"

  /// One run of the program, with its output in a file.
  private final class Run {
    private let process = Process()
    private let file: String

    init(
      _ arguments: [String], port: UInt16, in directory: String,
      _ environment: [String: String] = [:]
    ) throws {
      let kubeconfig = directory + "/kubeconfig"
      let text = """
        apiVersion: v1
        kind: Config
        current-context: c
        contexts: [{name: c, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {server: "http://127.0.0.1:\(port)"}}]
        users: [{name: u, user: {token: \(SidecarProcessTests.token)}}]
        """
      try HostFiles.write(Array(text.utf8), to: kubeconfig)
      file = directory + "/output"
      try HostFiles.write([], to: file)
      process.executableURL = URL(fileURLWithPath: Self.program)
      process.arguments = arguments + ["--kubeconfig", kubeconfig]
      // Of this process only what the sanitizers go by.
      let own = ProcessInfo.processInfo.environment.filter { $0.key.hasSuffix("SAN_OPTIONS") }
      process.environment = [
        "K8S_CONFIGMAP_NAMESPACE": "monitoring", "K8S_CONFIGMAP_NAME": "offsets",
        "K8S_NODE_NAME": "node-a", "FILELOG_OFFSET_DIRECTORY_PATH": directory + "/offsets",
        "LOG_LEVEL": "debug",
      ].merging(own) { $1 }.merging(environment) { $1 }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle(forWritingAtPath: file)
      process.standardError = FileHandle(forWritingAtPath: file)
      try FileManager.default.createDirectory(
        atPath: directory + "/offsets", withIntermediateDirectories: true)
      try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

    var lines: [String] {
      let bytes = (try? HostFiles.read(file)) ?? []
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { String($0) }
    }

    func terminate() { process.terminate() }

    func wait() -> Int32 {
      process.waitUntilExit()
      return process.terminationStatus
    }

    /// The products lie beside the test bundle.
    private static var program: String {
      let arguments = CommandLine.arguments
      let bundle = arguments.firstIndex(of: "--test-bundle-path").map { arguments[$0 + 1] }
      return URL(fileURLWithPath: bundle ?? arguments[0]).deletingLastPathComponent()
        .appending(path: "filelog-offset-sync").path
    }
  }

  private func wait(_ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      if condition() { return true }
      usleep(20_000)
    }
    return false
  }

  @Test func initWithUnreachableServerFailsAtDeadline() throws {
    try HostFiles.withTemporaryDirectory { directory in
      // A port that was open a moment ago, and is free now.
      let port = try MapServer(nil).port
      let run = try Run(["--mode=init", "--init-deadline=1s"], port: port, in: directory)
      #expect(run.wait() == 1)
      let errors = run.lines.filter { $0.contains(#""level":"error""#) }
      #expect(errors.count == 1)
      #expect(errors.first == run.lines.last)
      #expect(errors.first?.contains("so the collector must not start yet") == true)
      #expect(errors.first?.contains("127.0.0.1:\(port)") == true)
    }
  }

  @Test(arguments: [nil, ["node-b": "AAAA"]])
  func initWithoutStoredOffsetsLetsTheCollectorStart(_ entries: [String: String]?) throws {
    try HostFiles.withTemporaryDirectory { directory in
      let server = try MapServer(entries)
      let run = try Run(["--mode=init"], port: server.port, in: directory)
      #expect(run.wait() == 0)
      #expect(run.lines.count == 1)
      #expect(run.lines.first?.contains("no stored offsets for node node-a") == true)
    }
  }

  @Test func proxyVariablesDoNotApplyToAPIServer() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let proxy = ScriptedServer([])
      defer { proxy.stop() }
      let server = try MapServer([:])
      let names = [
        "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
      ]
      let environment = Dictionary(uniqueKeysWithValues: names.map { ($0, proxy.url) })
      let run = try Run(["--mode=init"], port: server.port, in: directory, environment)
      #expect(run.wait() == 0)
      #expect(proxy.connections == 0)
    }
  }

  /// A server that is short of CPU carries out a store that its sender gave up, and that after the
  /// last one: seen with fifty nodes on two cores.
  @Test(arguments: [2, 7])
  func saveUnderWayAtSIGTERMDoesNotUndoLastOne(_ seconds: Int) throws {
    try HostFiles.withTemporaryDirectory { directory in
      let server = try MapServer([:])
      let offsets = directory + "/offsets"
      try FileManager.default.createDirectory(
        atPath: offsets, withIntermediateDirectories: true)
      var collector: FakeCollector? = try FakeCollector(directory: offsets)
      try collector?.commit("first")
      // After half of the deadline the store is given up all the same.
      let run = try Run(
        ["--mode=sync", "--interval=100ms", "--shutdown-deadline=8s"], port: server.port,
        in: directory)
      func stored() -> String? {
        server.stored("node-a", in: offsets)?.checkpoint("receiver_filelog_")
      }
      #expect(wait { stored() == "first" })
      server.delayNextPatch(by: .seconds(seconds))
      try collector?.commit("second")
      #expect(wait { server.waitingCount == 1 })
      run.terminate()
      try collector?.commit("last")
      collector = nil
      #expect(run.wait() == 0)
      #expect(stored() == "last")
      #expect(wait { server.waitingCount == 0 })
      if seconds < 4 { #expect(stored() == "last") }
    }
  }

  @Test func lastCommitIsStoredWhileTelemetryHangs() throws {
    try HostFiles.withTemporaryDirectory { directory in
      let silent = ScriptedServer(Array(repeating: [.receive, .stayQuiet], count: 50))
      defer { silent.stop() }
      let server = try MapServer([:])
      let offsets = directory + "/offsets"
      try FileManager.default.createDirectory(
        atPath: offsets, withIntermediateDirectories: true)
      var collector: FakeCollector? = try FakeCollector(directory: offsets)
      try collector?.commit("first")
      let run = try Run(
        ["--mode=sync", "--interval=100ms", "--shutdown-deadline=50s"], port: server.port,
        in: directory,
        [
          "OTEL_EXPORTER_OTLP_ENDPOINT": silent.url, "OTEL_METRIC_EXPORT_INTERVAL": "50",
          "OTEL_EXPORTER_OTLP_TIMEOUT": "600000",
          "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20of-the-backend",
        ])
      func isStored(_ value: String) -> Bool {
        server.stored("node-a", in: offsets)?.checkpoint("receiver_filelog_") == value
      }
      #expect(wait { isStored("first") })
      // By now an export is under way that never ends.
      #expect(wait { silent.connections > 0 })
      try collector?.commit("second")
      #expect(wait { isStored("second") })
      run.terminate()
      #expect(wait { run.lines.contains { $0.contains("waiting for the collector") } })
      try collector?.commit("last")
      collector = nil
      #expect(run.wait() == 0)
      #expect(isStored("last"))
      #expect((3...4).contains(server.patchCount))
      let output = run.lines.joined(separator: "\n")
      for secret in [Self.token, "of-the-backend", "first", "second", "H4sI"] {
        #expect(!output.contains(secret), "\(secret)")
      }
      #expect(output.contains("\"collector_closed\":true"))
    }
  }
}
