internal import Synchronization

/// The threads of a server: one that accepts, and one for each connection.
final class ConnectionPool: Sendable {
  private struct State {
    var isStopping = false
    var nextID = 0
    /// Descriptors of live connections.
    var live: [Int: Int32] = [:]
    var threads: [Int: ServerThread] = [:]
    /// Connections whose threads have nothing left to do but be joined.
    var finished: [Int] = []
  }

  private let listener: Int32
  private let port: UInt16
  private let context: TLSContext?
  private let service: HTTPServer.Service
  private let signal = HTTPWaker()
  private let state = Mutex(State())

  /// - Parameter listener: opened on `port`; belongs to the pool from now on.
  init(listener: Int32, port: UInt16, context: TLSContext?, service: HTTPServer.Service) {
    self.listener = listener
    self.port = port
    self.context = context
    self.service = service
  }

  /// Accepts connections until ``stop()``, then closes the port and joins every connection. While
  /// the server is not available, the port is closed and so are all connections.
  func acceptUntilStopped() {
    var listener: Int32? = listener
    while !isStopping {
      let availability = service.availability(.now)
      if let open = listener, !availability.isOpen {
        Socket.close(open)
        listener = nil
        shutDownConnections()
      } else if listener == nil, availability.isOpen {
        listener = (try? Socket.listen(port: port))?.descriptor
      }
      accept(listener, until: availability.until)
      joinFinished()
    }
    if let listener { Socket.close(listener) }
    shutDownConnections()
    for thread in state.withLock({ Array($0.threads.values) }) { thread.join() }
  }

  private func accept(_ listener: Int32?, until deadline: ContinuousClock.Instant?) {
    var wanted: [(Int32, Waiting.Events)] = [(signal.descriptor, .readable)]
    if let listener { wanted.append((listener, .readable)) }
    // Without a listener although there should be one, the port is taken for the moment.
    let soon = ContinuousClock.now + .milliseconds(20)
    _ = Waiting.wait(wanted, until: listener == nil ? min(deadline ?? soon, soon) : deadline)
    signal.reset()
    guard let listener else { return }
    switch Socket.accept(listener) {
    case .connection(let descriptor): open(descriptor)
    case .nothing: break
    case .exhausted: _ = Waiting.wait([(signal.descriptor, .readable)], until: soon)
    }
  }

  private func shutDownConnections() {
    state.withLock { state in
      for descriptor in state.live.values { Socket.shutDown(descriptor) }
    }
  }

  /// Has ``HTTPServer/Availability`` asked for again.
  func reconsider() { signal.wake() }

  func stop() {
    state.withLock { $0.isStopping = true }
    signal.wake()
  }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  private func open(_ descriptor: Int32) {
    let opened = state.withLock { state in
      guard state.live.count < service.limits.connections else { return false }
      let id = state.nextID
      // Under the lock, so that the thread is listed before it can report its own end.
      guard let thread = try? ServerThread({ self.serve(id, descriptor) }) else { return false }
      state.nextID += 1
      state.live[id] = descriptor
      state.threads[id] = thread
      return true
    }
    if !opened { Socket.close(descriptor) }
  }

  private func serve(_ id: Int, _ descriptor: Int32) {
    let isReset = converse(descriptor)
    state.withLock { state in
      // Closed under the lock: after this the number may belong to another connection.
      if isReset { Socket.resetOnClose(descriptor) }
      Socket.close(descriptor)
      state.live[id] = nil
      state.finished.append(id)
    }
  }

  private func converse(_ descriptor: Int32) -> Bool {
    let stream: ConnectionStream
    if let context {
      let deadline = ContinuousClock.now + service.limits.arrival
      guard
        let secured = try? TLSStream(descriptor: descriptor, context: context, until: deadline)
      else { return false }
      stream = secured
    } else {
      stream = ConnectionStream(descriptor: descriptor)
    }
    return ConnectionLoop(stream: stream, service: service, isStopping: { self.isStopping }).run()
  }

  private func joinFinished() {
    let threads = state.withLock { state in
      defer { state.finished = [] }
      return state.finished.compactMap { state.threads.removeValue(forKey: $0) }
    }
    for thread in threads { thread.join() }
  }
}
