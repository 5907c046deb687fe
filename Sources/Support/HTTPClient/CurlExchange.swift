internal import CFilelogCurl
internal import FilelogText

/// What libcurl's callbacks read from and write to during one exchange.
final class CurlExchange {
  /// Of all header lines of an answer together, interim answers and trailers included, in bytes.
  static let headerLimit = 64 << 10

  let body: [UInt8]
  private var sent = 0

  private let responseLimit: Int
  private let errorBodyLimit: Int
  private var headerBytes = 0
  private var status = 0
  private var isHeadComplete = false
  private var headers = HTTPHeaders()
  private var received: [UInt8] = []

  enum Overflow { case headers, body, errorBody }
  private(set) var overflow: Overflow?

  init(_ request: HTTPRequest) {
    body = request.body ?? []
    responseLimit = max(0, request.responseLimit)
    errorBodyLimit = max(0, request.errorBodyLimit)
  }

  /// The answer as far as it was received; nil when that ends within the head, which libcurl takes
  /// for an answer without a body.
  var response: HTTPResponse? {
    guard isHeadComplete, status >= 200 else { return nil }
    return HTTPResponse(
      status: status, headers: headers, body: received, isTruncated: overflow == .errorBody)
  }

  /// A line of an answer has come.
  var isAnswered: Bool { headerBytes > 0 }

  // MARK: Sending

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, body.count - sent)
    body.withUnsafeBytes { bytes in
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[sent..<sent + count]))
    }
    sent += count
    return count
  }

  /// libcurl sends again from the start when a kept connection turns out to be closed.
  func rewind(to offset: Int) -> Bool {
    guard (0...body.count).contains(offset) else { return false }
    sent = offset
    return true
  }

  // MARK: Receiving

  /// Takes one header line, its line end included. False stops the exchange.
  func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
    headerBytes += line.count
    guard headerBytes <= Self.headerLimit else {
      overflow = .headers
      return false
    }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      headers = HTTPHeaders()
      isHeadComplete = false
      let fields = text.split(whereSeparator: \.isWhitespace)
      status = fields.count > 1 ? Int(fields[1]) ?? 0 : 0
    } else if text.allSatisfy(\.isNewline) {
      isHeadComplete = true
    } else if let colon = text.firstIndex(of: ":") {
      headers.append(Self.trim(text[..<colon]), Self.trim(text[text.index(after: colon)...]))
    }
    return true
  }

  /// Takes a piece of the body. False stops the exchange.
  func receive(_ piece: UnsafeRawBufferPointer) -> Bool {
    let isError = status >= 300
    let limit = isError ? errorBodyLimit : responseLimit
    if received.isEmpty, let announced = headers["Content-Length"].flatMap({ Int($0) }) {
      if announced > limit, !isError {
        overflow = .body
        return false
      }
      received.reserveCapacity(min(max(0, announced), limit))
    }
    let room = limit - received.count
    received.append(contentsOf: piece.prefix(room))
    guard piece.count <= room else {
      overflow = isError ? .errorBody : .body
      return false
    }
    return true
  }

  private static func trim(_ text: Substring) -> String {
    var text = text
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

// MARK: - What libcurl calls

let curlReadsBody: curl_data_function = { bytes, size, count, context in
  guard let bytes, let context else { return 0 }
  return exchange(context).read(
    into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
}

let curlRewindsBody: curl_seek_function = { context, offset, origin in
  guard let context, origin == 0, exchange(context).rewind(to: Int(offset)) else { return 1 }
  return 0
}

let curlReceivedHeader: curl_data_function = { bytes, size, count, context in
  guard let bytes, let context else { return 0 }
  let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
  return exchange(context).receive(headerLine: line) ? line.count : line.count &+ 1
}

let curlReceivedBody: curl_data_function = { bytes, size, count, context in
  guard let bytes, let context else { return 0 }
  let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
  return exchange(context).receive(piece) ? piece.count : piece.count &+ 1
}

private func exchange(_ context: UnsafeMutableRawPointer) -> CurlExchange {
  Unmanaged<CurlExchange>.fromOpaque(context).takeUnretainedValue()
}
