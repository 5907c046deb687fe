internal import CFilelogCurl

/// A URL with another host in it, and how to reach the one that it had.
struct RenamedURL {
  let url: String
  /// `name:port:host:port`, as libcurl's `CONNECT_TO` wants it.
  let connectTo: String
  /// What the request's header `Host` says.
  let originalHost: String

  /// Nil for what is not a URL.
  init?(_ url: String, host name: String) {
    guard let parts = curl_url() else { return nil }
    defer { curl_url_cleanup(parts) }
    guard curl_url_set(parts, CURLUPART_URL, url, UInt32(CURLU_PATH_AS_IS)) == CURLUE_OK,
      let host = Self.part(CURLUPART_HOST, of: parts),
      let port = Self.part(CURLUPART_PORT, of: parts),
      curl_url_set(parts, CURLUPART_HOST, name, 0) == CURLUE_OK,
      let renamed = Self.part(CURLUPART_URL, of: parts)
    else { return nil }
    self.url = renamed
    connectTo = "\(name):\(port):\(host):\(port)"
    originalHost = "\(host):\(port)"
  }

  private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(url, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text
    else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}
