import FilelogKubernetesAPI
import TestSupport
import Testing

@Suite struct InClusterTests {
  static let environment = [
    "KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443",
  ]

  func directory() -> TemporaryDirectory {
    let directory = TemporaryDirectory()
    directory.write("token", "t0k3n\n")
    directory.write("ca.crt", KubeconfigTests.pem)
    return directory
  }

  @Test(arguments: [
    ("10.0.0.1", "https://10.0.0.1:443"), ("fd00::1", "https://[fd00::1]:443"),
    ("api.example", "https://api.example:443"),
  ]) func inClusterServerComesFromEnvironment(_ host: String, _ server: String) throws {
    let directory = directory()
    directory.write("namespace", "monitoring")
    let configuration = try ClusterConfiguration.inCluster(
      environment: ["KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"],
      serviceAccountDirectory: directory.path)
    #expect(configuration.server == server)
    #expect(configuration.token == .file(directory.path + "/token"))
    #expect(configuration.authorities == .file(directory.path + "/ca.crt"))
    #expect(configuration.namespace == "monitoring")
  }

  @Test(arguments: [
    [:], ["KUBERNETES_SERVICE_HOST": "10.0.0.1"], ["KUBERNETES_SERVICE_PORT": "443"],
  ]) func inClusterFailsOutsideCluster(_ environment: [String: String]) {
    let error = #expect(throws: ConfigurationError.self) {
      try ClusterConfiguration.inCluster(environment: environment)
    }
    #expect(error?.code == .notInCluster)
    #expect(
      error?.description
        == "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this process does not run in a pod of a cluster"
    )
  }

  @Test func invalidServicePortIsRejected() {
    let error = #expect(throws: ConfigurationError.self) {
      try ClusterConfiguration.inCluster(
        environment: [
          "KUBERNETES_SERVICE_HOST": "h", "KUBERNETES_SERVICE_PORT": "tcp://10.0.0.1:443",
        ]
      )
    }
    #expect(
      error?.description == #"KUBERNETES_SERVICE_PORT is "tcp://10.0.0.1:443", not a port number"#)
  }

  @Test(arguments: [
    ("token", nil, ConfigurationError.Code.fileUnreadable),
    ("ca.crt", nil, .fileUnreadable),
    ("token", " \n", .empty),
    ("token", "two words", .malformed),
    ("token", "naïve", .malformed),
    ("ca.crt", "nothing", .malformed),
  ]) func afileThatDoesNotDoIsNamed(
    _ name: String, _ content: String?, _ code: ConfigurationError.Code
  ) {
    let directory = directory()
    if let content { directory.write(name, content) } else { directory.remove(name) }
    let error = #expect(throws: ConfigurationError.self) {
      try ClusterConfiguration.inCluster(
        environment: Self.environment, serviceAccountDirectory: directory.path)
    }
    #expect(error?.code == code)
    #expect(error?.file == directory.path + "/" + name)
  }

  @Test func tokenFileReadIsBounded() {
    let error = #expect(throws: ConfigurationError.self) {
      try ClusterConfiguration.kubeconfig(path: "/dev/zero")
    }
    #expect(error?.description == "/dev/zero: the file is longer than 4194304 bytes")
  }
}
