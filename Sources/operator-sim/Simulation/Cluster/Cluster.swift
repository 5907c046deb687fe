internal import EmulatedAPIServer
internal import FilelogKubernetesAPI
internal import FoundationEssentials
internal import Synchronization

/// The API server of a simulation: the emulated one, or an existing one.
struct Cluster {
  let api: ClusterAPI
  let endpoint: ClusterEndpoint
  /// What the pods sent; nil where the server is not ours and does not tell.
  let traffic: Traffic?
  /// Before the server, where that is ours.
  let proxy: ProxyAnswers?
  /// In words for the user.
  let description: String
  private let emulator: EmulatedAPIServer?
  private let clock: AdjustableClock?

  /// Starts an emulated API server on loopback.
  static func emulated() throws -> Cluster {
    let traffic = Traffic()
    let clock = AdjustableClock()
    var options = EmulatedAPIOptions()
    options.observer = { traffic.note($0) }
    options.now = { clock.now }
    let proxy = ProxyAnswers()
    options.answer = { proxy.answer($0) }
    // The port stays the same across an outage.
    options.port = try FreePort.find()
    let emulator = try EmulatedAPIServer(options)
    let endpoint = try emulator.start()
    let authorities = Array((endpoint.caPEM ?? "").utf8)
    let api = ClusterAPI(
      ClusterConfiguration(
        server: endpoint.url, authorities: .pem(authorities), token: .fixed(endpoint.adminToken)))
    return Cluster(
      api: api,
      endpoint: ClusterEndpoint(
        host: endpoint.host, port: Int(endpoint.port), authorities: authorities),
      traffic: traffic, proxy: proxy, description: "an emulated API server at \(endpoint.url)",
      emulator: emulator, clock: clock)
  }

  /// Uses an API server that is there.
  /// - Throws: ``SimulationError`` when the server is not reached by HTTPS and a certificate
  ///   authority of its own, which pods need.
  static func existing(_ configuration: ClusterConfiguration) throws -> Cluster {
    guard let url = URLComponents(string: configuration.server), url.scheme == "https",
      let host = url.host, url.path.isEmpty
    else {
      throw SimulationError(
        .unsuitableCluster,
        "\(configuration.server): not usable by pods (expected https://host:port)")
    }
    guard configuration.proxyURL == nil, configuration.tlsServerName == nil else {
      throw SimulationError(
        .unsuitableCluster,
        "\(configuration.server): pods reach it themselves, neither by proxy-url nor by "
          + "tls-server-name")
    }
    let authorities: [UInt8]
    switch configuration.authorities {
    case .pem(let bytes): authorities = bytes
    case .file(let path): authorities = try Files.read(path)
    case .system, .insecure:
      throw SimulationError(
        .unsuitableCluster,
        "\(configuration.server): no certificate authority is known, which pods need")
    }
    return Cluster(
      api: ClusterAPI(configuration),
      endpoint: ClusterEndpoint(host: host, port: url.port ?? 443, authorities: authorities),
      traffic: nil, proxy: nil, description: "the API server at \(configuration.server)",
      emulator: nil, clock: nil)
  }

  func stop() { emulator?.stop() }

  /// Whether faults can be played.
  var isEmulated: Bool { emulator != nil }

  /// Closes the port and every connection; what is stored stays.
  func interrupt() throws { emulator?.stop() }

  /// Opens the port again.
  func resume() throws { _ = try emulator?.start() }

  /// Makes every token that was issued so far one that has expired.
  func expireTokens() throws { clock?.advance(by: 2 * 3600) }
}

/// The emulated API server's clock.
private final class AdjustableClock: Sendable {
  private let offset = Mutex(0.0)

  var now: Date { Date().addingTimeInterval(offset.withLock { $0 }) }

  func advance(by seconds: Double) { offset.withLock { $0 += seconds } }
}
