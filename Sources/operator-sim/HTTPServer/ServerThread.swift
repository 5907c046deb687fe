internal import CFilelogOpenSSL
internal import CSockets
internal import Glibc

/// A thread that can be joined, with every signal blocked: signals belong to the program's own
/// threads, and a write to a closed connection must be an error and not SIGPIPE.
package struct ServerThread: @unchecked Sendable {
  private let id: pthread_t

  private final class Work {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  package init(_ run: @escaping @Sendable () -> Void) throws(HTTPServerError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    // Of 10,000 levels of JSON, which are read without recursion, the types that hold them take some
    // kilobytes each. What is not used costs nothing.
    pthread_attr_setstacksize(&attributes, 256 << 20)
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    // The new thread inherits the mask, so it never runs with a signal open.
    pthread_sigmask(SIG_BLOCK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let work = Unmanaged.passRetained(Work(run))
    var id = pthread_t()
    let code = pthread_create(
      &id, &attributes,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, work.toOpaque())
    guard code == 0 else {
      work.release()
      throw .cannotStartThread(reason: Socket.reason(code))
    }
    self.id = id
  }

  package func join() {
    pthread_join(id, nil)
  }
}
