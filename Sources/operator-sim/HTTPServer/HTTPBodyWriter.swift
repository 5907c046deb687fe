/// Sends a streamed response piece by piece. Belongs to the connection's thread.
public final class HTTPBodyWriter {
  /// Ends a ``wait(until:)`` from another thread.
  public let waker = HTTPWaker()
  /// Bytes of the body sent so far, without the framing of chunks.
  public private(set) var written = 0
  private let stream: ConnectionStream
  private let patience: Duration
  private let isChunked: Bool
  /// Bytes that may still be sent before the connection is cut; nil for no end.
  private var allowance: Int?
  /// When the connection is cut; nil for never.
  private let end: ContinuousClock.Instant?

  init(
    _ stream: ConnectionStream, patience: Duration, isChunked: Bool,
    delivery: HTTPServerResponse.Delivery
  ) {
    self.stream = stream
    self.patience = patience
    self.isChunked = isChunked
    if case .cut(let count) = delivery { allowance = count }
    if case .cutAfter(let duration) = delivery { end = .now + duration } else { end = nil }
  }

  /// Sends the bytes at once.
  /// - Throws: when the client is gone, takes nothing for the time allowed, or the response is to be
  ///   cut off here.
  public func write(_ bytes: [UInt8]) throws(HTTPConnectionEnded) {
    guard !bytes.isEmpty else { return }
    let piece = allowance.map { bytes.prefix($0) } ?? bytes[...]
    try send(piece, promising: bytes.count)
    guard let left = allowance else { return }
    allowance = left - piece.count
    if left <= bytes.count { throw HTTPConnectionEnded(description: "cut off on purpose") }
  }

  /// Waits for ``waker``, the end of the connection or the deadline.
  public func wait(until deadline: ContinuousClock.Instant? = nil) -> HTTPWait {
    guard let end, end < deadline ?? end + .seconds(1) else {
      return stream.waitForEnd(deadline, waking: waker)
    }
    let wait = stream.waitForEnd(end, waking: waker)
    return wait == .timedOut ? .ended : wait
  }

  func finish() throws(HTTPConnectionEnded) {
    if let end, ContinuousClock.now >= end {
      throw HTTPConnectionEnded(description: "cut off on purpose")
    }
    if isChunked { try stream.send(Array("0\r\n\r\n".utf8), patience: patience) }
  }

  private func send(_ piece: ArraySlice<UInt8>, promising count: Int) throws(HTTPConnectionEnded) {
    var out: [UInt8] = []
    if isChunked { out += "\(String(count, radix: 16))\r\n".utf8 }
    out += piece
    if isChunked, piece.count == count { out += "\r\n".utf8 }
    try stream.send(out, patience: patience)
    written += piece.count
  }
}
