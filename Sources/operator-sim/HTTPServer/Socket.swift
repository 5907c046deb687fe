internal import CSockets
internal import Glibc

/// The system calls on sockets, all of them; every descriptor is closed on `exec`.
enum Socket {
  /// A failed call's `errno` in words.
  static func reason(_ code: Int32 = errno) -> String {
    String(cString: strerror(code))
  }

  /// A non-blocking listener on 127.0.0.1 and the port it got.
  static func listen(port: UInt16) throws(HTTPServerError) -> (descriptor: Int32, port: UInt16) {
    let descriptor = shim_tcp_socket_nonblocking()
    guard descriptor >= 0 else { throw .cannotListen(port: port, reason: reason()) }
    setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, Int32(1))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(descriptor, pointer, length) == 0 && Glibc.listen(descriptor, 128) == 0
          && getsockname(descriptor, pointer, &length) == 0
      }
    }
    guard bound else {
      let why = reason()
      close(descriptor)
      throw .cannotListen(port: port, reason: why)
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  enum Accepted {
    case connection(Int32)
    case nothing
    /// Out of descriptors or memory: try again a little later.
    case exhausted
  }

  /// The next waiting connection, non-blocking, small writes sent at once.
  static func accept(_ listener: Int32) -> Accepted {
    let descriptor = shim_accept(listener)
    if descriptor >= 0 {
      _ = shim_no_delay(descriptor)
      return .connection(descriptor)
    }
    return switch errno {
    case EMFILE, ENFILE, ENOBUFS, ENOMEM: .exhausted
    default: .nothing
    }
  }

  /// Ends both directions; a thread that waits on the descriptor wakes up.
  static func shutDown(_ descriptor: Int32) {
    _ = shim_end_connection(descriptor)
  }

  /// Says that nothing more will be sent.
  static func finishSending(_ descriptor: Int32) {
    _ = shim_end_writing(descriptor)
  }

  /// Closing will reset the connection instead of ending it in order.
  static func resetOnClose(_ descriptor: Int32) {
    setOption(descriptor, SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0))
  }

  static func close(_ descriptor: Int32) {
    _ = Glibc.close(descriptor)
  }

  /// Reads what is there: nil when nothing is yet, 0 at the end or after an error.
  static func receive(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int? {
    while true {
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count >= 0 { return count }
      if errno == EINTR { continue }
      return errno == EAGAIN ? nil : 0
    }
  }

  /// Sends what fits: nil when nothing fits now, 0 when the connection is gone.
  static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int? {
    while true {
      let count = shim_send(descriptor, bytes.baseAddress, bytes.count)
      if count >= 0 { return count }
      if errno == EINTR { continue }
      return errno == EAGAIN ? nil : 0
    }
  }

  private static func setOption<Value>(
    _ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Value
  ) {
    withUnsafeBytes(of: value) { bytes in
      _ = setsockopt(descriptor, level, option, bytes.baseAddress, socklen_t(bytes.count))
    }
  }
}
