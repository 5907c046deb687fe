internal import CFilelogCurl

/// Refuses what must not get onto the wire, before anything is connected.
enum RequestCheck {
  /// `host:port` of a request that can be sent.
  static func origin(of request: HTTPRequest) throws(HTTPFailure) -> String {
    let origin = try origin(ofURL: request.url)
    guard isToken(request.method) else {
      throw HTTPFailure(.invalidRequest, origin: origin, detail: "its method")
    }
    for (name, value) in request.headers {
      guard isToken(name) else {
        throw HTTPFailure(.invalidRequest, origin: origin, detail: "a header's name")
      }
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
        throw HTTPFailure(
          .invalidRequest, origin: origin, detail: "the value of header \(name) has a line break")
      }
    }
    return origin
  }

  private static func origin(ofURL url: String) throws(HTTPFailure) -> String {
    let refused = HTTPFailure(.invalidRequest, origin: "", detail: "its URL")
    let hasControls = url.utf8.contains { $0 <= 0x20 || $0 == 0x7f }
    guard !hasControls, let parts = curl_url() else { throw refused }
    defer { curl_url_cleanup(parts) }
    guard curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK,
      let scheme = part(CURLUPART_SCHEME, of: parts), ["http", "https"].contains(scheme),
      let host = part(CURLUPART_HOST, of: parts), !host.isEmpty,
      let port = part(CURLUPART_PORT, of: parts)
    else { throw refused }
    return "\(host):\(port)"
  }

  private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(url, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else {
      return nil
    }
    defer { curl_free(text) }
    return String(cString: text)
  }

  /// RFC 9110's `token`, of which methods and header names are made.
  private static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }
}
