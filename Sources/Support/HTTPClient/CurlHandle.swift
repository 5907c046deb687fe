internal import CFilelogCurl

/// One libcurl easy handle: options in, facts out. The only place that sets options.
final class CurlHandle {
  let raw: UnsafeMutableRawPointer
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private var connectTo: UnsafeMutablePointer<curl_slist>?
  private let errorText: UnsafeMutablePointer<CChar>

  /// Nil when libcurl has no memory for it.
  init?() {
    guard Self.isLibraryReady, let handle = curl_easy_init() else { return nil }
    raw = handle
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    curl_easy_cleanup(raw)
    curl_slist_free_all(headerList)
    curl_slist_free_all(connectTo)
    errorText.deallocate()
  }

  private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// Forgets every option (connections stay open) and sets those of this request.
  ///
  /// `exchange` must live until the transfer is over.
  /// - Returns: false when an option was refused, which is a lack of memory or an old libcurl.
  func prepare(
    _ request: HTTPRequest, _ options: HTTPClient.Options, _ exchange: CurlExchange
  ) -> Bool {
    curl_easy_reset(raw)
    curl_slist_free_all(headerList)
    headerList = nil
    errorText[0] = 0
    return setTransport(request, options.proxy) && setSecurity(options)
      && setRequest(request, options.serverName) && setCallbacks(exchange)
  }

  private func setTransport(_ request: HTTPRequest, _ proxy: HTTPProxy) -> Bool {
    var ok = curl_set_web_protocols_only(raw) == CURLE_OK
    ok = curl_set_leave_lookups_behind(raw) == CURLE_OK && ok
    ok = set(CURLOPT_NOSIGNAL, 1) && ok
    ok = set(CURLOPT_FOLLOWLOCATION, 0) && ok
    ok = set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)) && ok
    ok = set(CURLOPT_TCP_KEEPALIVE, 1) && ok
    ok = set(CURLOPT_TCP_KEEPIDLE, 30) && ok
    ok = set(CURLOPT_TCP_KEEPINTVL, 15) && ok
    ok = set(CURLOPT_TIMEOUT_MS, request.timeout.wholeMilliseconds) && ok
    ok = set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds) && ok
    if let stall = request.stallTimeout {
      ok = set(CURLOPT_LOW_SPEED_LIMIT, 64) && ok
      ok = set(CURLOPT_LOW_SPEED_TIME, max(1, stall.wholeMilliseconds / 1000)) && ok
    }
    switch proxy {
    case .none: ok = set(CURLOPT_PROXY, "") && set(CURLOPT_NOPROXY, "*") && ok
    case .url(let url): ok = set(CURLOPT_PROXY, url) && set(CURLOPT_NOPROXY, "") && ok
    case .environment: break
    }
    return ok
  }

  private func setSecurity(_ options: HTTPClient.Options) -> Bool {
    var ok = set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    switch options.trust {
    case .system: break
    case .authorities(let pem):
      ok = set(CURLOPT_CAINFO_BLOB, pem) && ok
      // libcurl adds the system's directory of authorities to the bytes unless told not to.
      ok = curl_set_string(raw, CURLOPT_CAPATH, nil) == CURLE_OK && ok
    case .insecure:
      ok = set(CURLOPT_SSL_VERIFYPEER, 0) && set(CURLOPT_SSL_VERIFYHOST, 0) && ok
    }
    if let client = options.clientCertificate {
      ok = set(CURLOPT_SSLCERTTYPE, "PEM") && set(CURLOPT_SSLCERT_BLOB, client.certificate) && ok
      ok = set(CURLOPT_SSLKEYTYPE, "PEM") && set(CURLOPT_SSLKEY_BLOB, client.key) && ok
      // Without one, OpenSSL asks the terminal for the password of an encrypted key.
      ok = set(CURLOPT_KEYPASSWD, "") && ok
    }
    return ok
  }

  private func setRequest(_ request: HTTPRequest, _ serverName: String?) -> Bool {
    var ok = setAddress(request.url, serverName) && set(CURLOPT_PATH_AS_IS, 1)
    if let body = request.body {
      ok = set(CURLOPT_POST, 1) && ok
      ok =
        curl_set_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)) == CURLE_OK && ok
      // libcurl would wait a second for permission to send a large body, and call a body a form.
      ok = append(header: "Expect:") && append(header: "Content-Type:") && ok
    } else if request.method == "HEAD" {
      ok = set(CURLOPT_NOBODY, 1) && ok
    } else {
      ok = set(CURLOPT_HTTPGET, 1) && ok
    }
    ok = set(CURLOPT_CUSTOMREQUEST, request.method) && ok
    for (name, value) in request.headers {
      ok = append(header: value.isEmpty ? "\(name);" : "\(name): \(value)") && ok
    }
    return curl_set_list(raw, CURLOPT_HTTPHEADER, headerList) == CURLE_OK && ok
  }

  /// libcurl verifies the URL's host: with another name to verify, the URL has that name, and the
  /// connection goes where the URL said.
  private func setAddress(_ url: String, _ serverName: String?) -> Bool {
    guard let serverName else { return set(CURLOPT_URL, url) }
    guard let renamed = RenamedURL(url, host: serverName) else { return false }
    curl_slist_free_all(connectTo)
    connectTo = curl_slist_append(nil, renamed.connectTo)
    return set(CURLOPT_URL, renamed.url)
      && curl_set_list(raw, CURLOPT_CONNECT_TO, connectTo) == CURLE_OK
      && append(header: "Host: \(renamed.originalHost)")
  }

  private func setCallbacks(_ exchange: CurlExchange) -> Bool {
    let context = Unmanaged.passUnretained(exchange).toOpaque()
    var ok = curl_set_data_function(raw, CURLOPT_READFUNCTION, curlReadsBody) == CURLE_OK
    ok = curl_set_seek_function(raw, curlRewindsBody) == CURLE_OK && ok
    ok = curl_set_data_function(raw, CURLOPT_HEADERFUNCTION, curlReceivedHeader) == CURLE_OK && ok
    ok = curl_set_data_function(raw, CURLOPT_WRITEFUNCTION, curlReceivedBody) == CURLE_OK && ok
    for option in [CURLOPT_READDATA, CURLOPT_SEEKDATA, CURLOPT_HEADERDATA, CURLOPT_WRITEDATA] {
      ok = curl_set_pointer(raw, option, context) == CURLE_OK && ok
    }
    return curl_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText) == CURLE_OK && ok
  }

  // MARK: Facts about the transfer that is over

  /// What libcurl says of the failure, printable and bounded.
  var failureText: String {
    let printable = String(cString: errorText).unicodeScalars.filter { $0.value >= 0x20 }
    return String(String.UnicodeScalarView(printable.prefix(200)))
  }

  /// `errno` of the failed system call, or 0.
  var systemError: Int32 {
    var value = 0
    return curl_get_long(raw, CURLINFO_OS_ERRNO, &value) == CURLE_OK ? Int32(clamping: value) : 0
  }

  /// The handshake was over and the request could be sent.
  var wasConnected: Bool { microseconds(CURLINFO_PRETRANSFER_TIME_T) > 0 }

  private func microseconds(_ info: CURLINFO) -> Int {
    var value: curl_off_t = 0
    return curl_get_offset(raw, info, &value) == CURLE_OK ? Int(value) : 0
  }

  // MARK: One name for each kind of option

  private func set(_ option: CURLoption, _ value: Int) -> Bool {
    curl_set_long(raw, option, value) == CURLE_OK
  }

  private func set(_ option: CURLoption, _ value: String) -> Bool {
    curl_set_string(raw, option, value) == CURLE_OK
  }

  private func set(_ option: CURLoption, _ value: [UInt8]) -> Bool {
    value.withUnsafeBytes {
      curl_set_blob(raw, option, $0.baseAddress, $0.count) == CURLE_OK
    }
  }

  private func append(header: String) -> Bool {
    guard let list = curl_slist_append(headerList, header) else { return false }
    headerList = list
    return true
  }
}

extension Duration {
  /// At least one: libcurl takes zero for "no limit".
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    let whole = seconds.multipliedReportingOverflow(by: 1000)
    guard !whole.overflow else { return seconds < 0 ? 1 : Int(Int32.max) }
    return Int(
      min(max(1, whole.partialValue + attoseconds / 1_000_000_000_000_000), Int64(Int32.max)))
  }
}
