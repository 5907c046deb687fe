internal import HTTPServer
internal import Synchronization

/// What a cluster's controllers would do in the background: a thread that finishes the deletion of
/// namespaces a moment after it was asked for, so that clients see them terminating.
final class NamespaceController: Sendable {
  private let lifecycle: NamespaceLifecycle
  private let now: @Sendable () -> Timestamp
  /// Something in the store has changed.
  private let changed = HTTPWaker()
  private let stopped = HTTPWaker()
  private let thread = Mutex<ServerThread?>(nil)
  private let isStopping = Mutex(false)

  private static let pause = Duration.milliseconds(200)

  init(store: ObjectStore, now: @escaping @Sendable () -> Timestamp) {
    lifecycle = NamespaceLifecycle(store: store)
    self.now = now
  }

  func start(watching store: ObjectStore) throws(HTTPServerError) {
    store.addWatcher(changed)
    let started = try ServerThread { [self] in run() }
    thread.withLock { $0 = started }
  }

  func stop(watching store: ObjectStore) {
    isStopping.withLock { $0 = true }
    stopped.wake()
    changed.wake()
    let started = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    started?.join()
    store.removeWatcher(changed)
  }

  private func run() {
    while !isStopping.withLock({ $0 }) {
      changed.wait(until: nil)
      stopped.wait(until: .now + Self.pause)
      lifecycle.finishDeletions(at: now())
    }
  }
}
