import FilelogText
import HTTPServer
import Synchronization
import TestSupport
import Testing

/// Answers with what it was sent, so that a test sees how a request was read.
private func echo(_ request: HTTPServerRequest) -> HTTPServerResponse {
  let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
  let path = request.pathSegments.joined(separator: "|")
  return .text(
    200, "\(request.method) \(path) [\(query)] \(String(decoding: request.body, as: UTF8.self))")
}

@Suite(.waits, .timeLimit(.minutes(1))) struct HTTPServerTests {
  private func started(
    tls: TLSIdentity? = nil, limits: HTTPServerLimits = HTTPServerLimits(),
    _ handler: @escaping HTTPServer.Handler = echo
  ) throws -> (HTTPServer, RawClient) {
    let server = HTTPServer(tls: tls, limits: limits, handler: handler)
    return (server, try RawClient(port: try server.start()))
  }

  @Test func answersSeveralRequestsOnOneConnection() throws {
    let (server, client) = try started()
    defer { server.stop() }
    for number in 1...3 {
      try client.send("GET /n/\(number) HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(try client.answer().body == "GET n|\(number) [] ")
    }
  }

  @Test func answersRequestsSentBeforeTheFirstAnswerCame() throws {
    let (server, client) = try started()
    defer { server.stop() }
    try client.send("GET /1 HTTP/1.1\r\n\r\nPUT /2 HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /3 ")
    try client.send("HTTP/1.1\r\n\r\n")
    #expect(try client.answer().body == "GET 1 [] ")
    #expect(try client.answer().body == "PUT 2 [] hi")
    #expect(try client.answer().body == "GET 3 [] ")
  }

  @Test func readsChunkedBodies() throws {
    let (server, client) = try started()
    defer { server.stop() }
    try client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    try client.send("3\r\nabc\r\nA;note=1\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n")
    #expect(try client.answer().body == "POST  [] abc0123456789")
    try client.send("GET /next HTTP/1.1\r\n\r\n")
    #expect(try client.answer().body == "GET next [] ")
  }

  @Test func decodesPathAndQuery() throws {
    let (server, client) = try started()
    defer { server.stop() }
    try client.send("GET /a%2Fb/%C3%A9?x=1%202&y=a+b&z&e=%zz HTTP/1.1\r\n\r\n")
    #expect(try client.answer().body == "GET a/b|é [x=1 2,y=a b,z=,e=%zz] ")
  }

  @Test func tellsAClientThatWaitsToGoOn() throws {
    let (server, client) = try started()
    defer { server.stop() }
    try client.send("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
    #expect(try client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
    try client.send("body")
    #expect(try client.answer().body == "PUT  [] body")
  }

  @Test func answersATooLargeBodyAfterReadingItAndKeepsTheConnection() throws {
    var limits = HTTPServerLimits()
    limits.bodyBytes = 1000
    let (server, client) = try started(limits: limits)
    defer { server.stop() }
    for size in [1000, 1001, 500_000] {
      try client.send("PUT / HTTP/1.1\r\nContent-Length: \(size)\r\n\r\n")
      try client.send([UInt8](repeating: 0x61, count: size))
      let status = try client.answer().head.prefix(12)
      #expect(status == (size == 1000 ? "HTTP/1.1 200" : "HTTP/1.1 413"))
    }
  }

  @Test func closesAConnectionWhoseBodyNeverEnds() throws {
    var limits = HTTPServerLimits()
    limits.bodyBytes = 1000
    limits.discardedBytes = 1000
    let (server, client) = try started(limits: limits)
    defer { server.stop() }
    try client.send("PUT / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n")
    #expect(throws: RawClient.Failure.self) {
      for _ in 0..<10_000 { try client.send([UInt8](repeating: 0, count: 65_536)) }
    }
  }

  @Test func refusesAHeadLargerThanItsLimit() throws {
    let (server, client) = try started()
    defer { server.stop() }
    let filler = String(repeating: "a", count: 65_536)
    try client.send("GET / HTTP/1.1\r\nX: \(filler)\r\n\r\n")
    #expect(try client.answer().head.hasPrefix("HTTP/1.1 431 "))
  }

  @Test(arguments: [
    ("nonsense\r\n\r\n", 400), ("GET  / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/2\r\n\r\n", 505),
    ("GET x HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nA : b\r\n\r\n", 400), ("GET / HTTP/1.1\r\nA: \u{1}\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nContent-Length: 9223372036854775808\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
    ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
    ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\n", 400),
    ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 400),
    ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400),
  ])
  func refusesMalformedRequestsAndCloses(_ request: String, _ status: Int) throws {
    let (server, client) = try started()
    defer { server.stop() }
    try client.send(request)
    #expect(try client.receiveToEnd().hasPrefix("HTTP/1.1 \(status) "))
  }

  @Test func anHTTP10RequestIsAnsweredAndTheConnectionClosed() throws {
    let (server, client) = try started()
    defer { server.stop() }
    try client.send("GET /old HTTP/1.0\r\n\r\n")
    let answer = try client.receiveToEnd()
    #expect(answer.contains("\r\nConnection: close\r\n"))
    #expect(answer.hasSuffix("\r\n\r\nGET old [] "))
  }

  @Test func aHeadRequestGetsNoBody() throws {
    let (server, client) = try started()
    defer { server.stop() }
    try client.send("HEAD /x HTTP/1.1\r\n\r\nGET /y HTTP/1.1\r\n\r\n")
    #expect(try client.receive(through: "\r\n\r\n").contains("Content-Length: 10\r\n"))
    #expect(try client.answer().body == "GET y [] ")
  }

  @Test func aRestingConnectionIsClosedAfterItsTime() throws {
    var limits = HTTPServerLimits()
    limits.idle = .milliseconds(50)
    let (server, client) = try started(limits: limits)
    defer { server.stop() }
    #expect(try client.receiveToEnd() == "")
  }

  @Test func aRequestThatArrivesTooSlowlyIsDropped() throws {
    var limits = HTTPServerLimits()
    limits.arrival = .milliseconds(50)
    let (server, client) = try started(limits: limits)
    defer { server.stop() }
    try client.send("PUT / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
    #expect(try client.receiveToEnd() == "")
  }

  @Test func aHeaderValueCannotEndTheHead() throws {
    let (server, client) = try started { _ in
      HTTPServerResponse(status: 200, headers: HTTPHeaders([("X", "a\r\nInjected: b")]))
    }
    defer { server.stop() }
    try client.send("GET / HTTP/1.1\r\n\r\n")
    #expect(try client.answer().head.contains("X: aInjected: b\r\n"))
  }
}
