import FilelogHTTPClient
import Glibc
import TestSupport
import Testing

@Suite(.waits) struct HTTPTransferTests {
  static let ok = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

  /// Polls without waiting until there is an outcome.
  func finish(_ transfer: HTTPTransfer) throws -> HTTPResponse {
    while true {
      if let response = try transfer.poll() { return response }
      usleep(1000)
    }
  }

  @Test func aTransferEndsByBeingPolled() throws {
    let server = ScriptedServer([[.receive, Self.ok]])
    defer { server.stop() }
    let transfer = try HTTPClient().start(HTTPRequest(url: server.url, timeout: .seconds(20)))
    #expect(try finish(transfer).status == 200)
    #expect(try transfer.poll()?.status == 200)
  }

  @Test func aPollOfAQuietServerDoesNotWait() throws {
    let server = ScriptedServer([[.receive, .stayQuiet]])
    defer { server.stop() }
    let transfer = try HTTPClient().start(HTTPRequest(url: server.url, timeout: .seconds(60)))
    let start = ContinuousClock.now
    for _ in 0..<100 { #expect(try transfer.poll() == nil) }
    #expect(start.duration(to: .now) < .seconds(5))
  }

  @Test func aFailureIsGivenAgainWhenAsked() throws {
    let server = ScriptedServer([])
    server.stop()
    let transfer = try HTTPClient().start(HTTPRequest(url: server.url))
    for _ in 0..<2 {
      let failure = #expect(throws: HTTPFailure.self) { try finish(transfer) }
      #expect(failure?.code == .connectionRefused)
    }
  }

  @Test func aCancelledTransferLetsTheNextOneBegin() throws {
    let server = ScriptedServer([[.receive, .stayQuiet], [.receive, Self.ok]])
    defer { server.stop() }
    let client = HTTPClient()
    let first = try client.start(HTTPRequest(url: server.url))
    #expect(try first.poll(waitingUpTo: .milliseconds(20)) == nil)
    first.cancel()
    #expect(throws: HTTPFailure.self) { try first.poll() }
    #expect(try client.send(HTTPRequest(url: server.url)).status == 200)
  }

  @Test func aTransferThatIsLetGoOfIsCancelled() throws {
    let server = ScriptedServer([[.receive, .stayQuiet], [.receive, Self.ok]])
    defer { server.stop() }
    let client = HTTPClient()
    _ = try client.start(HTTPRequest(url: server.url)).poll(waitingUpTo: .milliseconds(20))
    #expect(try client.send(HTTPRequest(url: server.url)).status == 200)
  }

  @Test func writingToAClosedConnectionRaisesNoSignal() throws {
    // The default action of SIGPIPE would end the test process.
    signal(SIGPIPE, SIG_DFL)
    let server = ScriptedServer((0..<20).map { _ in [.receiveHead, .reset] })
    defer { server.stop() }
    let body = [UInt8](repeating: 0, count: 4 << 20)
    for _ in 0..<20 {
      #expect(throws: HTTPFailure.self) {
        try HTTPClient().send(HTTPRequest(method: "POST", url: server.url, body: body))
      }
    }
    var pending = sigset_t()
    sigpending(&pending)
    #expect(sigismember(&pending, SIGPIPE) == 0)
  }
}
