import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import Synchronization

/// The API server that is measured: an emulated one on loopback, or any.
final class Server {
  static let namespace = "offset-sync-bench"

  let traffic = Traffic()
  /// What it is, for the reader.
  let title: String
  private let configuration: ClusterConfiguration
  private let emulator: EmulatedAPIServer?
  private let stored = StoredBytes()
  private let admin: KubernetesClient

  private final class StoredBytes: Sendable {
    private let bytes = Mutex(0)
    func add(_ count: Int) { bytes.withLock { $0 += count } }
    var value: Int { bytes.withLock { $0 } }
  }

  /// - Parameter kubeconfig: of an API server for tests; nil: an emulated one.
  init(kubeconfig: String?) throws {
    if let kubeconfig {
      title = "the API server of \(kubeconfig)"
      configuration = try .kubeconfig(path: kubeconfig)
      emulator = nil
    } else {
      title = "an emulated API server on loopback, over TLS"
      let stored = stored
      var options = EmulatedAPIOptions()
      options.historyLimit = 5000
      options.observer = { stored.add($0.storedBytes) }
      let emulator = try EmulatedAPIServer(options)
      let endpoint = try emulator.start()
      self.emulator = emulator
      configuration = ClusterConfiguration(
        server: endpoint.url, authorities: .pem(Array((endpoint.caPEM ?? "").utf8)),
        token: .fixed(endpoint.adminToken))
    }
    admin = KubernetesClient(configuration, userAgent: "offset-sync-bench-scale")
    try createNamespace()
  }

  deinit { emulator?.stop() }

  /// Bytes of all objects that the server stored, as they lie in etcd; nil where it does not tell.
  var storedBytes: Int? { emulator == nil ? nil : stored.value }

  /// A client as a sidecar has one, with a connection of its own.
  func client() -> KubernetesClient {
    KubernetesClient(configuration, makeTransport: traffic.transport)
  }

  private static let maps = APIRequest.path("api", "v1", "namespaces", namespace, "configmaps")

  /// What marks a release's objects.
  static let labels = [
    "app.kubernetes.io/name": "bench-operator", "app.kubernetes.io/instance": "filelog-offsets",
    "app.kubernetes.io/component": "agent-collector",
    "app.kubernetes.io/managed-by": "bench-operator",
  ]

  /// The map that all nodes share, as the operator makes it.
  func makeMap(_ name: String) throws {
    try admin.applyConfigMap(
      namespace: Self.namespace, name: name, AppliedMetadata(labels: Self.labels),
      fieldManager: "bench-operator")
  }

  private func createNamespace() throws {
    let object: JSONValue = [
      "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(Self.namespace)],
    ]
    do {
      _ = try admin.send(
        APIRequest(
          "POST", "/api/v1/namespaces", contentType: MediaType.json,
          body: JSONWriter.compact.bytes(object)))
    } catch .status(let status) where status.code == 409 {}
  }

  /// Removes all maps: the next measurement starts from nothing, and nothing is left behind.
  func clear() throws {
    _ = try admin.send(
      APIRequest("DELETE", Self.maps, accept: MediaType.metadataListOnly, responseLimit: 64 << 20))
  }

  /// Where the history of config maps stands.
  func revision() throws -> String {
    let list = try admin.send(
      APIRequest(
        "GET", Self.maps, query: [(name: "limit", value: "1")], accept: MediaType.metadataListOnly)
    ).json()
    return list["metadata"]?["resourceVersion"]?.string ?? ""
  }

  /// Bytes that a client is sent that watches all maps, from some revision until now.
  func watched(since revision: String) throws -> Int {
    try admin.send(
      APIRequest(
        "GET", Self.maps,
        query: [
          (name: "watch", value: "true"), (name: "resourceVersion", value: revision),
          (name: "timeoutSeconds", value: "2"),
        ], timeout: .seconds(60), responseLimit: 1 << 30)
    ).body.count
  }
}
