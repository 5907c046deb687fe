/// Reads one request after the other from a connection's bytes.
struct RequestReader {
  enum Body {
    case whole([UInt8])
    /// Larger than allowed, read to its end and thrown away.
    case tooLarge
  }

  private let stream: ConnectionStream
  private let limits: HTTPServerLimits
  /// Received and not yet used.
  private var buffer: ArraySlice<UInt8> = []
  private var scratch = [UInt8](repeating: 0, count: 64 << 10)

  init(_ stream: ConnectionStream, limits: HTTPServerLimits) {
    self.stream = stream
    self.limits = limits
  }

  /// The next request's head.
  /// - Returns: nil when the connection ended, or rested too long, between two requests.
  /// - Throws: ``RequestHead/Refusal`` for a head to be refused with an error,
  ///   ``HTTPConnectionEnded`` when the client is gone.
  mutating func head() throws -> (head: RequestHead, deadline: ContinuousClock.Instant)? {
    if buffer.isEmpty {
      guard let more = try? receive(until: .now + limits.idle), more else { return nil }
    }
    let deadline = ContinuousClock.now + limits.arrival
    var searched = buffer.startIndex
    while true {
      // Empty lines before a request line are to be ignored.
      while let first = buffer.first, first == 0x0d || first == 0x0a {
        buffer.removeFirst()
        searched = max(searched, buffer.startIndex)
      }
      if let end = Self.endOfHead(buffer, from: searched) {
        guard end - buffer.startIndex <= limits.headBytes else { throw Self.headTooLarge }
        let head = try RequestHead(parsing: buffer[..<end])
        buffer = buffer[end...]
        return (head, deadline)
      }
      guard buffer.count <= limits.headBytes else { throw Self.headTooLarge }
      searched = max(buffer.startIndex, buffer.endIndex - 3)
      let offset = searched - buffer.startIndex
      guard try receive(until: deadline) else {
        throw HTTPConnectionEnded(description: "the request was cut off")
      }
      searched = buffer.startIndex + offset
    }
  }

  /// The body that belongs to the head just read.
  mutating func body(
    _ head: RequestHead, until deadline: ContinuousClock.Instant
  ) throws -> Body {
    let length = try head.bodyLength()
    if length != .none, head.expectsContinue, buffer.isEmpty {
      try stream.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), patience: limits.sending)
    }
    switch length {
    case .none: return .whole([])
    case .bytes(let count):
      var collected = Collected(limits)
      try collect(count, into: &collected, until: deadline)
      return collected.body
    case .chunked: return try chunks(until: deadline)
    }
  }

  private mutating func chunks(until deadline: ContinuousClock.Instant) throws -> Body {
    var collected = Collected(limits)
    while true {
      let line = try line(until: deadline)
      let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }
      guard (1...15).contains(digits.count),
        digits.first != UInt8(ascii: "+"),
        let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0
      else { throw RequestHead.Refusal(status: 400, reason: "malformed chunk") }
      if size == 0 { break }
      try collect(size, into: &collected, until: deadline)
      guard try self.line(until: deadline).isEmpty else {
        throw RequestHead.Refusal(status: 400, reason: "malformed chunk")
      }
    }
    // Trailer fields are read and not used.
    for _ in 0..<100 where try line(until: deadline).isEmpty { return collected.body }
    throw RequestHead.Refusal(status: 400, reason: "too many trailer fields")
  }

  private mutating func collect(
    _ count: Int, into collected: inout Collected, until deadline: ContinuousClock.Instant
  ) throws {
    var left = count
    while left > 0 {
      if buffer.isEmpty, try !receive(until: deadline) {
        throw HTTPConnectionEnded(description: "the request was cut off")
      }
      let piece = buffer.prefix(left)
      try collected.append(piece)
      buffer = buffer.dropFirst(piece.count)
      left -= piece.count
    }
  }

  /// A line without its end.
  private mutating func line(until deadline: ContinuousClock.Instant) throws -> [UInt8] {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        var line = buffer[..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        buffer = buffer[(end + 1)...]
        return Array(line)
      }
      guard buffer.count < 8192 else {
        throw RequestHead.Refusal(status: 400, reason: "line too long")
      }
      guard try receive(until: deadline) else {
        throw HTTPConnectionEnded(description: "the request was cut off")
      }
    }
  }

  /// Adds at least one byte to the buffer; false at the end of the connection.
  private mutating func receive(
    until deadline: ContinuousClock.Instant
  ) throws(HTTPConnectionEnded) -> Bool {
    let outcome: Result<Int, HTTPConnectionEnded> = scratch.withUnsafeMutableBytes { [stream] raw in
      do throws(HTTPConnectionEnded) {
        return .success(try stream.receive(raw, until: deadline))
      } catch {
        return .failure(error)
      }
    }
    let count = try outcome.get()
    if buffer.isEmpty { buffer = [] }
    buffer.append(contentsOf: scratch[..<count])
    return count > 0
  }

  /// The index after the empty line.
  private static func endOfHead(_ bytes: ArraySlice<UInt8>, from start: Int) -> Int? {
    var index = start
    while let newline = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) {
      let rest = bytes[(newline + 1)...]
      if rest.first == UInt8(ascii: "\n") { return newline + 2 }
      if rest.starts(with: [0x0d, 0x0a]) { return newline + 3 }
      index = newline + 1
    }
    return nil
  }

  private static let headTooLarge = RequestHead.Refusal(
    status: 431, reason: "request header fields too large")
}

/// A body so far; more than allowed is counted and dropped.
private struct Collected {
  private var bytes: [UInt8] = []
  private var count = 0
  private let limits: HTTPServerLimits

  init(_ limits: HTTPServerLimits) { self.limits = limits }

  mutating func append(_ piece: ArraySlice<UInt8>) throws(HTTPConnectionEnded) {
    count += piece.count
    if count <= limits.bodyBytes {
      bytes += piece
    } else if count - limits.bodyBytes <= limits.discardedBytes {
      bytes = []
    } else {
      throw HTTPConnectionEnded(description: "the body never ends")
    }
  }

  var body: RequestReader.Body { count > limits.bodyBytes ? .tooLarge : .whole(bytes) }
}
