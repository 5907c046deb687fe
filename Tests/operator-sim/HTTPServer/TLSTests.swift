import HTTPServer
import Synchronization
import TestSupport
import Testing

@Suite(.waits, .timeLimit(.minutes(1))) struct TLSTests {
  @Test(arguments: ["127.0.0.1", "::1", "localhost"])
  func aClientThatTrustsTheAuthorityIsServed(_ name: String) throws {
    let identity = try TLSIdentity.generate()
    let server = HTTPServer(tls: identity) { request in
      HTTPServerResponse(status: 200, body: .bytes(request.body))
    }
    let client = try RawClient(port: try server.start())
    defer { server.stop() }
    try client.startTLS(caPEM: identity.caPEM, name: name)
    let body = String(repeating: "0123456789", count: 200_000)
    for _ in 0..<2 {
      try client.send("PUT / HTTP/1.1\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      #expect(try client.answer().body == body)
    }
  }

  @Test func anotherAuthorityOfTheSameNameIsNotTrusted() throws {
    let server = HTTPServer(tls: try .generate()) { _ in .text(200, "") }
    let client = try RawClient(port: try server.start())
    defer { server.stop() }
    let other = try TLSIdentity.generate()
    #expect(throws: RawClient.Failure.self) {
      try client.startTLS(caPEM: other.caPEM, name: "localhost")
    }
  }

  @Test func aNameThatTheCertificateDoesNotHoldIsRefused() throws {
    let identity = try TLSIdentity.generate(names: ["one.example"], addresses: [])
    let server = HTTPServer(tls: identity) { _ in .text(200, "") }
    let client = try RawClient(port: try server.start())
    defer { server.stop() }
    let failure = #expect(throws: RawClient.Failure.self) {
      try client.startTLS(caPEM: identity.caPEM, name: "two.example")
    }
    #expect(failure?.reason == "hostname mismatch")
  }

  @Test func anExpiredCertificateIsRefused() throws {
    let identity = try TLSIdentity.generate(lifetime: .seconds(-60))
    let server = HTTPServer(tls: identity) { _ in .text(200, "") }
    let client = try RawClient(port: try server.start())
    defer { server.stop() }
    let failure = #expect(throws: RawClient.Failure.self) {
      try client.startTLS(caPEM: identity.caPEM, name: "localhost")
    }
    #expect(failure?.reason == "certificate has expired")
  }

  @Test func anIdentityThatIsNoPEMIsAnErrorWhenTheServerStarts() throws {
    let identity = try TLSIdentity.generate()
    let other = try TLSIdentity.generate()
    let broken = TLSIdentity(
      certificatePEM: identity.certificatePEM, privateKeyPEM: other.privateKeyPEM,
      caPEM: identity.caPEM)
    let server = HTTPServer(tls: broken) { _ in .text(200, "") }
    let error = #expect(throws: HTTPServerError.self) { try server.start() }
    #expect(
      error?.description == "TLS key and certificate cannot be used: certificate and key do not fit"
    )
  }

  @Test func plainTextOnATLSPortIsClosed() throws {
    let server = HTTPServer(tls: try .generate()) { _ in .text(200, "secret") }
    let client = try RawClient(port: try server.start())
    defer { server.stop() }
    try client.send("GET / HTTP/1.1\r\n\r\n")
    // Closed in order or reset: either way without an answer.
    #expect((try? client.receiveToEnd())?.contains("secret") != true)
  }
}

@Suite(.timeLimit(.minutes(1))) struct StartingTests {
  @Test func aTakenPortIsAnErrorThatNamesIt() throws {
    let first = HTTPServer { _ in .text(200, "") }
    let port = try first.start()
    defer { first.stop() }
    let second = HTTPServer(port: port) { _ in .text(200, "") }
    let error = #expect(throws: HTTPServerError.self) { try second.start() }
    #expect(error?.description == "cannot listen on 127.0.0.1:\(port): Address already in use")
  }

  @Test func aStoppedServersPortCanBeUsedAgain() throws {
    let first = HTTPServer { _ in .text(200, "one") }
    let port = try first.start()
    let client = try RawClient(port: port)
    try client.send("GET / HTTP/1.1\r\n\r\n")
    #expect(try client.answer().body == "one")
    first.stop()
    let second = HTTPServer(port: port) { _ in .text(200, "two") }
    #expect(try second.start() == port)
    defer { second.stop() }
    let other = try RawClient(port: port)
    try other.send("GET / HTTP/1.1\r\n\r\n")
    #expect(try other.answer().body == "two")
  }

  @Test func aServerStartsOnlyOnce() throws {
    let server = HTTPServer { _ in .text(200, "") }
    _ = try server.start()
    #expect(throws: HTTPServerError.alreadyStarted) { try server.start() }
    server.stop()
    #expect(throws: HTTPServerError.alreadyStarted) { try server.start() }
  }

  @Test func connectionsBeyondTheLimitAreClosed() throws {
    var limits = HTTPServerLimits()
    limits.connections = 1
    let server = HTTPServer(limits: limits) { _ in .text(200, "served") }
    let port = try server.start()
    defer { server.stop() }
    let first = try RawClient(port: port)
    try first.send("GET / HTTP/1.1\r\n\r\n")
    #expect(try first.answer().body == "served")
    let second = try RawClient(port: port)
    #expect(try second.receiveToEnd() == "")
  }

  @Test func manyClientsAreServedAtOnce() async throws {
    let server = HTTPServer { request in .text(200, request.path) }
    let port = try server.start()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<40 {
        group.addTask {
          let client = try RawClient(port: port)
          for round in 0..<20 {
            try client.send("GET /\(number)/\(round) HTTP/1.1\r\n\r\n")
            #expect(try client.answer().body == "/\(number)/\(round)")
          }
        }
      }
      try await group.waitForAll()
    }
    server.stop()
  }
}
