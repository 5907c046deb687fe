import FilelogHTTPClient
import HTTPServer
import TestSupport
import Testing

@Suite(.waits) struct TLSTests {
  /// Sends one request to a server with this identity.
  func send(
    _ identity: TLSIdentity, _ options: HTTPClient.Options, host: String = "127.0.0.1"
  ) throws -> HTTPResponse {
    let server = HTTPServer(tls: identity) { _ in .text(200, "ok") }
    let port = try server.start()
    defer { server.stop() }
    return try HTTPClient(options).send(HTTPRequest(url: "https://\(host):\(port)/"))
  }

  func failure(
    _ identity: TLSIdentity, _ options: HTTPClient.Options, host: String = "127.0.0.1"
  ) -> HTTPFailure? {
    #expect(throws: HTTPFailure.self) { try send(identity, options, host: host) }
  }

  func trusting(_ identity: TLSIdentity) -> HTTPClient.Options {
    HTTPClient.Options(trust: .authorities(pem: Array(identity.caPEM.utf8)))
  }

  @Test(arguments: ["127.0.0.1", "localhost"])
  func aServerSignedByTheGivenAuthorityIsTrusted(_ host: String) throws {
    let identity = try TLSIdentity.generate()
    #expect(try send(identity, trusting(identity), host: host).status == 200)
  }

  @Test func oneOfSeveralAuthoritiesIsEnough() throws {
    let identity = try TLSIdentity.generate()
    let pem = try TLSIdentity.generate().caPEM + "\n" + identity.caPEM
    let options = HTTPClient.Options(trust: .authorities(pem: Array(pem.utf8)))
    #expect(try send(identity, options).status == 200)
  }

  @Test func anotherAuthorityIsNotTrusted() throws {
    let failure = failure(try .generate(), trusting(try .generate()))
    #expect(failure?.code == .tlsUntrusted)
    #expect(failure?.detail == "unable to get local issuer certificate")
    #expect(
      failure?.description.hasSuffix(
        ": the server's certificate is not trusted (unable to get local issuer certificate)")
        == true)
  }

  @Test func serverNameIsVerifiedInPlaceOfHost() throws {
    let identity = try TLSIdentity.generate(names: ["api.example"], addresses: [])
    #expect(failure(identity, trusting(identity))?.code == .tlsOtherHost)
    var options = trusting(identity)
    options.serverName = "api.example"
    #expect(try send(identity, options).status == 200)
    options.serverName = "other.example"
    #expect(failure(identity, options)?.code == .tlsOtherHost)
  }

  @Test func requestsGoThroughGivenProxy() throws {
    let proxy = ScriptedServer([[.receive, .send("HTTP/1.1 204 No Content\r\n\r\n")]])
    defer { proxy.stop() }
    var options = HTTPClient.Options()
    options.proxy = .url(proxy.url)
    _ = try HTTPClient(options).send(HTTPRequest(url: "http://api.invalid/version"))
    #expect(proxy.requests.first?.head.hasPrefix("GET http://api.invalid/version HTTP/1.1") == true)
  }

  /// "Connection refused" alone would send its readers to the server.
  @Test func failuresOfProxyNameIt() throws {
    let refusing = ScriptedServer([
      [.receive, .send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")]
    ])
    defer { refusing.stop() }
    func failure(_ proxy: String) -> String? {
      var options = HTTPClient.Options()
      options.proxy = .url(proxy)
      do throws(HTTPFailure) {
        _ = try HTTPClient(options).send(HTTPRequest(url: "https://10.0.0.1:6443/version"))
        return nil
      } catch { return "\(error)" }
    }
    #expect(
      failure(refusing.url)
        == "10.0.0.1:6443: the host cannot be reached (the proxy answered 407)")
    #expect(
      failure("http://127.0.0.1:1")
        == "10.0.0.1:6443: connection refused (by the proxy 127.0.0.1:1)")
    #expect(
      failure("http://proxy.invalid:1")
        == "10.0.0.1:6443: the host name cannot be resolved (of the proxy)")
  }

  @Test func theSystemDoesNotTrustOurAuthority() throws {
    #expect(failure(try .generate(), HTTPClient.Options())?.code == .tlsUntrusted)
  }

  @Test func anExpiredCertificateIsNotTrusted() throws {
    let identity = try TLSIdentity.generate(lifetime: .seconds(-60))
    let failure = failure(identity, trusting(identity))
    #expect(failure?.code == .tlsUntrusted)
    #expect(failure?.detail == "certificate has expired")
  }

  @Test func aCertificateForAnotherHostIsNotTrusted() throws {
    let identity = try TLSIdentity.generate(names: ["other.example"], addresses: ["192.0.2.1"])
    for host in ["127.0.0.1", "localhost"] {
      let failure = failure(identity, trusting(identity), host: host)
      #expect(failure?.code == .tlsOtherHost)
      #expect(failure?.detail?.contains(host) == true)
    }
  }

  @Test func insecureBelievesAnybody() throws {
    let identity = try TLSIdentity.generate(names: ["other.example"], addresses: [])
    #expect(try send(identity, HTTPClient.Options(trust: .insecure)).status == 200)
  }

  @Test(arguments: [
    "", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  ])
  func damagedAuthorityTrustsNoServer(_ pem: String) throws {
    let options = HTTPClient.Options(trust: .authorities(pem: Array(pem.utf8)))
    let failure = failure(try .generate(), options)
    #expect([.trustUnusable, .tlsUntrusted].contains(failure?.code))
  }

  @Test func aClientCertificateThatIsNoneIsSaid() throws {
    let identity = try TLSIdentity.generate()
    var options = trusting(identity)
    options.clientCertificate = ClientCertificate(
      certificate: Array("nonsense".utf8), key: Array("s3cr3t".utf8))
    let failure = failure(identity, options)
    #expect(failure?.code == .clientCertificateUnusable)
    #expect(failure?.description.contains("s3cr3t") == false)
  }

  @Test func aKeyOfAnotherCertificateIsSaid() throws {
    let identity = try TLSIdentity.generate()
    let other = try TLSIdentity.generate()
    var options = trusting(identity)
    options.clientCertificate = ClientCertificate(
      certificate: Array(identity.certificatePEM.utf8), key: Array(other.privateKeyPEM.utf8))
    #expect(failure(identity, options)?.code == .clientCertificateUnusable)
  }

  @Test func plainHTTPWhereTLSIsExpectedIsSaid() throws {
    let server = ScriptedServer([[.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .stayQuiet]])
    defer { server.stop() }
    let failure = #expect(throws: HTTPFailure.self) {
      try HTTPClient(HTTPClient.Options(trust: .insecure)).send(
        HTTPRequest(url: "https://127.0.0.1:\(server.port)/"))
    }
    #expect(failure?.code == .tlsFailed)
    #expect(failure?.detail?.contains("wrong version number") == true)
  }

  @Test func aHandshakeWithoutAnswerTimesOut() throws {
    let server = ScriptedServer([[.stayQuiet]])
    defer { server.stop() }
    let failure = #expect(throws: HTTPFailure.self) {
      try HTTPClient().send(
        HTTPRequest(
          url: "https://127.0.0.1:\(server.port)/", timeout: .seconds(30),
          connectTimeout: .milliseconds(200)))
    }
    #expect(failure?.code == .timedOut)
    #expect(failure?.detail == "no connection within 0.2 s")
  }

  @Test func aHandshakeThatIsCutOffIsALostConnection() throws {
    let server = ScriptedServer([[.receiveByte, .reset]])
    defer { server.stop() }
    let failure = #expect(throws: HTTPFailure.self) {
      try HTTPClient().send(HTTPRequest(url: "https://127.0.0.1:\(server.port)/"))
    }
    #expect(failure?.code == .connectionLost)
    #expect(failure?.detail == "during the TLS handshake")
  }
}
