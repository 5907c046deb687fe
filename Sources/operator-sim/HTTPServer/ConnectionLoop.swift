internal import FilelogText

/// The life of one connection: request, response, and so on until one side has had enough.
struct ConnectionLoop {
  let stream: ConnectionStream
  let service: HTTPServer.Service
  let isStopping: @Sendable () -> Bool

  /// - Returns: true when the connection must be reset instead of closed in order.
  func run() -> Bool {
    var reader = RequestReader(stream, limits: service.limits)
    do {
      while !isStopping() {
        guard let (head, deadline) = try reader.head() else { break }
        let body = try reader.body(head, until: deadline)
        let response = respond(head, body)
        if response.delivery == .reset { return true }
        guard try send(response, for: head) else { break }
      }
      stream.finishSending()
    } catch let refusal as RequestHead.Refusal {
      refuse(refusal)
    } catch {
      // The client is gone.
    }
    return false
  }

  private func respond(_ head: RequestHead, _ body: RequestReader.Body) -> HTTPServerResponse {
    switch body {
    case .whole(let bytes): service.handler(request(head, bytes))
    case .tooLarge: service.oversized(request(head, []))
    }
  }

  private func request(_ head: RequestHead, _ body: [UInt8]) -> HTTPServerRequest {
    HTTPServerRequest(
      method: head.method, target: head.target, headers: head.fields, body: body,
      connection: stream)
  }

  private func refuse(_ refusal: RequestHead.Refusal) {
    let response = HTTPServerResponse.text(refusal.status, refusal.reason + "\n")
    guard case .bytes(let body) = response.body else { return }
    let head = Self.head(
      response, framing: [("Content-Length", String(body.count)), ("Connection", "close")])
    guard (try? stream.send(head + body, patience: service.limits.sending)) != nil else { return }
    stream.finishSending()
    // Closing while unread bytes are there would reset the connection, and the refusal with it.
    var scratch = [UInt8](repeating: 0, count: 64 << 10)
    let deadline = ContinuousClock.now + .seconds(1)
    while !isStopping(),
      let count = scratch.withUnsafeMutableBytes({ try? stream.receive($0, until: deadline) }),
      count > 0
    {}
  }

  /// - Returns: whether the connection may be used again.
  private func send(
    _ response: HTTPServerResponse, for head: RequestHead
  ) throws(HTTPConnectionEnded) -> Bool {
    switch response.body {
    case .bytes(let body): try sendBytes(body, response, for: head)
    case .stream(let produce): try sendStream(produce, response, for: head)
    }
  }

  private func sendBytes(
    _ body: [UInt8], _ response: HTTPServerResponse, for head: RequestHead
  ) throws(HTTPConnectionEnded) -> Bool {
    let keeps = head.keepsConnection && response.delivery == .whole && !isStopping()
    var framing = response.status == 204 ? [] : [("Content-Length", String(body.count))]
    if !keeps { framing.append(("Connection", "close")) }
    var out = Self.head(response, framing: framing)
    if head.method != "HEAD", response.status != 204, response.status != 304 {
      if case .cut(let count) = response.delivery { out += body.prefix(count) } else { out += body }
    }
    try stream.send(out, patience: service.limits.sending)
    return keeps
  }

  private func sendStream(
    _ produce: @Sendable (HTTPBodyWriter) throws -> Void, _ response: HTTPServerResponse,
    for head: RequestHead
  ) throws(HTTPConnectionEnded) -> Bool {
    let patience = service.limits.sending
    let keeps = head.keepsConnection && head.isHTTP11
    var framing = head.isHTTP11 ? [("Transfer-Encoding", "chunked")] : []
    if !keeps { framing.append(("Connection", "close")) }
    try stream.send(Self.head(response, framing: framing), patience: patience)
    if head.method == "HEAD" { return keeps }
    let writer = HTTPBodyWriter(
      stream, patience: patience, isChunked: head.isHTTP11, delivery: response.delivery)
    do {
      try produce(writer)
    } catch {
      throw HTTPConnectionEnded(description: "the answer was cut off")
    }
    try writer.finish()
    return keeps
  }

  private static func head(
    _ response: HTTPServerResponse, framing: [(String, String)]
  ) -> [UInt8] {
    var text = "HTTP/1.1 \(response.status) \(StatusPhrase.of(response.status))\r\n"
    for (name, value) in response.headers.fields.map({ ($0.name, $0.value) }) + framing {
      // A value that holds a line break would end the head early.
      text += "\(name): \(value.filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" })\r\n"
    }
    return Array((text + "\r\n").utf8)
  }
}

enum StatusPhrase {
  static func of(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 409: "Conflict"
    case 410: "Gone"
    case 413: "Request Entity Too Large"
    case 415: "Unsupported Media Type"
    case 422: "Unprocessable Entity"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    default: "Status"
    }
  }
}
