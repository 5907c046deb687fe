import EmulatedAPIServer
import FilelogKubernetesAPI
import FoundationEssentials
import OffsetSync
import Synchronization
import TestSupport

/// An API server over TLS, and what a pod needs to reach it.
final class BenchServer {
  private let server: EmulatedAPIServer
  private let account = TemporaryDirectory()
  private let counts: Counts
  private var environment: [String: String]
  private let client: KubernetesClient

  private final class Counts: Sendable {
    private let counts = Mutex((stores: 0, requests: 0))
    func add(_ record: RequestRecord) {
      counts.withLock {
        $0.requests += 1
        if record.verb == "patch", record.changed { $0.stores += 1 }
      }
    }
    var values: (stores: Int, requests: Int) { counts.withLock { $0 } }
  }

  init() throws {
    let counts = Counts()
    self.counts = counts
    var options = EmulatedAPIOptions()
    options.observer = { counts.add($0) }
    server = try EmulatedAPIServer(options)
    let endpoint = try server.start()
    account.write("token", endpoint.adminToken)
    account.write("ca.crt", endpoint.caPEM ?? "")
    account.write("namespace", "default")
    environment = ProcessInfo.processInfo.environment.filter { $0.key == "LD_LIBRARY_PATH" }
    environment["KUBERNETES_SERVICE_HOST"] = endpoint.host
    environment["KUBERNETES_SERVICE_PORT"] = String(endpoint.port)
    environment["SERVICE_ACCOUNT_DIRECTORY_PATH"] = account.path
    environment["K8S_CONFIGMAP_NAMESPACE"] = "default"
    environment["K8S_NODE_NAME"] = "bench"
    client = KubernetesClient(
      try .inCluster(environment: environment, serviceAccountDirectory: account.path))
  }

  deinit { server.stop() }

  /// How often offsets were stored so far.
  var stores: Int { counts.values.stores }
  var requests: Int { counts.values.requests }

  /// Waits until offsets were stored that often.
  /// - Parameter work: goes on meanwhile.
  func awaitStores(_ count: Int, meanwhile work: () throws -> Void = {}) throws {
    let deadline = Clocks.wall + 20_000
    while stores < count {
      guard Clocks.wall < deadline else {
        throw Sidecar.Failure(description: "the sidecar stores nothing any more")
      }
      try work()
      Clocks.pause(milliseconds: 0.5)
    }
  }

  /// A map of its own, so that no scenario finds what another left.
  func makeMap(_ name: String) throws -> SharedMapStore {
    let body = #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\#(name)"}}"#
    _ = try client.send(
      APIRequest(
        "POST", APIRequest.path("api", "v1", "namespaces", "default", "configmaps"),
        contentType: MediaType.json, body: Array(body.utf8)))
    return SharedMapStore(
      client: client,
      maps: OffsetMaps(namespace: "default", sharedMap: name, node: "bench"))
  }

  /// The variables of a sidecar's container.
  func environment(
    map: String, directory: TemporaryDirectory, interval: String = "10ms", atLeastOnce: Bool = false
  ) -> [String: String] {
    environment.merging([
      "K8S_CONFIGMAP_NAME": map, "FILELOG_OFFSET_DIRECTORY_PATH": directory.path,
      "SYNC_INTERVAL": interval, "LOG_LEVEL": "warn",
      "FILELOG_DELIVERY": atLeastOnce ? "atLeastOnce" : "",
    ]) { _, new in new }
  }
}
