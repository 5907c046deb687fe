import FilelogHTTPClient
import FilelogJSON
import FilelogText
import HTTPServer
import TestSupport
import Testing

@testable import FilelogKubernetesAPI

/// Credential plugins, as scripts.
@Suite struct ExecPluginTests {
  private static let version = "client.authentication.k8s.io/v1"

  private static func credential(_ status: String, version: String = Self.version) -> String {
    #"{"apiVersion":"\#(version)","kind":"ExecCredential","status":\#(status)}"#
  }

  private func plugin(_ script: String, in directory: TemporaryDirectory) -> ExecPlugin {
    ExecPlugin(
      command: "/bin/sh", arguments: [directory.write("plugin", script)],
      environment: ["DIRECTORY": directory.path], interactiveMode: .never)
  }

  private func output(_ plugin: ExecPlugin) -> Result<[UInt8], ConfigurationError> {
    Result { () throws(ConfigurationError) in
      try PluginProcess.run(plugin) { false }
    }
  }

  private func error(_ plugin: ExecPlugin) -> String? {
    guard case .failure(let error) = output(plugin) else { return nil }
    #expect(error.code == .pluginFailed)
    return error.description
  }

  @Test func pluginReceivesArgumentsEnvironmentAndInput() throws {
    let directory = TemporaryDirectory()
    var plugin = plugin("echo \"$1 $DIRECTORY $KUBERNETES_EXEC_INFO\"", in: directory)
    plugin.arguments.append("get-token")
    plugin.cluster = ["server": "https://h"]
    let text = String(decoding: try output(plugin).get(), as: UTF8.self)
    #expect(
      text == "get-token \(directory.path) "
        + #"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"#
        + #""cluster":{"server":"https://h"},"interactive":false}}"# + "\n")
  }

  @Test func failingPluginsAreReported() {
    let directory = TemporaryDirectory()
    #expect(
      error(plugin("exit 3", in: directory))
        == "exec plugin /bin/sh: it failed with exit code 3")
    #expect(
      error(ExecPlugin(command: "no-such-plugin", installHint: "see https://example.com"))
        == "exec plugin no-such-plugin: not found; see https://example.com")
    #expect(
      error(plugin("kill -9 $$", in: directory)) == "exec plugin /bin/sh: signal 9 ended it")
    #expect(
      error(plugin("yes", in: directory)) == "exec plugin /bin/sh: its output has no end")
  }

  @Test func hangingPluginIsCancelled() {
    let directory = TemporaryDirectory()
    #expect(throws: ConfigurationError.self) {
      try PluginProcess.run(plugin("exec sleep 60", in: directory)) { true }
    }
  }

  @Test(arguments: [
    ("", "its output is not an ExecCredential"),
    (
      credential(#"{"token":"s3cr3t"}"#, version: "client.authentication.k8s.io/v1beta1"),
      "it answers as client.authentication.k8s.io/v1beta1, where "
        + "client.authentication.k8s.io/v1 was asked for"
    ),
    (credential("{}"), "it gives neither a token nor a client certificate"),
    (credential(#"{"token":"s3cr3t x"}"#), "its token holds white space or other than ASCII"),
    (
      credential(#"{"clientCertificateData":"s3cr3t"}"#),
      "of a client certificate and its key it gives only one"
    ),
    (
      credential(#"{"token":"s3cr3t","expirationTimestamp":"soon"}"#),
      "its expirationTimestamp is not a time (soon)"
    ),
  ])
  func unusableCredentialsAreReported(_ output: String, _ message: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try PluginCredential(Array(output.utf8), of: ExecPlugin(command: "p"))
    }
    #expect(error?.description == "exec plugin p: \(message)")
    #expect(error?.description.contains("s3cr3t") == false)
  }

  private func client(
    _ peer: KubernetesClientTests.Peer, expires: String?
  ) -> (KubernetesClient, () -> Int) {
    var configuration = peer.configuration()
    configuration.plugin = ExecPlugin(command: "p")
    let client = KubernetesClient(configuration)
    var runs = 0
    client.now = { 1_000_000_000 }
    client.runPlugin = { (_, _) throws(ConfigurationError) in
      runs += 1
      let time = expires.map { #","expirationTimestamp":"\#($0)""# } ?? ""
      return Array(Self.credential(#"{"token":"t\#(runs)"\#(time)}"#).utf8)
    }
    return (client, { runs })
  }

  @Test func tokenIsKeptUntilItExpires() throws {
    let peer = try KubernetesClientTests.Peer { _ in KubernetesClientTests.json("{}") }
    defer { peer.stop() }
    let (client, runs) = client(peer, expires: "2001-09-09T01:47:40Z")
    for _ in 0..<3 { _ = try client.send(APIRequest("GET", "/version")) }
    #expect(runs() == 1)
    client.now = { 1_000_000_060 }
    _ = try client.send(APIRequest("GET", "/version"))
    #expect(runs() == 2)
    #expect(
      peer.received.map { $0.headers["authorization"] } == [
        "Bearer t1", "Bearer t1", "Bearer t1", "Bearer t2",
      ])
  }

  @Test func rejectedTokenRunsPluginOnceMore() throws {
    let peer = try KubernetesClientTests.Peer { request in
      request.headers["authorization"] == "Bearer t2"
        ? KubernetesClientTests.json("{}")
        : KubernetesClientTests.json(KubernetesClientTests.unauthorized, 401)
    }
    defer { peer.stop() }
    let (client, runs) = client(peer, expires: nil)
    _ = try client.send(APIRequest("GET", "/version"))
    #expect(runs() == 2)
  }

  @Test func impersonationIsSent() throws {
    let peer = try KubernetesClientTests.Peer { _ in KubernetesClientTests.json("{}") }
    defer { peer.stop() }
    var configuration = peer.configuration(.fixed("t"))
    configuration.impersonation = Impersonation(
      user: "alice", groups: ["a", "b"], uid: "7", extra: ["example.com/reason": ["x"]])
    _ = try KubernetesClient(configuration).send(APIRequest("GET", "/version"))
    let headers = try #require(peer.received.first?.headers)
    #expect(headers["impersonate-user"] == "alice")
    #expect(headers["impersonate-uid"] == "7")
    #expect(headers["impersonate-extra-example.com%2freason"] == "x")
  }

  @Test func warningsAreReported() throws {
    let peer = try KubernetesClientTests.Peer { _ in
      var response = KubernetesClientTests.json("{}")
      response.headers.append("Warning", "299 - \"would violate PodSecurity\"")
      return response
    }
    defer { peer.stop() }
    let client = KubernetesClient(peer.configuration())
    var warnings: [String] = []
    client.onWarning = { warnings.append($0) }
    _ = try client.send(APIRequest("GET", "/version"))
    #expect(warnings == ["would violate PodSecurity"])
  }
}
