import FilelogHTTPClient
import FilelogText
import HTTPServer
import TestSupport
import Testing

@Suite(.waits) struct HTTPClientTests {
  static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func methodHeadersAndBodyArriveAsGiven() throws {
    let server = ScriptedServer([[.receive, .send("HTTP/1.1 204 No Content\r\n\r\n")]])
    defer { server.stop() }
    let response = try HTTPClient().send(
      HTTPRequest(
        method: "PATCH", url: server.url + "/api/v1/x%2Fy/../z?a=b%20c",
        headers: [("Content-Type", "application/merge-patch+json"), ("X-Empty", "")],
        body: Array(#"{"a":1}"#.utf8)))
    #expect(response.status == 204)
    #expect(response.body.isEmpty)
    let request = try #require(server.requests.first)
    #expect(
      request.head.split(separator: "\r\n").sorted() == [
        "Accept: */*", "Content-Length: 7", "Content-Type: application/merge-patch+json",
        "Host: 127.0.0.1:\(server.port)", "PATCH /api/v1/x%2Fy/../z?a=b%20c HTTP/1.1", "X-Empty:",
      ])
    #expect(Self.text(request.body) == #"{"a":1}"#)
  }

  @Test(arguments: ["GET", "DELETE", "OPTIONS"])
  func aRequestWithoutABodyHasNoLength(_ method: String) throws {
    let server = ScriptedServer([
      [.receive, .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    ])
    defer { server.stop() }
    let response = try HTTPClient().send(HTTPRequest(method: method, url: server.url))
    #expect(Self.text(response.body) == "ok")
    #expect(server.requests.first?.head.hasPrefix("\(method) / HTTP/1.1") == true)
    #expect(server.requests.first?.head.contains("Content-Length") == false)
  }

  @Test func anEmptyBodyIsSentAsOne() throws {
    let server = ScriptedServer([[.receive, .send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]])
    defer { server.stop() }
    _ = try HTTPClient().send(HTTPRequest(method: "POST", url: server.url, body: []))
    let head = try #require(server.requests.first?.head)
    #expect(head.contains("Content-Length: 0"))
    #expect(!head.contains("Content-Type"))
  }

  @Test func headersAreFoundWhateverTheirCase() throws {
    let server = ScriptedServer([
      [
        .receive,
        .send(
          "HTTP/1.1 103 Early Hints\r\nX-A: early\r\n\r\nHTTP/1.1 200 OK\r\nretry-AFTER:  2 \r\n"
            + "Warning: 299 - \"a\"\r\nwarning: 299 - \"b\"\r\nContent-Length: 0\r\n\r\n"),
      ]
    ])
    defer { server.stop() }
    let headers = try HTTPClient().send(HTTPRequest(url: server.url)).headers
    #expect(headers["Retry-After"] == "2")
    #expect(headers.all("WARNING") == ["299 - \"a\"", "299 - \"b\""])
    #expect(headers["X-A"] == nil)
  }

  @Test func requestsShareOneConnectionWhateverTheirOutcome() throws {
    let answer = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
    let refusal = ScriptedServer.Step.send("HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx")
    let server = ScriptedServer([
      [.receive, answer, .receive, refusal, .receive, answer, .receive, answer]
    ])
    defer { server.stop() }
    let client = HTTPClient()
    for _ in 0..<3 { _ = try client.send(HTTPRequest(url: server.url)) }
    _ = try client.send(HTTPRequest(method: "POST", url: server.url, body: [1, 2, 3]))
    #expect(server.connections == 1)
    #expect(server.requests.count == 4)
  }

  @Test func nothingOfARequestLeaksIntoTheNext() throws {
    let answer = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    let server = ScriptedServer([[.receive, answer, .receive, answer]])
    defer { server.stop() }
    let client = HTTPClient()
    _ = try client.send(
      HTTPRequest(
        method: "PUT", url: server.url, headers: [("Authorization", "Bearer x")], body: [1]))
    _ = try client.send(HTTPRequest(url: server.url))
    let head = try #require(server.requests.last?.head)
    #expect(head.hasPrefix("GET / HTTP/1.1"))
    #expect(!head.contains("Authorization") && !head.contains("Content-Length"))
  }

  @Test func aKeptConnectionThatTheServerClosedIsReplaced() throws {
    let answer = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    // The first connection closes after one answer; the second takes the request again, whole.
    let server = ScriptedServer([[.receive, answer], [.receive, answer]])
    defer { server.stop() }
    let client = HTTPClient()
    let body = [UInt8](repeating: 7, count: 300_000)
    for _ in 0..<2 {
      _ = try client.send(HTTPRequest(method: "POST", url: server.url, body: body))
    }
    #expect(server.connections == 2)
    #expect(server.requests.map(\.body) == [body, body])
  }

  @Test func megabytesGoBothWays() throws {
    let server = HTTPServer { .json(200, $0.body) }
    let port = try server.start()
    defer { server.stop() }
    let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let response = try HTTPClient().send(
      HTTPRequest(method: "POST", url: "http://127.0.0.1:\(port)/", body: body))
    #expect(response.body == body)
  }

  @Test func anAnswerThatComesBeforeTheBodyIsSentCounts() throws {
    let server = ScriptedServer([
      [
        .receiveHead,
        .send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig"),
        .stayQuiet,
      ]
    ])
    defer { server.stop() }
    let body = [UInt8](repeating: 0x20, count: 8 << 20)
    let response = try HTTPClient().send(
      HTTPRequest(method: "PUT", url: server.url, body: body))
    #expect(response.status == 413)
    #expect(Self.text(response.body) == "big")
  }

  @Test func redirectsAreNotFollowed() throws {
    let server = ScriptedServer([
      [
        .receive,
        .send("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"),
      ]
    ])
    defer { server.stop() }
    #expect(try HTTPClient().send(HTTPRequest(url: server.url)).status == 302)
    #expect(server.connections == 1)
  }

  struct Refused: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let request: HTTPRequest
    let text: String
  }

  static let refused: [Refused] = [
    Refused(
      testDescription: "no URL", request: HTTPRequest(url: ""),
      text: "the request cannot be sent (its URL)"),
    Refused(
      testDescription: "a file", request: HTTPRequest(url: "file:///etc/passwd"),
      text: "the request cannot be sent (its URL)"),
    Refused(
      testDescription: "no scheme", request: HTTPRequest(url: "h:1"),
      text: "the request cannot be sent (its URL)"),
    Refused(
      testDescription: "a line break in the URL",
      request: HTTPRequest(url: "http://h:1/\r\nX: s3cr3t"),
      text: "the request cannot be sent (its URL)"),
    Refused(
      testDescription: "a line break in the method",
      request: HTTPRequest(method: "GET /\r\n", url: "http://h:1/"),
      text: "h:1: the request cannot be sent (its method)"),
    Refused(
      testDescription: "a line break in a header's name",
      request: HTTPRequest(url: "http://h:1/", headers: [("A: b\r\nC", "s3cr3t")]),
      text: "h:1: the request cannot be sent (a header's name)"),
    Refused(
      testDescription: "a line break in a header's value",
      request: HTTPRequest(url: "https://[::1]/", headers: [("Authorization", "s3cr3t\nX: y")]),
      text:
        "[::1]:443: the request cannot be sent (the value of header Authorization has a line break)"
    ),
  ]

  @Test(arguments: refused) func whatMustNotGetOntoTheWireDoesNot(_ refused: Refused) {
    let failure = #expect(throws: HTTPFailure.self) { try HTTPClient().send(refused.request) }
    #expect(failure?.code == .invalidRequest)
    #expect(failure?.description == refused.text)
  }

  @Test func aClosedPortRefuses() throws {
    let server = ScriptedServer([])
    server.stop()
    let failure = #expect(throws: HTTPFailure.self) {
      try HTTPClient().send(HTTPRequest(url: server.url))
    }
    #expect(failure?.description == "127.0.0.1:\(server.port): connection refused")
  }

  @Test func anUnknownNameIsSaid() {
    let failure = #expect(throws: HTTPFailure.self) {
      try HTTPClient().send(HTTPRequest(url: "http://nowhere.invalid/", timeout: .seconds(20)))
    }
    #expect(
      failure?.description == "nowhere.invalid:80: the host name cannot be resolved")
  }

  @Test func aUserInTheURLIsNotRepeated() {
    let failure = #expect(throws: HTTPFailure.self) {
      try HTTPClient().send(HTTPRequest(url: "http://me:s3cr3t@nowhere.invalid/"))
    }
    #expect(failure?.origin == "nowhere.invalid:80")
  }

  @Test func waitingCanBeGivenUp() throws {
    let server = ScriptedServer([[.receive, .stayQuiet]])
    defer { server.stop() }
    var asked = 0
    let failure = #expect(throws: HTTPFailure.self) {
      try HTTPClient().send(HTTPRequest(url: server.url), askingEvery: .milliseconds(5)) {
        asked += 1
        return asked == 3
      }
    }
    #expect(failure?.code == .cancelled)
    #expect(asked == 3)
  }
}
