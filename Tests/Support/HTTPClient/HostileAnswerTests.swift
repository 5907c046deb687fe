import FilelogHTTPClient
import TestSupport
import Testing

/// What a server can do wrong, and the one failure that each comes to.
@Suite(.waits) struct HostileAnswerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let script: [ScriptedServer.Step]
    let code: HTTPFailure.Code
    let text: String
  }

  static let cases: [Case] = [
    Case(
      testDescription: "closes without a word", script: [.receive], code: .connectionLost,
      text: "the connection was lost before the answer was complete"),
    Case(
      testDescription: "resets the connection", script: [.receive, .reset], code: .connectionLost,
      text: "the connection was lost before the answer was complete"),
    Case(
      testDescription: "half a head", script: [.receive, .send("HTTP/1.1 200 OK\r\nContent-Le")],
      code: .connectionLost, text: "the connection was lost before the answer was complete"),
    Case(
      testDescription: "half a body",
      script: [.receive, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")],
      code: .connectionLost, text: "the connection was lost before the answer was complete"),
    Case(
      testDescription: "chunks that are none",
      script: [.receive, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")],
      code: .connectionLost, text: "the connection was lost before the answer was complete"),
    Case(
      testDescription: "garbage", script: [.receive, .send([0, 1, 2, 0xff, 0xfe, 0x0a])],
      code: .malformedResponse, text: "the answer is not HTTP"),
    Case(
      testDescription: "text without a head", script: [.receive, .send("hello\n")],
      code: .malformedResponse, text: "the answer is not HTTP"),
    Case(
      testDescription: "a length that is not a number",
      script: [.receive, .send("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nx")],
      code: .malformedResponse, text: "the answer is not HTTP"),
    Case(
      testDescription: "headers without end",
      script: [
        .receive, .send("HTTP/1.1 200 OK\r\n"), .drip(filler("X-A: ", 1000), every: .zero),
      ], code: .responseTooLarge, text: "the answer is too large (its headers)"),
    Case(
      testDescription: "interim answers without end",
      script: [
        .receive,
        .drip(Array("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".utf8), every: .zero),
      ], code: .responseTooLarge, text: "the answer is too large (its headers)"),
    Case(
      testDescription: "a header line without end",
      script: [
        .receive, .send("HTTP/1.1 200 OK\r\nX-A: "),
        .drip(Array(repeating: UInt8(ascii: "a"), count: 1000), every: .zero),
      ], code: .responseTooLarge, text: "the answer is too large (its headers)"),
    Case(
      testDescription: "announces too much",
      script: [
        .receive, .send("HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\nx"), .stayQuiet,
      ], code: .responseTooLarge, text: "the answer is too large"),
    Case(
      testDescription: "a body without end",
      script: [
        .receive, .send("HTTP/1.1 200 OK\r\n\r\n"),
        .drip(Array(repeating: 0x20, count: 1000), every: .zero),
      ], code: .responseTooLarge, text: "the answer is too large"),
    Case(
      testDescription: "never answers", script: [.receive, .stayQuiet], code: .timedOut,
      text: "timed out (no answer within 1.5 s)"),
    Case(
      testDescription: "drips its head",
      script: [
        .receive, .send("HTTP/1.1 200 OK\r\n"),
        .drip(Array("A: b\r\n".utf8), every: .milliseconds(20)),
      ], code: .timedOut, text: "timed out (the answer did not end within 1.5 s)"),
    Case(
      testDescription: "drips its body",
      script: [
        .receive, .send("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n"),
        .drip([0x20], every: .milliseconds(20)),
      ], code: .timedOut, text: "timed out (the answer did not end within 1.5 s)"),
  ]

  static func filler(_ start: String, _ count: Int) -> [UInt8] {
    Array((start + String(repeating: "a", count: count) + "\r\n").utf8)
  }

  @Test(arguments: cases) func aHostileAnswerComesToOneClearFailure(_ hostile: Case) throws {
    let server = ScriptedServer([hostile.script, hostile.script])
    defer { server.stop() }
    // Long enough for a busy machine to get as far as the script says.
    let timeout: Duration = hostile.code == .timedOut ? .milliseconds(1500) : .seconds(30)
    let request = HTTPRequest(url: server.url, timeout: timeout, responseLimit: 100_000)
    let failure = #expect(throws: HTTPFailure.self) { try HTTPClient().send(request) }
    #expect(failure?.code == hostile.code)
    #expect(failure?.description == "127.0.0.1:\(server.port): \(hostile.text)")
  }

  @Test func aStalledTransferIsGivenUpBeforeItsTimeout() throws {
    let server = ScriptedServer([
      [.receive, .send("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n"), .stayQuiet]
    ])
    defer { server.stop() }
    let request = HTTPRequest(url: server.url, timeout: .seconds(60), stallTimeout: .seconds(1))
    let failure = #expect(throws: HTTPFailure.self) { try HTTPClient().send(request) }
    #expect(failure?.code == .timedOut)
    #expect(failure?.detail == "the transfer stalled")
  }

  @Test func theBodyOfAnErrorIsKeptToItsLimitAndTheStatusIsNotLost() throws {
    let server = ScriptedServer([
      [
        .receive, .send("HTTP/1.1 422 Unprocessable Entity\r\nContent-Length: 3000000\r\n\r\n"),
        .drip(Array(repeating: UInt8(ascii: "e"), count: 1000), every: .zero),
      ]
    ])
    defer { server.stop() }
    let response = try HTTPClient().send(HTTPRequest(url: server.url, errorBodyLimit: 2500))
    #expect(response.status == 422)
    #expect(response.isTruncated)
    #expect(response.body == Array(repeating: UInt8(ascii: "e"), count: 2500))
  }

  @Test func anAnswerOfExactlyTheLimitIsWhole() throws {
    let server = ScriptedServer([
      [.receive, .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde")]
    ])
    defer { server.stop() }
    let response = try HTTPClient().send(HTTPRequest(url: server.url, responseLimit: 5))
    #expect(String(decoding: response.body, as: UTF8.self) == "abcde")
    #expect(!response.isTruncated)
  }
}
