internal import CSockets
internal import Glibc

/// Waits until a descriptor is ready or a moment has come.
enum Waiting {
  struct Events: OptionSet {
    let rawValue: Int16
    static let readable = Events(rawValue: Int16(POLLIN))
    static let writable = Events(rawValue: Int16(POLLOUT))
    /// The other side will send no more, or the connection is gone. POLLRDHUP, POLLHUP, POLLERR:
    /// the system reports the last two unasked.
    static let ended = Events(rawValue: 0x2000 | Int16(POLLHUP) | Int16(POLLERR))
  }

  /// Waits for any of the events on any of the descriptors.
  /// - Returns: what happened, in the order asked; all empty once the deadline has passed.
  static func wait(
    _ wanted: [(descriptor: Int32, events: Events)], until deadline: ContinuousClock.Instant?
  ) -> [Events] {
    var polled = wanted.map {
      pollfd(fd: $0.descriptor, events: $0.events.rawValue, revents: 0)
    }
    while true {
      let milliseconds = deadline.map { Self.milliseconds(until: $0) } ?? -1
      let count = poll(&polled, nfds_t(polled.count), milliseconds)
      if count > 0 { return polled.map { Events(rawValue: $0.revents) } }
      if count < 0, errno != EINTR { return wanted.map { _ in .ended } }
      if count == 0, let deadline, deadline <= .now { return wanted.map { _ in [] } }
    }
  }

  /// Rounded up, so that a wait never ends before its deadline; at most a day.
  private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
    let left = max(ContinuousClock.now.duration(to: deadline), .zero)
    let (seconds, attoseconds) = left.components
    let milliseconds = min(seconds, 86_400) * 1000 + attoseconds / 1_000_000_000_000_000 + 1
    return left == .zero ? 0 : Int32(milliseconds)
  }
}

/// Wakes a thread that waits in a stream, from any other thread; keeps what it needs open.
public final class HTTPWaker: Sendable {
  let descriptor: Int32

  package init() {
    descriptor = shim_eventfd()
  }

  deinit { Socket.close(descriptor) }

  /// The wait in progress, or else the next one, ends at once.
  public func wake() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  /// Waits for ``wake()``, or for the deadline.
  package func wait(until deadline: ContinuousClock.Instant?) {
    _ = Waiting.wait([(descriptor, .readable)], until: deadline)
    reset()
  }

  /// Forgets earlier calls of ``wake()``.
  func reset() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }
}
