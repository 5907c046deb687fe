import FilelogHTTPClient
import FilelogJSON
import FoundationEssentials
import TestSupport

@testable import EmulatedAPIServer

/// A client of an emulated API server, through libcurl.
final class APIClient {
  private let http: HTTPClient
  private let endpoint: EmulatedAPIEndpoint
  private let token: String

  struct Reply {
    let status: Int
    let body: [UInt8]

    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
  }

  init(_ endpoint: EmulatedAPIEndpoint, token: String? = nil) throws {
    self.endpoint = endpoint
    self.token = token ?? endpoint.adminToken
    let trust = endpoint.caPEM.map { TLSTrust.authorities(pem: Array($0.utf8)) }
    http = HTTPClient(HTTPClient.Options(trust: trust ?? .system))
  }

  func send(
    _ method: String, _ target: String, _ body: JSONValue? = nil, type: String = "application/json",
    text: String? = nil
  ) throws(HTTPFailure) -> Reply {
    var request = HTTPRequest(method: method, url: endpoint.url + target)
    request.headers = [("Authorization", "Bearer \(token)"), ("Content-Type", type)]
    request.body = text.map { Array($0.utf8) } ?? body.map { JSONWriter.compact.bytes($0) }
    request.timeout = .seconds(20)
    request.connectTimeout = .seconds(5)
    let response = try http.send(request)
    return Reply(status: response.status, body: response.body)
  }
}

/// A client of watches, over plain HTTP.
final class StreamClient {
  private let client: RawClient
  private let token: String

  init(_ endpoint: EmulatedAPIEndpoint) throws {
    client = try RawClient(port: endpoint.port)
    token = endpoint.adminToken
  }

  /// Sends the request, and reads the answer's head.
  func get(_ target: String) throws {
    try client.send("GET \(target) HTTP/1.1\r\nAuthorization: Bearer \(token)\r\n\r\n")
    let head = try client.receive(through: "\r\n\r\n")
    guard head.hasPrefix("HTTP/1.1 200 ") else { throw RawClient.Failure(reason: head) }
  }

  /// The next event, which comes as one chunk.
  func event() throws -> JSONValue {
    // A line end is one character.
    let size = try client.receive(through: "\r\n")
    let text = try client.receive(through: "\n\r\n")
    guard Int(size.dropLast(), radix: 16) == text.utf8.count - 2 else {
      throw RawClient.Failure(reason: "an event is not one chunk")
    }
    return try JSONValue(parsing: text)
  }

  /// Whether nothing more comes, in order or not.
  func isAtEnd() throws -> Bool {
    let rest = (try? client.receiveToEnd()) ?? ""
    return rest.isEmpty || rest == "0\r\n\r\n"
  }
}
