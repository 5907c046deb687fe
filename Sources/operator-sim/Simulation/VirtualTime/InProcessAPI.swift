internal import EmulatedAPIServer
internal import FilelogHTTPClient
internal import FilelogKubernetesAPI
internal import FilelogSystemCalls
internal import FilelogText
internal import FoundationEssentials
internal import HTTPServer
internal import Synchronization

/// The emulated API server within this process: no sockets, virtual time, an outage at will, and a
/// note of every request that pods made.
final class InProcessAPI: @unchecked Sendable {
  let time: VirtualTime
  /// The administrator's calls, which take no time and know no outage.
  let api: ClusterAPI
  private(set) var requests: [FleetRequest] = []
  /// Moments at which pods did not reach the server.
  private(set) var unanswered = 0
  var isOut = false
  let proxy = ProxyAnswers()
  /// How many requests of pods it serves in a second, one after the other; those that it cannot begin
  /// within two seconds it refuses, as a real one does. Nil: any number.
  var capacity: Double?
  /// When it has served all requests that it took.
  private var busyUntil = Duration.zero

  private let server: EmulatedAPIServer
  private let clock: Clock
  private let changes: Changes
  private static let origin = "virtual:443"

  init(_ time: VirtualTime, seed: UInt64) throws {
    self.time = time
    let clock = Clock()
    let changes = Changes()
    let random = Mutex(SeededRandom(seed: seed))
    var options = EmulatedAPIOptions()
    options.isTLS = false
    options.historyLimit = 10
    options.now = { Date(timeIntervalSince1970: VirtualTime.epoch / .seconds(1) + clock.seconds) }
    options.newID = { random.withLock { random in UUID(uuidString: random.uuid()) ?? UUID() } }
    options.observer = { changes.last = $0.changed }
    options.answer = { [proxy] in proxy.answer($0) }
    let server = try EmulatedAPIServer(options)
    self.clock = clock
    self.changes = changes
    self.server = server
    let token = server.issueToken(user: "admin", groups: ["system:masters"])
    api = ClusterAPI(
      ClusterConfiguration(server: "http://" + Self.origin, token: .fixed(token)),
      makeTransport: { _ in
        DirectTransport { request in
          clock.set(time.now)
          return Self.response(server.respond(to: Self.request(request, token: token)))
        }
      })
  }

  /// Makes every token that was issued so far one that has expired.
  func expireTokens() { clock.skip(seconds: 2 * 3600) }

  /// A client for a container of a pod.
  /// - Parameters:
  ///   - thread: what sleeps while a request is on its way.
  ///   - token: the pod's token as the kubelet has it now.
  func client(
    node: Int, on thread: VirtualThread, random: SeededRandom, token: @escaping () -> String
  ) -> KubernetesClient {
    let way = Way(thread, random)
    return KubernetesClient(
      ClusterConfiguration(server: "http://" + Self.origin, token: .fixed(token())),
      makeTransport: { [self] _ in
        DirectTransport { request throws(HTTPFailure) in
          try self.carry(request, node: node, way, token: token())
        }
      })
  }

  private func carry(
    _ request: HTTPRequest, node: Int, _ way: Way, token: String
  ) throws(HTTPFailure) -> HTTPResponse {
    try pass(way)
    guard !isOut else {
      unanswered += 1
      throw HTTPFailure(.connectionRefused, origin: Self.origin)
    }
    let response =
      try isServed(way)
      ? respond(request, node: node, token: token) : refuse(request, node: node)
    try pass(way)
    return response
  }

  /// Waits for the server to come to a request.
  /// - Returns: whether it does.
  private func isServed(_ way: Way) throws(HTTPFailure) -> Bool {
    guard let capacity else { return true }
    busyUntil = max(busyUntil, time.now)
    guard busyUntil - time.now <= .seconds(2) else { return false }
    busyUntil += .seconds(1) * (1 / capacity)
    _ = way.thread.sleep(until: busyUntil)
    if way.thread.isKilled { throw HTTPFailure(.cancelled, origin: Self.origin) }
    return true
  }

  private func refuse(_ request: HTTPRequest, node: Int) -> HTTPResponse {
    let body = Array("Too many requests, please try again later.\n".utf8)
    note(request, node: node, status: 429, responseBytes: body.count, changed: false)
    return HTTPResponse(
      status: 429,
      headers: HTTPHeaders([
        (name: "Content-Type", value: "text/plain; charset=utf-8"),
        (name: "Retry-After", value: "1"),
      ]), body: body)
  }

  /// Between a container and the server.
  private final class Way {
    let thread: VirtualThread
    var random: SeededRandom

    init(_ thread: VirtualThread, _ random: SeededRandom) {
      self.thread = thread
      self.random = random
    }
  }

  /// Once through the network: half a millisecond to five.
  private func pass(_ way: Way) throws(HTTPFailure) {
    let delay = Duration.microseconds(Int.random(in: 500...5000, using: &way.random))
    _ = way.thread.sleep(until: time.now + delay)
    if way.thread.isKilled { throw HTTPFailure(.cancelled, origin: Self.origin) }
  }

  private func respond(_ request: HTTPRequest, node: Int, token: String) -> HTTPResponse {
    clock.set(time.now)
    let response = Self.response(server.respond(to: Self.request(request, token: token)))
    note(
      request, node: node, status: response.status, responseBytes: response.body.count,
      changed: changes.last)
    return response
  }

  private func note(
    _ request: HTTPRequest, node: Int, status: Int, responseBytes: Int, changed: Bool
  ) {
    requests.append(
      FleetRequest(
        time: time.now, node: node, kind: request.method == "GET" ? .read : .write, status: status,
        bytes: request.body?.count ?? 0, responseBytes: responseBytes, changed: changed))
  }

  private static func request(_ request: HTTPRequest, token: String) -> HTTPServerRequest {
    let scheme = "http://" + origin
    let headers = request.headers.filter { $0.name != "Authorization" }
    return HTTPServerRequest(
      method: request.method, target: String(request.url.dropFirst(scheme.count)),
      headers: HTTPHeaders(headers + [(name: "Authorization", value: "Bearer " + token)]),
      body: request.body ?? [])
  }

  private static func response(_ response: HTTPServerResponse) -> HTTPResponse {
    let body: [UInt8] = if case .bytes(let bytes) = response.body { bytes } else { [] }
    return HTTPResponse(status: response.status, headers: response.headers, body: body)
  }

  /// The server's clock: virtual time, and what was skipped.
  private final class Clock: Sendable {
    private let state = Mutex((now: 0.0, skipped: 0.0))

    var seconds: Double { state.withLock { $0.now + $0.skipped } }
    func set(_ now: Duration) { state.withLock { $0.now = now / .seconds(1) } }
    func skip(seconds: Double) { state.withLock { $0.skipped += seconds } }
  }

  /// Whether the last request stored something.
  private final class Changes: Sendable {
    private let state = Mutex(false)

    var last: Bool {
      get { state.withLock { $0 } }
      set { state.withLock { $0 = newValue } }
    }
  }
}

/// Requests that are answered by a closure.
private struct DirectTransport: HTTPTransport {
  let respond: (HTTPRequest) throws(HTTPFailure) -> HTTPResponse

  init(_ respond: @escaping (HTTPRequest) throws(HTTPFailure) -> HTTPResponse) {
    self.respond = respond
  }

  func send(
    _ request: HTTPRequest, isCancelled: () -> Bool
  ) throws(HTTPFailure) -> HTTPResponse { try respond(request) }
}
