import FilelogHTTPClient
import FilelogJSON
import FilelogKubernetesAPI
import TestSupport
import Testing

@Suite struct KubeconfigTests {
  static let pem = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
  /// The base64 of `pem`.
  static let pemData =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1BPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="

  /// A kubeconfig with one context, `c`, of these two parts.
  static func text(cluster: String = "server: https://h:6443", user: String = "token: t") -> String
  {
    """
    apiVersion: v1
    kind: Config
    current-context: c
    contexts:
    - name: c
      context: {cluster: k, user: u, namespace: ns}
    clusters:
    - name: k
      cluster:
        \(cluster.split(separator: "\n").joined(separator: "\n    "))
    users:
    - name: u
      user:
        \(user.split(separator: "\n").joined(separator: "\n    "))
    """
  }

  func read(_ text: String, context: String? = nil) throws -> ClusterConfiguration {
    let directory = TemporaryDirectory()
    return try ClusterConfiguration.kubeconfig(
      path: directory.write("config", text), context: context)
  }

  @Test func kubeconfigReadsTokenAndEmbeddedAuthority() throws {
    let configuration = try read(
      Self.text(cluster: "server: https://h:6443/\ncertificate-authority-data: \(Self.pemData)"))
    #expect(configuration.server == "https://h:6443")
    #expect(configuration.authorities == .pem(Array(Self.pem.utf8)))
    #expect(configuration.token == .fixed("t"))
    #expect(configuration.clientCertificate == nil)
    #expect(configuration.namespace == "ns")
  }

  @Test func kubeconfigResolvesRelativePaths() throws {
    let directory = TemporaryDirectory()
    directory.write("ca.crt", Self.pem)
    directory.write("me.crt", "certificate")
    directory.write("me.key", "key")
    directory.write("token", "t0k3n\n")
    let path = directory.write(
      "config",
      Self.text(
        cluster: "server: https://h\ncertificate-authority: ca.crt",
        user: "tokenFile: token\ntoken: unused\nclient-certificate: \(directory.path)/me.crt\n"
          + "client-key: me.key"))
    let configuration = try ClusterConfiguration.kubeconfig(path: path)
    #expect(configuration.authorities == .file(directory.path + "/ca.crt"))
    #expect(configuration.token == .file(directory.path + "/token"))
    #expect(
      configuration.clientCertificate
        == ClientCertificate(certificate: Array("certificate".utf8), key: Array("key".utf8)))
  }

  @Test func kubeconfigSelectsContext() throws {
    let text = """
      contexts:
      - {name: a, context: {cluster: one}}
      - {name: b, context: {cluster: two, namespace: other}}
      clusters:
      - {name: one, cluster: {server: "https://one"}}
      - {name: two, cluster: {server: "http://two", insecure-skip-tls-verify: true}}
      """
    let configuration = try read(text, context: "b")
    #expect(configuration.server == "http://two")
    #expect(configuration.authorities == .insecure)
    #expect(configuration.token == .none)
    #expect(configuration.namespace == "other")
  }

  @Test func kubeconfigReadsJSON() throws {
    let text =
      #"{"current-context":"c","contexts":[{"name":"c","context":{"cluster":"k"}}],"clusters":[{"name":"k","cluster":{"server":"https://h"}}]}"#
    #expect(try read(text).server == "https://h")
  }

  @Test func earlierKubeconfigFileWins() throws {
    let directory = TemporaryDirectory()
    let first = directory.write(
      "first", "current-context: c\nclusters: [{name: k, cluster: {server: 'https://first'}}]")
    let second = directory.write("second", Self.text())
    let configuration = try ClusterConfiguration.kubeconfig(paths: [first, second])
    #expect(configuration.server == "https://first")
    #expect(configuration.token == .fixed("t"))
  }

  @Test func kubeconfigPathsFollowKubectl() {
    #expect(
      ClusterConfiguration.kubeconfigPaths(environment: ["KUBECONFIG": "/a:/b", "HOME": "/h"])
        == ["/a", "/b"])
    #expect(
      ClusterConfiguration.kubeconfigPaths(environment: ["HOME": "/h"]) == ["/h/.kube/config"])
    #expect(ClusterConfiguration.kubeconfigPaths(environment: [:]) == [])
  }

  @Test func kubeconfigReadsServerNameProxyAndImpersonation() throws {
    let configuration = try read(
      Self.text(
        cluster:
          "server: https://10.0.0.1\ntls-server-name: api.example\nproxy-url: socks5://p:1080",
        user: "token: t\nas: alice\nas-uid: '7'\nas-groups: [a, b]\nas-user-extra: {reason: [x]}"))
    #expect(configuration.tlsServerName == "api.example")
    #expect(configuration.proxyURL == "socks5://p:1080")
    #expect(
      configuration.impersonation
        == Impersonation(user: "alice", groups: ["a", "b"], uid: "7", extra: ["reason": ["x"]]))
  }

  @Test func kubeconfigReadsExecPlugin() throws {
    let directory = TemporaryDirectory()
    let path = directory.write(
      "config",
      Self.text(
        cluster: """
          server: https://h
          certificate-authority-data: \(Self.pemData)
          extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: a}}]
          """,
        user: """
          exec:
            apiVersion: client.authentication.k8s.io/v1
            command: ./bin/login
            args: [get-token, --cluster, c]
            env: [{name: PROFILE, value: prod}]
            installHint: install it
            interactiveMode: Never
            provideClusterInfo: true
          """))
    let plugin = try #require(try ClusterConfiguration.kubeconfig(path: path).plugin)
    #expect(
      plugin
        == ExecPlugin(
          command: directory.path + "/./bin/login", arguments: ["get-token", "--cluster", "c"],
          environment: ["PROFILE": "prod"], installHint: "install it", interactiveMode: .never,
          cluster: [
            "server": "https://h", "certificate-authority-data": .string(Self.pemData),
            "config": ["audience": "a"],
          ]))
  }

  struct Problem: Sendable, CustomTestStringConvertible {
    let text: String
    let code: ConfigurationError.Code
    let message: String
    var testDescription: String { message }
  }

  static let problems: [Problem] = [
    Problem(
      text: "# nothing", code: .noContext,
      message: ": there is no current-context; contexts are: none"),
    Problem(text: "- a", code: .malformed, message: ":1: the file is not a kubeconfig"),
    Problem(
      text: "contexts: [{name: a}, {name: b}]", code: .noContext,
      message: ": there is no current-context; contexts are: \"a\", \"b\""),
    Problem(
      text: "current-context: x", code: .notDefined,
      message: ": context \"x\" is not defined; defined are: none"),
    Problem(
      text: "current-context: c\ncontexts:\n- name: c\n  context:\n    cluster: k",
      code: .notDefined, message: ":5: cluster \"k\" is not defined; defined are: none"),
    Problem(
      text: "current-context: c\ncontexts:\n- name: c\n  context:\n    user: u", code: .empty,
      message: ":5: context \"c\": cluster is missing"),
    Problem(
      text: text(user: "exec:\n  command: aws"), code: .empty,
      message: ":15: user \"u\": apiVersion is missing"),
    Problem(
      text: text(
        user: "exec:\n  command: aws\n  apiVersion: client.authentication.k8s.io/v1alpha1"),
      code: .notSupported,
      message: ":16: user \"u\": exec: apiVersion client.authentication.k8s.io/v1alpha1 is not "
        + "supported, only client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1"
    ),
    Problem(
      text: text(
        user: "exec:\n  command: aws\n  apiVersion: client.authentication.k8s.io/v1\n  args: [1]"),
      code: .malformed,
      message: ":17: user \"u\": args must be a list of texts; put each in quotes"),
    Problem(
      text: text(user: "auth-provider:\n  name: gcp"), code: .notSupported,
      message: ":14: user \"u\": auth-provider plugins are not supported; use exec, a token, a "
        + "tokenFile or a client certificate"),
    Problem(
      text: text(user: "username: me\npassword: s3cr3t"), code: .notSupported,
      message: ":14: user \"u\": user name and password are not supported; use exec, a "
        + "token, a tokenFile or a client certificate"),
    Problem(
      text: text(user: "token: t\nas-groups: [g]"), code: .empty,
      message: ":15: user \"u\": as-groups is given, but no as"),
    Problem(
      text: text(user: "token: 123"), code: .malformed,
      message: ":14: user \"u\": token must be a text; put it in quotes"),
    Problem(
      text: text(user: "token: \"s3cr3t\\nx\""), code: .malformed,
      message: ":14: user \"u\": token holds white space or other than ASCII"),
    Problem(
      text: text(user: "client-certificate-data: czNjcjN0"), code: .empty,
      message: ":14: user \"u\": client-certificate is given, but no client-key"),
    Problem(
      text: text(user: "client-key-data: czNjcjN0!"), code: .malformed,
      message: ":14: user \"u\": client-key-data is not base64"),
    Problem(
      text: text(cluster: "certificate-authority-data: ''"), code: .empty,
      message: ":10: cluster \"k\": server is missing"),
    Problem(
      text: text(cluster: "server: h:6443"), code: .malformed,
      message: ":10: cluster \"k\": server is \"h:6443\", not a URL with https or http"),
    Problem(
      text: text(cluster: "server: https://h\ncertificate-authority-data: czNjcjN0"),
      code: .malformed,
      message: ":11: cluster \"k\": certificate-authority-data holds no PEM certificate"),
    Problem(
      text: text(cluster: "server: https://h\ncertificate-authority: /nowhere/ca.crt"),
      code: .fileUnreadable,
      message: ":11: cluster \"k\": certificate-authority: /nowhere/ca.crt: the file cannot be "
        + "read: No such file or directory"),
    Problem(
      text: text(
        cluster:
          "server: https://h\ninsecure-skip-tls-verify: true\ncertificate-authority-data: \(pemData)"
      ),
      code: .malformed,
      message: ":11: cluster \"k\": insecure-skip-tls-verify and a certificate authority exclude "
        + "each other"),
    Problem(
      text: text(cluster: "server: https://h\nproxy-url: ftp://p"), code: .malformed,
      message: ":11: cluster \"k\": proxy-url is not a URL with http, https or socks5"),
  ]

  @Test(arguments: problems) func kubeconfigErrorNamesFileAndLine(_ problem: Problem) throws {
    let directory = TemporaryDirectory()
    let path = directory.write("config", problem.text)
    let error = #expect(throws: ConfigurationError.self) {
      try ClusterConfiguration.kubeconfig(path: path)
    }
    #expect(error?.code == problem.code)
    #expect(error?.description == path + problem.message)
    #expect(error?.description.contains("s3cr3t") == false)
  }

  @Test func damagedKubeconfigErrorNamesLine() throws {
    let directory = TemporaryDirectory()
    let path = directory.write("config", "users:\n- name: \"s3cr3t\n")
    let error = #expect(throws: ConfigurationError.self) {
      try ClusterConfiguration.kubeconfig(path: path)
    }
    #expect(error?.code == .malformed)
    #expect(error?.file == path)
    #expect((error?.line ?? 0) > 1)
    #expect(error?.description.contains("s3cr3t") == false)
  }

  @Test func missingKubeconfigFileErrorNamesPath() {
    let error = #expect(throws: ConfigurationError.self) {
      try ClusterConfiguration.kubeconfig(path: "/nowhere/config")
    }
    #expect(
      error?.description
        == "/nowhere/config: the file cannot be read: No such file or directory")
  }

  @Test func configurationDescriptionHidesSecrets() throws {
    let configuration = try read(Self.text(user: "token: s3cr3t"))
    #expect("\(configuration)" == "ClusterConfiguration(https://h:6443)")
    #expect(!String(reflecting: configuration).contains("s3cr3t"))
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!dumped.contains("s3cr3t"))
  }
}
