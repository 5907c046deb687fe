internal import CSockets
internal import Dispatch
internal import Glibc
internal import Synchronization

/// A TCP server on loopback that does exactly what a test says, well-formed or not.
///
/// The first connection plays the first script, and so on; further ones are closed at once.
public final class ScriptedServer: Sendable {
  public enum Step: Sendable {
    /// Reads one request: its head, and the body that `Content-Length` announces.
    case receive
    /// Reads only the head of a request.
    case receiveHead
    /// Waits for the first byte of whatever the client sends.
    case receiveByte
    case send([UInt8])
    /// Sends the same bytes again and again, waiting in between, until the client goes away.
    case drip([UInt8], every: Duration)
    /// Says nothing until the client goes away.
    case stayQuiet
    /// Ends the connection with RST.
    case reset

    public static func send(_ text: String) -> Step { .send(Array(text.utf8)) }
  }

  /// What arrived: the heads of requests, without the empty line, and their bodies.
  public struct Request: Sendable {
    public let head: String
    public let body: [UInt8]
  }

  public let port: UInt16
  private let listener: Int32
  private let log = Mutex<(requests: [Request], connections: Int)>(([], 0))
  private let ended = DispatchSemaphore(value: 0)

  public var url: String { "http://127.0.0.1:\(port)" }
  public var requests: [Request] { log.withLock { $0.requests } }
  public var connections: Int { log.withLock { $0.connections } }

  public init(_ scripts: [[Step]]) {
    listener = shim_tcp_socket()
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { [listener] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    precondition(bound, "loopback has no port left")
    port = UInt16(bigEndian: address.sin_port)
    let acceptor = Thread { [self] in serve(scripts) }
    acceptor.start()
  }

  /// Stops accepting and waits until the acceptor has ended.
  public func stop() {
    _ = shim_end_connection(listener)
    ended.wait()
    close(listener)
  }

  private func serve(_ scripts: [[Step]]) {
    defer { ended.signal() }
    var next = scripts.makeIterator()
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { return }
      log.withLock { $0.connections += 1 }
      let script = next.next() ?? []
      Thread { [self] in
        play(script, on: connection)
        close(connection)
      }.start()
    }
  }

  private func play(_ script: [Step], on connection: Int32) {
    for step in script {
      switch step {
      case .receive, .receiveHead:
        guard let request = readRequest(connection, withBody: step.wantsBody) else { return }
        log.withLock { $0.requests.append(request) }
      case .receiveByte:
        var byte: UInt8 = 0
        guard recv(connection, &byte, 1, 0) == 1 else { return }
      case .send(let bytes):
        guard sendAll(bytes, connection) else { return }
      case .drip(let bytes, let pause):
        while sendAll(bytes, connection) {
          usleep(UInt32(pause / .microseconds(1)))
        }
        return
      case .stayQuiet:
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) > 0 {}
        return
      case .reset:
        var abort = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
          connection, SOL_SOCKET, SO_LINGER, &abort, socklen_t(MemoryLayout<linger>.size))
        return
      }
    }
  }

  private func sendAll(_ bytes: [UInt8], _ connection: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        shim_send(connection, $0.baseAddress, $0.count)
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private func readRequest(_ connection: Int32, withBody: Bool) -> Request? {
    var head: [UInt8] = []
    var byte: UInt8 = 0
    let end = Array("\r\n\r\n".utf8)
    while !head.suffix(4).elementsEqual(end) {
      guard recv(connection, &byte, 1, 0) == 1 else { return nil }
      head.append(byte)
    }
    let text = String(decoding: head.dropLast(4), as: UTF8.self)
    let length = text.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
      .flatMap { Int($0.dropFirst(16)) }
    guard withBody, let length, length > 0 else { return Request(head: text, body: []) }
    var body = [UInt8](repeating: 0, count: length)
    let count = body.withUnsafeMutableBytes {
      shim_receive_all(connection, $0.baseAddress, length)
    }
    return count == length ? Request(head: text, body: body) : nil
  }
}

extension ScriptedServer.Step {
  fileprivate var wantsBody: Bool {
    if case .receive = self { true } else { false }
  }
}

/// A POSIX thread: tests that block must not take the threads that Swift's tasks run on.
private final class Thread: Sendable {
  private let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  func start() {
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Thread>.fromOpaque(context).takeRetainedValue().body()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    pthread_detach(thread)
  }
}
