import FilelogKubernetesAPI
import Testing

@testable import Simulation

/// Which clusters `run` refuses before it makes anything there.
@Suite struct ExistingClusterTests {
  private func refusal(_ change: (inout ClusterConfiguration) -> Void) -> SimulationError? {
    var configuration = ClusterConfiguration(server: "https://10.0.0.1:6443")
    configuration.authorities = .pem([1])
    change(&configuration)
    do {
      _ = try Cluster.existing(configuration)
      return nil
    } catch {
      return error as? SimulationError
    }
  }

  private func unsuitable(_ text: String) -> SimulationError {
    SimulationError(.unsuitableCluster, text)
  }

  /// Simulated pods find the API server by its address alone.
  @Test func clusterThatPodsCannotReachThemselvesIsRefused() {
    let expected = unsuitable(
      "https://10.0.0.1:6443: pods reach it themselves, neither by proxy-url nor by "
        + "tls-server-name")
    #expect(refusal { $0.proxyURL = "http://proxy:3128" } == expected)
    #expect(refusal { $0.tlsServerName = "api.example" } == expected)
    #expect(
      refusal { $0.server = "http://10.0.0.1:6443" }
        == unsuitable("http://10.0.0.1:6443: not usable by pods (expected https://host:port)"))
    #expect(
      refusal { $0.authorities = .insecure }
        == unsuitable(
          "https://10.0.0.1:6443: no certificate authority is known, which pods need"))
  }
}
