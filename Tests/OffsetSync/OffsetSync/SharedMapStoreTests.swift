import FilelogHTTPClient
import FilelogJSON
import FilelogKubernetesAPI
import FilelogText
import Testing

@testable import OffsetSync

/// The map of all nodes, against answers as an API server gives them.
@Suite struct SharedMapStoreTests {
  /// Plays the API server: answers in turn, the last one again and again.
  private final class Server: HTTPTransport {
    private(set) var requests: [HTTPRequest] = []
    private(set) var connections = 0
    private(set) var proxies: [HTTPProxy] = []
    private var answers: [HTTPResponse]

    init(_ answers: [HTTPResponse]) { self.answers = answers }

    convenience init(_ answers: HTTPResponse...) { self.init(answers) }

    func send(
      _ request: HTTPRequest, isCancelled: () -> Bool
    ) throws(HTTPFailure) -> HTTPResponse {
      requests.append(request)
      return answers.count > 1 ? answers.removeFirst() : answers[0]
    }

    func connect(_ options: HTTPClient.Options) -> any HTTPTransport {
      connections += 1
      proxies.append(options.proxy)
      return self
    }

    func store() -> SharedMapStore {
      SharedMapStore(
        client: KubernetesClient(
          ClusterConfiguration(
            server: "https://cluster.test", token: .fixed(SharedMapStoreTests.token)),
          makeTransport: connect),
        maps: OffsetMaps(
          namespace: "monitoring", sharedMap: "demo-filelogoffsets-cm", node: "node-a"))
    }
  }

  private static let token = "secret-token-of-the-pod"
  private static let payload = Array("payload that no one may read".utf8)
  private static let payloadInBase64 = "cGF5bG9hZCB0aGF0IG5vIG9uZSBtYXkgcmVhZA=="

  private static func answer(_ status: Int, _ text: String, after: String? = nil) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: after.map { ["Retry-After": $0] } ?? [:], body: Array(text.utf8))
  }

  private static func failure(_ code: Int, _ reason: String, _ details: String = "{}") -> String {
    #"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"said by the server","#
      + #""reason":"\#(reason)","details":\#(details),"code":\#(code)}"#
  }

  private static let patched = answer(
    200, #"{"kind":"PartialObjectMetadata","metadata":{"name":"m","resourceVersion":"8"}}"#)

  private func map(_ entries: [String: String]) -> HTTPResponse {
    let entries = entries.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
    return Self.answer(
      200,
      #"{"kind":"ConfigMap","metadata":{"name":"m","uid":"u","resourceVersion":"7"},"binaryData":{\#(entries)}}"#
    )
  }

  private func saveError(_ server: Server) -> StoreError? {
    #expect(throws: StoreError.self) { try server.store().save(Self.payload) }
  }

  @Test func loadReadsKeyOfNode() throws {
    let server = Server(map(["node-a": Self.payloadInBase64, "node-b": "AAAA"]))
    let store = server.store()
    #expect(try store.load() == Self.payload)
    #expect(store.used == Self.payload.count + 3)
    #expect(
      server.requests[0].url
        == "https://cluster.test/api/v1/namespaces/monitoring/configmaps/demo-filelogoffsets-cm")
  }

  @Test func missingKeyOrMapLoadsNothing() throws {
    #expect(try Server(map(["node-b": "AAAA"])).store().load() == nil)
    let absent = Self.failure(404, "NotFound", #"{"kind":"configmaps"}"#)
    #expect(try Server(Self.answer(404, absent)).store().load() == nil)
  }

  /// A proxy's page, an API server that does not serve the path, a Status about something else, and a
  /// value of another type: none of them says that there are no offsets.
  @Test(arguments: [
    answer(404, "404 page not found"), answer(404, "<html>not here</html>"),
    answer(404, failure(404, "NotFound")),
    answer(404, failure(404, "NotFound", #"{"kind":"pods"}"#)),
    answer(
      200,
      #"{"kind":"ConfigMap","metadata":{"name":"m","resourceVersion":"1"},"binaryData":{"node-a":7}}"#
    ),
    answer(
      200,
      #"{"kind":"ConfigMap","metadata":{"name":"m","resourceVersion":"1"},"binaryData":{"node-a":null}}"#
    ),
    answer(
      200,
      #"{"kind":"ConfigMap","metadata":{"name":"m","resourceVersion":"1"},"binaryData":["AAAA"]}"#),
  ])
  func answerThatIsNotAboutTheMapIsAnError(_ answer: HTTPResponse) {
    #expect(throws: StoreError.self) { try Server(answer).store().load() }
  }

  /// Neither is a missing permission.
  @Test(arguments: [
    (
      #"admission webhook \"validation.gatekeeper.sh\" denied the request: [labels] no"#,
      "the admission webhook validation.gatekeeper.sh refused it: its owner can let it through"
    ),
    (
      #"configmaps \"m\" is forbidden: exceeded quota: compute, requested: count/configmaps=1"#,
      "the ResourceQuota compute of the namespace is used up: raise it"
    ),
    (
      #"configmaps \"m\" is forbidden: failed quota: q: must specify x"#,
      "the ResourceQuota q of the namespace is used up: raise it"
    ),
  ])
  func refusalOfWebhookOrQuotaIsNamedAsSuch(_ message: String, _ advice: String) {
    let body = #"{"kind":"Status","message":"\#(message)","reason":"Forbidden","code":403}"#
    let error = saveError(Server(Self.answer(403, body)))
    #expect(error?.code == .forbidden)
    #expect(error?.description.hasSuffix("; \(advice)") == true, "\(String(describing: error))")
  }

  @Test func saveSendsMergePatchOfOneKeyAndAcceptsMetadataOnly() throws {
    let server = Server(Self.patched)
    try server.store().save(Self.payload)
    #expect(server.requests.map(\.method) == ["PATCH"])
    let request = server.requests[0]
    #expect(
      try JSONValue(parsing: request.body ?? [])
        == ["binaryData": ["node-a": .string(Self.payloadInBase64)]])
    let headers = request.headers.map { "\($0.name): \($0.value)" }
    #expect(headers.contains("Content-Type: application/merge-patch+json"))
    #expect(
      headers.contains(
        "Accept: application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"))
  }

  @Test func requestsShareOneConnectionWithoutProxy() throws {
    let absent = Self.answer(404, Self.failure(404, "NotFound", #"{"kind":"configmaps"}"#))
    let server = Server(absent, Self.patched, absent, Self.patched)
    let store = server.store()
    for _ in 0..<2 {
      _ = try store.load()
      try store.save(Self.payload)
    }
    #expect(server.requests.count == 4)
    #expect(server.connections == 1)
    #expect(server.proxies == [.none])
  }

  private static let refusals:
    [(answer: HTTPResponse, code: StoreError.Code, retryAfter: Duration?, advice: String?)] = [
      (
        answer(404, failure(404, "NotFound", #"{"kind":"configmaps"}"#)), .notFound, nil,
        "config map monitoring/demo-filelogoffsets-cm not found: is the operator running?"
      ),
      (
        answer(404, failure(404, "NotFound", #"{"kind":"namespaces"}"#)), .notFound, nil,
        "the namespace monitoring does not exist"
      ),
      (
        answer(403, failure(403, "Forbidden")), .forbidden, nil,
        "the pod's service account needs get and patch on config map "
          + "monitoring/demo-filelogoffsets-cm"
      ),
      (
        answer(
          403, failure(403, "Forbidden", #"{"causes":[{"reason":"x","message":"policy"}]}"#)),
        .forbidden, nil, "an admission rule refused it"
      ),
      (
        answer(401, failure(401, "Unauthorized")), .unauthorized, nil,
        "the pod's token is not accepted"
      ),
      (answer(429, "Too many requests", after: "7"), .unavailable, .seconds(7), nil),
      (answer(503, "", after: "9"), .unavailable, .seconds(9), nil),
      (answer(504, failure(504, "Timeout")), .unavailable, nil, nil),
      (answer(422, failure(422, "Invalid")), .refused, nil, nil),
    ]

  @Test(arguments: refusals.indices)
  func refusalNamesRemedyAndRetryTime(_ index: Int) {
    let (answer, code, retryAfter, advice) = Self.refusals[index]
    let error = saveError(Server(answer))
    #expect(error?.code == code)
    #expect(error?.retryAfter == retryAfter)
    if let advice { #expect(error?.description.hasSuffix("; " + advice) == true) }
  }

  @Test func fullMapErrorNamesUsageLargestKeysAndRemedy() throws {
    let full = Self.answer(
      422,
      Self.failure(
        422, "Invalid",
        #"{"causes":[{"reason":"FieldValueTooLong","message":"Too long","field":"[]"}]}"#))
    let usage = map([
      "node-b": String(repeating: "AAAA", count: 200), "node-a": "AAAA",
      "node-c": String(repeating: "AAAA", count: 100),
      "node-d": String(repeating: "AAAA", count: 9),
    ])
    let server = Server(full, usage, full)
    let store = server.store()
    var texts: [String] = []
    for _ in 0..<2 {
      let error = #expect(throws: StoreError.self) { try store.save(Self.payload) }
      #expect(error?.code == .full)
      texts.append(error?.description ?? "")
    }
    for text in texts {
      #expect(
        text.contains(
          "; it holds 930 of 1048576 bytes in 4 keys, the largest: node-b 600, node-c 300, "
            + "node-d 27; this node's offsets take 28 bytes; what helps: "))
      #expect(text.contains("operator.collectors.filelogOffsetSyncStorageVolume"))
    }
    #expect(store.used == 930)
    #expect(server.requests.map(\.method) == ["PATCH", "GET", "PATCH"])
  }

  /// The answer is the whole map, and nodes at the edge are let in and refused by turns.
  @Test func mapUsageIsNotRequestedAgainSoon() throws {
    let full = Self.answer(
      422,
      Self.failure(
        422, "Invalid",
        #"{"causes":[{"reason":"FieldValueTooLong","message":"Too long","field":"[]"}]}"#))
    let usage = map(["node-b": "AAAA"])
    var answers = [full, usage]
    for _ in 0..<60 { answers += [Self.patched, full] }
    answers.append(usage)
    let server = Server(answers)
    let store = server.store()
    _ = try? store.save(Self.payload)
    for _ in 0..<60 {
      try store.save(Self.payload)
      let error = #expect(throws: StoreError.self) { try store.save(Self.payload) }
      #expect(error?.description.contains("it holds 3 of 1048576 bytes in 1 keys") == true)
    }
    #expect(server.requests.filter { $0.method == "GET" }.count == 1)
  }

  @Test(arguments: [400, 401, 403, 404, 409, 413, 422, 429, 500, 503, 504])
  func noErrorRepeatsATokenOrAPayload(_ status: Int) {
    // A server, a proxy or a webhook that repeats what it was sent.
    let echo = "\(Self.token) \(Self.payloadInBase64)"
    let bodies = [
      echo,
      #"{"kind":"ConfigMap","metadata":{"name":"m"},"binaryData":{"node-a":"\#(Self.payloadInBase64)"}}"#,
      #"{"kind":"Status","message":"Bearer \#(Self.token)","reason":"x","code":\#(status)}"#,
    ]
    for body in bodies {
      let error = saveError(Server(Self.answer(status, body)))
      #expect(error?.description.contains(Self.token) == false)
      #expect(error?.description.contains(Self.payloadInBase64) == false, "\(error!)")
    }
  }
}
