import FilelogHTTPClient
import FilelogJSON
import FoundationEssentials
import HTTPServer
import Synchronization
import TestSupport
import Testing

@testable import EmulatedAPIServer

/// The emulated API server on its port, asked by libcurl.
@Suite(.waits, .timeLimit(.minutes(1))) struct NetworkTests {
  private final class Log: Sendable {
    let records = Mutex<[RequestRecord]>([])
  }

  private func started(
    _ log: Log = Log(), isTLS: Bool = true
  ) throws -> (server: EmulatedAPIServer, endpoint: EmulatedAPIEndpoint, client: APIClient) {
    var options = EmulatedAPIOptions()
    options.isTLS = isTLS
    options.observer = { record in log.records.withLock { $0.append(record) } }
    let server = try EmulatedAPIServer(options)
    let endpoint = try server.start()
    return (server, endpoint, try APIClient(endpoint))
  }

  @Test func aTrustingClientWithATokenIsServed() throws {
    let (server, endpoint, client) = try started()
    defer { server.stop() }
    #expect(endpoint.url == "https://127.0.0.1:\(endpoint.port)")
    let reply = try client.send("POST", Maps.all, Maps.object("m"))
    #expect(reply.status == 201)
    #expect(try client.send("GET", Maps.path("m")).status == 200)
  }

  @Test func theKubeconfigHoldsAllThatAClientNeeds() throws {
    let (server, endpoint, _) = try started()
    defer { server.stop() }
    let text = endpoint.kubeconfig(token: "t0ken", namespace: "mine")
    #expect(text.contains("server: \(endpoint.url)\n"))
    #expect(text.contains("namespace: mine"))
    #expect(text.contains("token: t0ken\n"))
    let line = text.split(separator: "\n").first { $0.contains("certificate-authority-data: ") }
    let data = line.flatMap { $0.split(separator: " ").last }.flatMap {
      Data(base64Encoded: String($0))
    }
    #expect(data.map { String(decoding: $0, as: UTF8.self) } == endpoint.caPEM)
  }

  @Test func anObserverHearsWhoAskedForWhatAndWhatItCost() throws {
    let log = Log()
    let (server, endpoint, client) = try started(log)
    _ = try client.send("POST", "/api/v1/nodes", ["metadata": ["name": "node-a"]])
    _ = try client.send(
      "POST", "/api/v1/namespaces/default/pods",
      [
        "metadata": ["name": "p"],
        "spec": ["nodeName": "node-a", "containers": [["name": "c", "image": "i"]]],
      ])
    _ = try client.send("POST", Maps.all, Maps.object("m"))
    let token = try server.issueToken(serviceAccount: "default", namespace: "default", pod: "p")
    let pod = try APIClient(endpoint, token: token)
    _ = try pod.send("GET", Maps.path("m"))
    _ = try client.send("PATCH", Maps.path("m"), [:], type: MediaTypes.mergePatch)
    server.stop()
    let records = log.records.withLock { $0 }
    #expect(records.map(\.verb) == ["create", "create", "create", "get", "patch"])
    #expect(records.map(\.changed) == [true, true, true, false, false])
    #expect(records[3].user == "system:serviceaccount:default:default")
    #expect(records[3].nodeName == "node-a")
    #expect(records[3].status == 403)
    #expect(records[4].resource == "configmaps")
    #expect(records[4].namespace == "default")
    #expect(records[4].name == "m")
    #expect(records[4].requestBytes == 2)
    #expect(records[4].responseBytes > 100)
  }

  @Test func aWatchDeliversWhatHappensUntilTheServerStops() throws {
    let (server, endpoint, client) = try started(isTLS: false)
    _ = try client.send("POST", Maps.all, Maps.object("m"))
    let watch = try StreamClient(endpoint)
    try watch.get(Maps.all + "?watch=true")
    #expect(try watch.event()["type"] == .some("ADDED"))
    _ = try client.send(
      "PATCH", Maps.path("m"), ["data": ["a": "1"]], type: MediaTypes.mergePatch)
    let changed = try watch.event()
    #expect(changed["type"] == .some("MODIFIED"))
    #expect(changed["object"]?["data"] == .some(["a": "1"]))
    _ = try client.send("DELETE", Maps.path("m"))
    let deleted = try watch.event()
    #expect(deleted["type"] == .some("DELETED"))
    #expect(deleted["object"]?["data"] == .some(["a": "1"]))
    server.stop()
    #expect(try watch.isAtEnd())
  }

  @Test(.holds(.expiredWatch)) func aWatchFromTooLongAgoIsToldSo() throws {
    let (server, endpoint, client) = try started(isTLS: false)
    defer { server.stop() }
    for name in ["a", "b"] { _ = try client.send("POST", Maps.all, Maps.object(name)) }
    server.compactHistory()
    let watch = try StreamClient(endpoint)
    try watch.get(Maps.all + "?watch=true&resourceVersion=3")
    let event = try watch.event()
    #expect(event["type"] == .some("ERROR"))
    #expect(event["object"]?["code"] == .some(410))
    #expect(event["object"]?["reason"] == .some("Expired"))
  }

  @Test func aSelectorTurnsChangesIntoComingsAndGoings() throws {
    let (server, endpoint, client) = try started(isTLS: false)
    defer { server.stop() }
    _ = try client.send("POST", Maps.all, Maps.object("m"))
    let watch = try StreamClient(endpoint)
    try watch.get(Maps.all + "?watch=true&labelSelector=app%3Dx")
    func label(_ value: JSONValue) throws {
      _ = try client.send(
        "PATCH", Maps.path("m"), ["metadata": ["labels": ["app": value]]],
        type: MediaTypes.mergePatch)
    }
    try label("x")
    #expect(try watch.event()["type"] == .some("ADDED"))
    try label("y")
    #expect(try watch.event()["type"] == .some("DELETED"))
    try label("x")
    #expect(try watch.event()["type"] == .some("ADDED"))
  }

  @Test func initialEventsEndWithABookmark() throws {
    let (server, endpoint, client) = try started(isTLS: false)
    defer { server.stop() }
    _ = try client.send("POST", Maps.all, Maps.object("m"))
    let watch = try StreamClient(endpoint)
    try watch.get(
      Maps.all + "?watch=true&sendInitialEvents=True&resourceVersionMatch=NotOlderThan"
        + "&allowWatchBookmarks=1")
    #expect(try watch.event()["type"] == .some("ADDED"))
    let bookmark = try watch.event()
    #expect(bookmark["type"] == .some("BOOKMARK"))
    #expect(
      bookmark["object"]?["metadata"]?["annotations"]
        == .some(["k8s.io/initial-events-end": "true"]))
  }

  @Test func aNamespaceGoesAMomentAfterItWasDeleted() throws {
    let (server, endpoint, client) = try started(isTLS: false)
    defer { server.stop() }
    _ = try client.send("POST", "/api/v1/namespaces", ["metadata": ["name": "going"]])
    let watch = try StreamClient(endpoint)
    try watch.get("/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3Dgoing")
    #expect(try watch.event()["type"] == .some("ADDED"))
    _ = try client.send("DELETE", "/api/v1/namespaces/going")
    let leaving = try watch.event()
    #expect(leaving["object"]?["status"]?["phase"] == .some("Terminating"))
    #expect(try watch.event()["type"] == .some("DELETED"))
  }

  @Test func manyWritersOfOneMapLoseNothing() async throws {
    let (server, endpoint, client) = try started(isTLS: false)
    defer { server.stop() }
    _ = try client.send("POST", Maps.all, Maps.object("m"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask {
          let client = try APIClient(endpoint)
          for round in 0..<10 {
            let patch: JSONValue = ["data": .object(["w\(writer)": .string("\(round)")])]
            let reply = try client.send(
              "PATCH", Maps.path("m"), patch, type: MediaTypes.mergePatch)
            #expect(reply.status == 200)
          }
        }
      }
      try await group.waitForAll()
    }
    let data = try client.send("GET", Maps.path("m")).json["data"]?.object ?? [:]
    #expect(data.count == 8)
    #expect(data.values.allSatisfy { $0 == "9" })
  }

  @Test(.holds(.refusedConnection)) func aServerThatIsGoneRefusesConnections() throws {
    let (server, _, client) = try started()
    server.stop()
    let failure = #expect(throws: HTTPFailure.self) { try client.send("GET", Maps.all) }
    #expect(failure?.code == .connectionRefused)
    #expect(failure?.curlCode == 7)
  }

  @Test(.holds(.untrustedAuthority)) func aClientThatDoesNotTrustTheAuthoritySendsNothing() throws {
    let log = Log()
    let (server, endpoint, _) = try started(log)
    let client = HTTPClient()
    let request = HTTPRequest(method: "GET", url: endpoint.url + Maps.all)
    let failure = #expect(throws: HTTPFailure.self) { try client.send(request) }
    #expect(failure?.code == .tlsUntrusted)
    #expect(failure?.curlCode == 60)
    server.stop()
    #expect(log.records.withLock { $0.isEmpty })
  }

  @Test(.holds(.connectionOutlivesLargeBody, .bodyLimit))
  func aBodyThatIsTooLargeIsTakenAndRefusedAndTheConnectionStays() throws {
    let (server, endpoint, _) = try started(isTLS: false)
    defer { server.stop() }
    let client = try RawClient(port: endpoint.port)
    let authorization = "Authorization: Bearer \(endpoint.adminToken)\r\n"
    try client.send(
      "POST \(Maps.all) HTTP/1.1\r\n\(authorization)Content-Type: application/json\r\n"
        + "Expect: 100-continue\r\nContent-Length: 3145729\r\n\r\n")
    #expect(try client.receive(through: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
    try client.send([UInt8](repeating: 0x20, count: 3_145_729))
    let refused = try client.answer()
    #expect(refused.head.hasPrefix("HTTP/1.1 413 "))
    #expect(refused.body.contains(#""message":"Request entity too large: limit is 3145728""#))
    try client.send("GET \(Maps.all) HTTP/1.1\r\n\(authorization)\r\n")
    #expect(try client.answer().head.hasPrefix("HTTP/1.1 200 "))
  }
}
