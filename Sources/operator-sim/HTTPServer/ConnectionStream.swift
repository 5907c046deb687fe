/// How a wait ended.
public enum HTTPWait: Sendable, Hashable {
  /// It was called for.
  case woken
  /// The time has passed.
  case timedOut
  /// The client went away or the server is stopping.
  case ended
}

/// The bytes of one connection, plain or within TLS. Used by the connection's own thread alone.
class ConnectionStream: @unchecked Sendable {
  let descriptor: Int32

  init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Reads at least one byte into the buffer.
  /// - Returns: the number of bytes; 0 when the other side has ended, in whatever way.
  func receive(
    _ buffer: UnsafeMutableRawBufferPointer, until deadline: ContinuousClock.Instant
  ) throws(HTTPConnectionEnded) -> Int {
    while true {
      if let count = Socket.receive(descriptor, buffer) { return count }
      try wait(.readable, until: deadline)
    }
  }

  /// Sends every byte, or throws when the other side is gone or took nothing for `patience`.
  func send(_ bytes: UnsafeRawBufferPointer, patience: Duration) throws(HTTPConnectionEnded) {
    var rest = bytes[...]
    while !rest.isEmpty {
      switch Socket.send(descriptor, UnsafeRawBufferPointer(rebasing: rest)) {
      case nil: try wait(.writable, until: .now + patience)
      case 0?: throw HTTPConnectionEnded(description: "the client is gone")
      case let count?: rest = rest.dropFirst(count)
      }
    }
  }

  /// Ends the sending direction in order.
  func finishSending() {
    Socket.finishSending(descriptor)
  }

  final func send(_ bytes: [UInt8], patience: Duration) throws(HTTPConnectionEnded) {
    // A closure that rethrows would lose the error's type.
    let outcome: Result<Void, HTTPConnectionEnded> = bytes.withUnsafeBytes { bytes in
      do throws(HTTPConnectionEnded) {
        return .success(try send(bytes, patience: patience))
      } catch {
        return .failure(error)
      }
    }
    try outcome.get()
  }

  final func wait(
    _ events: Waiting.Events, until deadline: ContinuousClock.Instant
  ) throws(HTTPConnectionEnded) {
    if Waiting.wait([(descriptor, events)], until: deadline)[0].isEmpty {
      throw HTTPConnectionEnded(description: "the client is too slow")
    }
  }

  /// Waits for the other side to end, for a wake-up, or for the deadline.
  final func waitForEnd(_ deadline: ContinuousClock.Instant?, waking waker: HTTPWaker?) -> HTTPWait
  {
    var wanted: [(Int32, Waiting.Events)] = [(descriptor, .ended)]
    if let waker { wanted.append((waker.descriptor, .readable)) }
    let happened = Waiting.wait(wanted, until: deadline)
    if !happened[0].isEmpty { return .ended }
    guard let waker, !happened[1].isEmpty else { return .timedOut }
    waker.reset()
    return .woken
  }
}
