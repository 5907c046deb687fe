public import FilelogHTTPClient
internal import FilelogText
internal import Glibc

/// What carries requests: libcurl, or what a test puts in its place.
public protocol HTTPTransport {
  /// Sends one request and waits for the answer.
  /// - Parameters:
  ///   - request: what to send, and its bounds.
  ///   - isCancelled: asked ten times a second; true gives the request up.
  /// - Throws: `HTTPFailure` when there is no answer. An HTTP error is an answer.
  func send(
    _ request: HTTPRequest, isCancelled: () -> Bool
  ) throws(HTTPFailure) -> HTTPResponse
}

extension HTTPClient: HTTPTransport {
  public func send(
    _ request: HTTPRequest, isCancelled: () -> Bool
  ) throws(HTTPFailure) -> HTTPResponse {
    try send(request, askingEvery: .milliseconds(100), isCancelled: isCancelled)
  }
}

/// A client for one API server, for one thread, with one connection kept open.
///
/// Proxy variables of the environment are used only where the configuration asks for it. A 401 makes it
/// read the token file again, or run the credential plugin, and try once more; an untrusted certificate,
/// the file of authorities. But for what ``wait`` says nothing else is retried here: see
/// ``KubernetesError/retryAdvice`` and ``Backoff``.
public final class KubernetesClient {
  /// What the client was made with; files in it may have been read again since.
  public let configuration: ClusterConfiguration

  /// Sent as `User-Agent`; audit logs and managed fields show it.
  public let userAgent: String

  /// Asked ten times a second while waiting for an answer; true gives the request up. It is told
  /// whether the request may change something: one that was given up may still be carried out, and
  /// then after the one that is sent next.
  public var isCancelled: (_ changes: Bool) -> Bool = { _ in false }

  /// Asked before every attempt; what it gives bounds the request's own timeout. A process that must
  /// end at a certain moment says here how much time is left.
  public var remainingTime: () -> Duration? = { nil }

  /// Waits. With it, what is only read is asked for again, as kubectl does, where the server answers that
  /// it is to be asked later (`Retry-After`); a server that stays so gets its last word.
  public var wait: ((Duration) -> Void)?

  /// Hears what the API server warns of (headers `Warning`), such as a field that it does not know or a
  /// policy that will refuse a DaemonSet's pods.
  public var onWarning: (String) -> Void = { _ in }

  /// Runs a credential plugin and gives its output; tests put their own in.
  var runPlugin: (ExecPlugin, _ isCancelled: () -> Bool) throws(ConfigurationError) -> [UInt8] = {
    (plugin, isCancelled) throws(ConfigurationError) in
    try PluginProcess.run(plugin, isCancelled: isCancelled)
  }
  /// Seconds since 1970, by which credentials expire.
  var now: () -> Int = { Glibc.time(nil) }

  var credentials: Credentials
  private var transport: (any HTTPTransport)?
  private let makeTransport: (HTTPClient.Options) -> any HTTPTransport

  /// Connects at the first request.
  public init(
    _ configuration: ClusterConfiguration, userAgent: String = "filelog-offset-sync",
    makeTransport: @escaping (HTTPClient.Options) -> any HTTPTransport = { HTTPClient($0) }
  ) {
    self.configuration = configuration
    self.userAgent = userAgent
    self.makeTransport = makeTransport
    credentials = Credentials(configuration)
  }

  /// Sends any request.
  ///
  /// - Returns: an answer with a status from 200 to 299.
  /// - Throws: ``KubernetesError`` for every other answer and for none.
  public func send(_ request: APIRequest) throws(KubernetesError) -> APIResponse {
    var answer = try exchange(request)
    for _ in 0..<Self.patientAttempts {
      guard let wait, request.method == "GET", let time = requestedWait(answer) else { break }
      wait(time)
      answer = try exchange(request)
    }
    if answer.status == 401, credentials.distrustToken() {
      answer = try exchange(request)
    }
    guard (200..<300).contains(answer.status) else {
      // A server or a proxy may repeat the request; the token must not come back in an error.
      let token = try? credentials.currentToken()
      throw .status(KubernetesStatus(answer: answer, token: token))
    }
    let response = APIResponse(
      status: answer.status, headers: answer.headers, body: answer.body)
    response.warnings.forEach(onWarning)
    return response
  }

  private static let patientAttempts = 5
  private static let longestWait = Duration.seconds(30)

  private func requestedWait(_ answer: HTTPResponse) -> Duration? {
    guard !(200..<300).contains(answer.status) else { return nil }
    let status = KubernetesStatus(answer: answer, token: try? credentials.currentToken())
    guard [.throttled, .unavailable].contains(status.problem) else { return nil }
    return status.retryAfter.map { min($0, Self.longestWait) }
  }

  /// One exchange, or two when the server is not trusted and there are other authorities now.
  private func exchange(_ request: APIRequest) throws(KubernetesError) -> HTTPResponse {
    try refreshCredentials()
    let message = try message(for: request)
    do {
      return try attempt(message)
    } catch {
      guard case .transport(let failure) = error, failure.code == .tlsUntrusted,
        credentials.rereadAuthorities()
      else { throw error }
    }
    transport = nil
    return try attempt(message)
  }

  private func refreshCredentials() throws(KubernetesError) {
    do throws(ConfigurationError) {
      let run = { (plugin: ExecPlugin) throws(ConfigurationError) -> [UInt8] in
        try self.runPlugin(plugin) { self.isCancelled(false) }
      }
      // Connections belong to the certificate that they were opened with.
      if try credentials.refresh(run, now: now) { transport = nil }
    } catch {
      throw .configuration(error)
    }
  }

  private func attempt(_ message: HTTPRequest) throws(KubernetesError) -> HTTPResponse {
    let transport = try currentTransport()
    var message = message
    if let limit = configuration.requestTimeout { message.timeout = min(message.timeout, limit) }
    if let rest = remainingTime() {
      message.timeout = max(.milliseconds(1), min(message.timeout, rest))
    }
    do {
      return try transport.send(message) { isCancelled(message.method != "GET") }
    } catch {
      throw .transport(error)
    }
  }

  private func currentTransport() throws(KubernetesError) -> any HTTPTransport {
    if let transport { return transport }
    let trust: TLSTrust
    do {
      trust = try credentials.trust()
    } catch {
      throw .configuration(error)
    }
    let made = makeTransport(
      HTTPClient.Options(
        trust: trust, clientCertificate: credentials.clientCertificate, proxy: proxy,
        serverName: configuration.tlsServerName))
    transport = made
    return made
  }

  private var proxy: HTTPProxy {
    if let url = configuration.proxyURL { return .url(url) }
    return configuration.usesEnvironmentProxy && !configuration.isOnLoopback ? .environment : .none
  }

  private func message(for request: APIRequest) throws(KubernetesError) -> HTTPRequest {
    let token: String?
    do {
      token = try credentials.currentToken()
    } catch {
      throw .configuration(error)
    }
    var headers = [(name: "Accept", value: request.accept), (name: "User-Agent", value: userAgent)]
    if let type = request.contentType { headers.append((name: "Content-Type", value: type)) }
    if let token { headers.append((name: "Authorization", value: "Bearer \(token)")) }
    headers += (request.impersonation ?? configuration.impersonation)?.headers ?? []
    return HTTPRequest(
      method: request.method, url: configuration.server + request.target, headers: headers,
      body: request.body, timeout: request.timeout, responseLimit: request.responseLimit)
  }
}
