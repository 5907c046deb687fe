internal import CFilelogCurl
internal import FilelogText
internal import Glibc

/// What is known about a transfer that failed, and which failure that is.
struct CurlEvidence {
  let code: CURLcode
  /// libcurl's text. It can name hosts and certificates, never headers or bodies.
  let text: String
  let systemError: Int32
  let wasConnected: Bool
  let wasAnswered: Bool
  let overflow: CurlExchange.Overflow?

  func failure(origin: String, bounds: (whole: Duration, connect: Duration)) -> HTTPFailure {
    let (kind, detail) = judge(origin, bounds)
    return HTTPFailure(kind, origin: origin, detail: detail, curlCode: Int(code.rawValue))
  }

  private func judge(
    _ origin: String, _ bounds: (whole: Duration, connect: Duration)
  ) -> (HTTPFailure.Code, String?) {
    if overflow != nil {
      return (.responseTooLarge, overflow == .headers ? "its headers" : nil)
    }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST: return (.nameNotResolved, nil)
    case CURLE_COULDNT_RESOLVE_PROXY: return (.nameNotResolved, "of the proxy")
    case CURLE_COULDNT_CONNECT: return judgeConnection(origin)
    case CURLE_OPERATION_TIMEDOUT: return (.timedOut, phase(bounds))
    case CURLE_PEER_FAILED_VERIFICATION:
      return (text.holds("target host name") ? .tlsOtherHost : .tlsUntrusted, reason)
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER: return judgeHandshake()
    case CURLE_SSL_CACERT_BADFILE: return (.trustUnusable, nil)
    case CURLE_SSL_CERTPROBLEM: return (.clientCertificateUnusable, nil)
    // Without an answer, libcurl's success means that the head was not complete.
    case CURLE_OK, CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND:
      return (.connectionLost, nil)
    case CURLE_RECV_ERROR:
      if let refusal = proxyRefusal { return (.unreachable, refusal) }
      return (.connectionLost, text.holds("SSL") ? reason : nil)
    // The first is what a header line that never ends comes to, the second an answer without one.
    case CURLE_OUT_OF_MEMORY where wasConnected: return (.responseTooLarge, "its headers")
    case CURLE_UNSUPPORTED_PROTOCOL where wasConnected: return (.malformedResponse, nil)
    case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: return (.malformedResponse, nil)
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT: return (.invalidRequest, "its URL")
    default: return (.clientFault, nil)
    }
  }

  private func judgeConnection(_ origin: String) -> (HTTPFailure.Code, String?) {
    let proxy = proxy(before: origin)
    switch systemError {
    case ECONNREFUSED: return (.connectionRefused, proxy.map { "by the proxy \($0)" })
    case ECONNRESET: return (.connectionLost, proxy.map { "by the proxy \($0)" })
    case 0: return (.unreachable, proxy.map { "the proxy \($0)" })
    default:
      let why = String(cString: strerror(systemError))
      return (.unreachable, proxy.map { "the proxy \($0): \(why)" } ?? why)
    }
  }

  /// `Failed to connect to 10.0.0.1 port 3128 after 0 ms: …` names where the connection was sought: a
  /// proxy, when that is not the server.
  private func proxy(before origin: String) -> String? {
    let words = text.split(separator: " ")
    guard text.hasPrefix("Failed to connect to "), words.count > 6, words[5] == "port" else {
      return nil
    }
    let place = "\(words[4]):\(words[6])"
    return place == origin.filter({ $0 != "[" && $0 != "]" }) ? nil : place
  }

  /// A proxy answered something else than success to the request for a tunnel:
  /// `Received HTTP code 407 from proxy after CONNECT`, of libcurl from 8.0 on
  /// `CONNECT tunnel failed, response 407`.
  private var proxyRefusal: String? {
    guard text.holds("from proxy after CONNECT") || text.holds("CONNECT tunnel failed") else {
      return nil
    }
    let code = text.split { !$0.isNumber }.first { $0.count == 3 }.map(String.init)
    return "the proxy answered \(code ?? "something else than success")"
  }

  /// A server that closes the connection during the handshake is mostly one that is restarting.
  private func judgeHandshake() -> (HTTPFailure.Code, String?) {
    let signs = ["SSL_ERROR_SYSCALL", "Send failure", "Recv failure"]
    if systemError == ECONNRESET || signs.contains(where: text.holds) {
      return (.connectionLost, "during the TLS handshake")
    }
    return (.tlsFailed, reason)
  }

  /// The part of libcurl's text that says why: `SSL certificate problem: certificate has expired`.
  private var reason: String? {
    let known = ["SSL certificate problem: ", "SSL: "].first { text.hasPrefix($0) }
    let why = text.dropFirst(known?.count ?? 0)
    return why.isEmpty ? nil : String(why)
  }

  private func phase(_ bounds: (whole: Duration, connect: Duration)) -> String {
    if text.holds("too slow") { return "the transfer stalled" }
    if !wasConnected {
      return "no connection within \(min(bounds.connect, bounds.whole).inSeconds)"
    }
    if !wasAnswered { return "no answer within \(bounds.whole.inSeconds)" }
    return "the answer did not end within \(bounds.whole.inSeconds)"
  }
}

extension Duration {
  /// `30 s`, `2.5 s`, `0.05 s`.
  var inSeconds: String {
    let milliseconds = wholeMilliseconds
    guard milliseconds % 1000 != 0 else { return "\(milliseconds / 1000) s" }
    var fraction = String(milliseconds % 1000 + 1000).dropFirst()
    while fraction.last == "0" { fraction.removeLast() }
    return "\(milliseconds / 1000).\(fraction) s"
  }
}
