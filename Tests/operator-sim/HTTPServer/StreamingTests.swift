import HTTPServer
import Synchronization
import TestSupport
import Testing

@Suite(.waits, .timeLimit(.minutes(1))) struct StreamingTests {
  @Test func sendsEachPieceAsAChunkWhenItIsWritten() throws {
    let server = HTTPServer { _ in
      HTTPServerResponse(
        status: 200,
        body: .stream { writer in
          try writer.write(Array("first".utf8))
          _ = writer.wait(until: .now + .milliseconds(1))
          try writer.write(Array("second piece".utf8))
        })
    }
    let client = try RawClient(port: try server.start())
    defer { server.stop() }
    try client.send("GET / HTTP/1.1\r\n\r\n")
    #expect(try client.receive(through: "\r\n\r\n").contains("Transfer-Encoding: chunked\r\n"))
    #expect(
      try client.receive(through: "0\r\n\r\n") == "5\r\nfirst\r\nc\r\nsecond piece\r\n0\r\n\r\n")
    try client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    #expect(try client.receiveToEnd().hasSuffix("0\r\n\r\n"))
  }

  @Test func aWakerEndsAWaitFromAnotherThread() throws {
    let wakers = Mutex<[HTTPWaker]>([])
    let server = HTTPServer { request in
      if request.path == "/wake" {
        for waker in wakers.withLock({ $0 }) { waker.wake() }
        return .text(200, "")
      }
      return HTTPServerResponse(
        status: 200,
        body: .stream { writer in
          wakers.withLock { $0.append(writer.waker) }
          try writer.write(Array("ready".utf8))
          #expect(writer.wait() == .woken)
          #expect(writer.wait(until: .now) == .timedOut)
        })
    }
    let port = try server.start()
    defer { server.stop() }
    let (client, other) = (try RawClient(port: port), try RawClient(port: port))
    try client.send("GET /watch HTTP/1.1\r\n\r\n")
    _ = try client.receive(through: "ready\r\n")
    try other.send("GET /wake HTTP/1.1\r\n\r\n")
    #expect(try client.receive(through: "0\r\n\r\n") == "0\r\n\r\n")
  }

  @Test func aStreamWhoseClientLeavesEnds() throws {
    let ended = Mutex(false)
    let server = HTTPServer { _ in
      HTTPServerResponse(
        status: 200,
        body: .stream { writer in
          try writer.write(Array("ready".utf8))
          let wait = writer.wait()
          ended.withLock { $0 = wait == .ended }
        })
    }
    let port = try server.start()
    var client: RawClient? = try RawClient(port: port)
    try client?.send("GET / HTTP/1.1\r\n\r\n")
    _ = try client?.receive(through: "ready\r\n")
    client = nil
    // Waits for the stream's thread.
    server.stop()
    #expect(ended.withLock { $0 })
  }

  @Test func stoppingEndsStreamsAndPausesAndClosesThePort() throws {
    let paused = Mutex<Bool?>(nil)
    let server = HTTPServer { request in
      if request.path == "/pause" {
        let undisturbed = request.pause(for: .seconds(600))
        paused.withLock { $0 = undisturbed }
        return .text(200, "")
      }
      return HTTPServerResponse(
        status: 200,
        body: .stream { writer in
          try writer.write(Array("ready".utf8))
          _ = writer.wait()
        })
    }
    let port = try server.start()
    let (stream, pause, idle) = (
      try RawClient(port: port), try RawClient(port: port), try RawClient(port: port)
    )
    try pause.send("GET /pause HTTP/1.1\r\n\r\n")
    try stream.send("GET / HTTP/1.1\r\n\r\n")
    _ = try stream.receive(through: "ready\r\n")
    try idle.send("GET / HTTP/1.1\r\n\r\n")
    _ = try idle.receive(through: "ready\r\n")
    server.stop()
    #expect(paused.withLock { $0 } != true)
    #expect(throws: RawClient.Failure.self) { try RawClient(port: port) }
  }

  @Test func aCutAnswerStopsInItsMiddle() throws {
    let server = HTTPServer { request in
      let body: HTTPServerResponse.Body =
        request.path == "/stream"
        ? .stream { writer in
          try writer.write(Array("0123".utf8))
          try writer.write(Array("456789".utf8))
        } : .bytes(Array("0123456789".utf8))
      return HTTPServerResponse(status: 200, body: body, delivery: .cut(afterBytes: 6))
    }
    let port = try server.start()
    defer { server.stop() }
    let (bytes, stream) = (try RawClient(port: port), try RawClient(port: port))
    try bytes.send("GET / HTTP/1.1\r\n\r\n")
    let cut = try bytes.receiveToEnd()
    #expect(cut.contains("Content-Length: 10\r\n") && cut.hasSuffix("\r\n\r\n012345"))
    try stream.send("GET /stream HTTP/1.1\r\n\r\n")
    #expect(try stream.receiveToEnd().hasSuffix("4\r\n0123\r\n6\r\n45"))
  }

  @Test func aResetConnectionSendsNothing() throws {
    let server = HTTPServer { _ in HTTPServerResponse(status: 200, delivery: .reset) }
    let client = try RawClient(port: try server.start())
    defer { server.stop() }
    try client.send("GET / HTTP/1.1\r\n\r\n")
    let failure = #expect(throws: RawClient.Failure.self) { try client.receiveToEnd() }
    #expect(failure?.reason == "Connection reset by peer")
  }

  @Test func aClientThatLeavesDuringALongAnswerDoesNoHarm() throws {
    let server = HTTPServer { request in
      request.path == "/big"
        ? HTTPServerResponse(status: 200, body: .bytes([UInt8](repeating: 0, count: 50 << 20)))
        : .text(200, "alive")
    }
    let port = try server.start()
    defer { server.stop() }
    for _ in 0..<5 {
      let client = try RawClient(port: port)
      try client.send("GET /big HTTP/1.1\r\n\r\n")
      _ = try client.receive(through: "\r\n\r\n")
    }
    let client = try RawClient(port: port)
    try client.send("GET / HTTP/1.1\r\n\r\n")
    #expect(try client.answer().body == "alive")
  }
}
