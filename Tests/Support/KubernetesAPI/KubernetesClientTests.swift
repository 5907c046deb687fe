import FilelogHTTPClient
import FilelogJSON
import FilelogKubernetesAPI
import FilelogText
import HTTPServer
import Synchronization
import TestSupport
import Testing

/// The client against a server on loopback that answers as the test says.
@Suite struct KubernetesClientTests {
  /// A TLS server that answers requests one after the other, and remembers them.
  final class Peer: Sendable {
    let identity: TLSIdentity
    private let server: HTTPServer
    let port: UInt16

    init(_ answer: @escaping @Sendable (HTTPServerRequest) -> HTTPServerResponse) throws {
      identity = try .generate()
      let requests = Requests()
      server = HTTPServer(tls: identity) {
        requests.append($0)
        return answer($0)
      }
      port = try server.start()
      self.requests = requests
    }

    final class Requests: Sendable {
      private let kept = Mutex<[HTTPServerRequest]>([])
      var all: [HTTPServerRequest] { kept.withLock { $0 } }
      func append(_ request: HTTPServerRequest) { kept.withLock { $0.append(request) } }
    }

    private let requests: Requests
    var received: [HTTPServerRequest] { requests.all }

    func configuration(
      _ token: ClusterConfiguration.Token = .none,
      _ authorities: ClusterConfiguration.Authorities? = nil
    ) -> ClusterConfiguration {
      ClusterConfiguration(
        server: "https://127.0.0.1:\(port)",
        authorities: authorities ?? .pem(Array(identity.caPEM.utf8)), token: token)
    }

    func stop() { server.stop() }
  }

  static func json(_ text: String, _ status: Int = 200) -> HTTPServerResponse {
    .json(status, Array(text.utf8))
  }

  static let version =
    #"{"kind":"PartialObjectMetadata","metadata":{"name":"m","uid":"u","resourceVersion":"8","managedFields":[{"a":{}}]}}"#
  static let unauthorized =
    #"{"kind":"Status","message":"Unauthorized","reason":"Unauthorized","code":401}"#

  /// As kubectl does, and only what can be asked twice without harm.
  @Test(arguments: [("GET", 3, [1, 1]), ("PATCH", 1, [])])
  func requestIsRepeatedWhereServerAsksForPatience(
    _ method: String, _ requests: Int, _ waits: [Int]
  ) throws {
    let answered = Mutex(0)
    let peer = try Peer { _ in
      let count = answered.withLock { count in
        count += 1
        return count
      }
      guard count < 3 else { return Self.json(Self.version) }
      return HTTPServerResponse(
        status: 429, headers: HTTPHeaders([("Retry-After", "1")]), body: .bytes(Array("busy".utf8)))
    }
    defer { peer.stop() }
    let client = KubernetesClient(peer.configuration())
    var waited: [Duration] = []
    client.wait = { waited.append($0) }
    let answer = Result { try client.send(APIRequest(method, "/x")).status }
    #expect((try? answer.get()) == (requests > 1 ? 200 : nil))
    #expect(peer.received.count == requests)
    #expect(waited == waits.map { .seconds($0) })
  }

  @Test func patienceWithServerEnds() throws {
    let peer = try Peer { _ in
      HTTPServerResponse(status: 503, headers: HTTPHeaders([("Retry-After", "100")]))
    }
    defer { peer.stop() }
    let client = KubernetesClient(peer.configuration())
    var waited: [Duration] = []
    client.wait = { waited.append($0) }
    #expect(throws: KubernetesError.self) { try client.send(APIRequest("GET", "/x")) }
    #expect(waited == Array(repeating: .seconds(30), count: 5))
  }

  @Test func answerThatIsAPageIsNamed() throws {
    let peer = try Peer { _ in
      HTTPServerResponse(
        status: 200, headers: HTTPHeaders([("Content-Type", "text/html; charset=utf-8")]),
        body: .bytes(Array("<html>".utf8)))
    }
    defer { peer.stop() }
    let answer = try KubernetesClient(peer.configuration()).send(APIRequest("GET", "/x"))
    #expect(
      throws: KubernetesError.malformedAnswer(
        "it is a page in HTML, of a login or a proxy for instance")
    ) { try answer.json() }
  }

  @Test func patchRequestsMetadataOnly() throws {
    let peer = try Peer { _ in Self.json(Self.version) }
    defer { peer.stop() }
    let client = KubernetesClient(peer.configuration(.fixed("t0k3n")))
    let version = try client.patchConfigMap(
      namespace: "n", name: "m", mergePatch: ConfigMapPatch(binaryData: ["node": [1]]).body)
    #expect(version == ObjectVersion(name: "m", uid: "u", resourceVersion: "8"))
    let request = try #require(peer.received.first)
    #expect(request.method == "PATCH")
    #expect(request.target == "/api/v1/namespaces/n/configmaps/m")
    #expect(request.headers["Content-Type"] == "application/merge-patch+json")
    #expect(
      request.headers["Accept"]
        == "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json")
    #expect(request.headers["Authorization"] == "Bearer t0k3n")
    #expect(request.headers["User-Agent"] == "filelog-offset-sync")
    #expect(String(decoding: request.body, as: UTF8.self) == #"{"binaryData":{"node":"AQ=="}}"#)
  }

  @Test func sendReturnsResponse() throws {
    let peer = try Peer { _ in
      var answer = Self.json(#"{"a":1}"#, 201)
      answer.headers.append("Warning", #"299 - "unknown field \"x\"""#)
      answer.headers.append("Warning", "nonsense")
      return answer
    }
    defer { peer.stop() }
    let answer = try KubernetesClient(peer.configuration()).send(
      APIRequest(
        "POST", APIRequest.path("apis", "apps/v1", "ü"),
        query: [("dryRun", "All"), ("a&b", "c d")],
        contentType: MediaType.apply, body: Array("{}".utf8)))
    #expect(answer.status == 201)
    #expect(answer.warnings == [#"unknown field "x""#])
    #expect(try answer.json() == ["a": 1])
    #expect(peer.received.first?.target == "/apis/apps%2Fv1/%C3%BC?dryRun=All&a%26b=c%20d")
    #expect(peer.received.first?.headers["Authorization"] == nil)
  }

  @Test func nonSuccessStatusThrows() throws {
    let peer = try Peer { _ in
      Self.json(#"{"kind":"Status","reason":"NotFound","message":"gone","code":404}"#, 404)
    }
    defer { peer.stop() }
    let error = #expect(throws: KubernetesError.self) {
      try KubernetesClient(peer.configuration()).configMap(
        namespace: "n", name: "m", reading: ConfigMapSelection())
    }
    #expect(error?.problem == .notFound)
    #expect(error?.description == "the API server answered 404 NotFound: gone")
  }

  @Test(arguments: ["", "{", "{}", #"{"metadata":{"resourceVersion":7}}"#, "<html>", "[]"])
  func unreadablePatchResponseIsAnError(_ body: String) throws {
    let peer = try Peer { _ in Self.json(body) }
    defer { peer.stop() }
    let error = #expect(throws: KubernetesError.self) {
      try KubernetesClient(peer.configuration()).patchConfigMap(
        namespace: "n", name: "m", mergePatch: [])
    }
    guard case .malformedAnswer = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.isOutcomeUnknown == true)
  }

  // MARK: Tokens

  /// Takes only this token.
  static func accepting(_ token: String) -> @Sendable (HTTPServerRequest) -> HTTPServerResponse {
    { request in
      request.headers["Authorization"] == "Bearer \(token)"
        ? json(version) : json(unauthorized, 401)
    }
  }

  @discardableResult
  func patch(_ client: KubernetesClient) throws -> ObjectVersion {
    try client.patchConfigMap(namespace: "n", name: "m", mergePatch: Array("{}".utf8))
  }

  @Test func replacedTokenFileIsReread() throws {
    let peer = try Peer { _ in Self.json(Self.version) }
    defer { peer.stop() }
    let directory = TemporaryDirectory()
    let client = KubernetesClient(peer.configuration(.file(directory.write("token", "one"))))
    try patch(client)
    try patch(client)
    directory.write("token", "two")
    try patch(client)
    #expect(
      peer.received.map { $0.headers["Authorization"] } == [
        "Bearer one", "Bearer one", "Bearer two",
      ])
  }

  @Test func rejectedTokenFileIsRereadAndRetriedOnce() throws {
    let directory = TemporaryDirectory()
    let token = directory.write("token", "old")
    // The kubelet replaces the file after it was read, before the server looks.
    let peer = try Peer { request in
      if request.headers["Authorization"] == "Bearer old" { directory.write("token", "new") }
      return Self.accepting("new")(request)
    }
    defer { peer.stop() }
    #expect(try patch(KubernetesClient(peer.configuration(.file(token)))).name == "m")
    #expect(peer.received.count == 2)
  }

  @Test func rejectedTokenFileIsRetriedOnlyOnce() throws {
    let peer = try Peer(Self.accepting("other"))
    defer { peer.stop() }
    let directory = TemporaryDirectory()
    let client = KubernetesClient(peer.configuration(.file(directory.write("token", "s3cr3t"))))
    let error = #expect(throws: KubernetesError.self) { try patch(client) }
    #expect(error?.problem == .unauthenticated)
    #expect(error?.retryAdvice == .reauthenticate)
    #expect(peer.received.count == 2)
    #expect(error?.description == "the API server answered 401 Unauthorized")
  }

  @Test func echoedTokenIsRedacted() throws {
    let peer = try Peer { _ in
      Self.json(
        #"{"kind":"Status","reason":"Forbidden","message":"no: Bearer s3cr3t","code":403}"#, 403)
    }
    defer { peer.stop() }
    let error = #expect(throws: KubernetesError.self) {
      try patch(KubernetesClient(peer.configuration(.fixed("s3cr3t"))))
    }
    #expect(error?.description == "the API server answered 403 Forbidden: no: Bearer (token)")
  }

  @Test func rejectedFixedTokenIsNotRetried() throws {
    let peer = try Peer(Self.accepting("other"))
    defer { peer.stop() }
    #expect(throws: KubernetesError.self) {
      try patch(KubernetesClient(peer.configuration(.fixed("s3cr3t"))))
    }
    #expect(peer.received.count == 1)
  }

  @Test func vanishedTokenFileKeepsToken() throws {
    let peer = try Peer(Self.accepting("one"))
    defer { peer.stop() }
    let directory = TemporaryDirectory()
    let client = KubernetesClient(peer.configuration(.file(directory.write("token", "one"))))
    try patch(client)
    directory.remove("token")
    try patch(client)
    directory.write("token", "\n")
    try patch(client)
    #expect(peer.received.count == 3)
  }

  @Test func missingTokenFileIsReported() throws {
    let peer = try Peer(Self.accepting("one"))
    defer { peer.stop() }
    let error = #expect(throws: KubernetesError.self) {
      try patch(KubernetesClient(peer.configuration(.file("/nowhere/token"))))
    }
    #expect(
      error?.description
        == "/nowhere/token: the file cannot be read: No such file or directory")
    #expect(peer.received.isEmpty)
  }

  // MARK: Authorities

  @Test func replacedAuthorityFileIsReread() throws {
    let peer = try Peer { _ in Self.json(Self.version) }
    defer { peer.stop() }
    let directory = TemporaryDirectory()
    let file = directory.write("ca.crt", try TLSIdentity.generate().caPEM)
    let client = KubernetesClient(peer.configuration(.none, .file(file)))
    for _ in 0..<2 {
      let error = #expect(throws: KubernetesError.self) { try patch(client) }
      #expect(error?.retryAdvice == .permanent)
    }
    directory.write("ca.crt", peer.identity.caPEM)
    try patch(client)
    try patch(client)
    #expect(peer.received.count == 2)
  }

  @Test func damagedAuthorityFileKeepsCurrentAuthority() throws {
    let peer = try Peer { _ in Self.json(Self.version) }
    defer { peer.stop() }
    let directory = TemporaryDirectory()
    let file = directory.write("ca.crt", try TLSIdentity.generate().caPEM)
    let client = KubernetesClient(peer.configuration(.none, .file(file)))
    #expect(throws: KubernetesError.self) { try patch(client) }
    directory.write("ca.crt", "half a")
    let error = #expect(throws: KubernetesError.self) { try patch(client) }
    guard case .transport(let failure) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(failure.code == .tlsUntrusted)
  }

  @Test(arguments: [Duration.milliseconds(200), .zero, .seconds(-5)])
  func requestTimeoutIsBoundedByRemainingTime(_ rest: Duration) throws {
    let peer = try Peer { request in
      _ = request.pause(for: .seconds(60))
      return Self.json(Self.version)
    }
    defer { peer.stop() }
    let client = KubernetesClient(peer.configuration())
    client.remainingTime = { rest }
    let error = #expect(throws: KubernetesError.self) { try patch(client) }
    guard case .transport(let failure) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(failure.code == .timedOut)
  }

  @Test func pendingRequestCanBeCancelled() throws {
    let peer = try Peer { request in
      _ = request.pause(for: .seconds(60))
      return Self.json(Self.version)
    }
    defer { peer.stop() }
    let client = KubernetesClient(peer.configuration())
    client.isCancelled = { _ in true }
    let error = #expect(throws: KubernetesError.self) { try patch(client) }
    guard case .transport(let failure) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(failure.code == .cancelled)
  }
}
