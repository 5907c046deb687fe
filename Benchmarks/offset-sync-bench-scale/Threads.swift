import Glibc

/// Several threads at once, as many nodes' sidecars are.
enum Threads {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs a body on so many threads, and waits for all of them.
  /// - Throws: what the first body threw that failed, or when the system has no more threads.
  static func run(_ count: Int, _ body: @escaping (Int) throws -> Void) throws {
    let jobs = (0..<count).map { index in Job { try body(index) } }
    let gate = Gate()
    var started: [pthread_t] = []
    for job in jobs {
      job.gate = gate
      var thread = pthread_t()
      let own = Unmanaged.passRetained(job)
      let code = pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().run()
          return nil
        }, own.toOpaque())
      guard code == 0 else {
        own.release()
        gate.open()
        for thread in started { pthread_join(thread, nil) }
        throw Failure(description: "a thread cannot be started: \(String(cString: strerror(code)))")
      }
      started.append(thread)
    }
    gate.open()
    for thread in started { pthread_join(thread, nil) }
    if let error = jobs.lazy.compactMap(\.error).first { throw error }
  }

  private final class Job {
    let body: () throws -> Void
    var error: (any Error)?
    var gate: Gate?

    init(_ body: @escaping () throws -> Void) { self.body = body }

    func run() {
      gate?.pass()
      do { try body() } catch { self.error = error }
    }
  }
}

/// Holds threads back until all of them are there, so that what they do they do at once.
private final class Gate {
  private var barrier = pthread_rwlock_t()

  init() {
    pthread_rwlock_init(&barrier, nil)
    pthread_rwlock_wrlock(&barrier)
  }

  deinit { pthread_rwlock_destroy(&barrier) }

  func open() { pthread_rwlock_unlock(&barrier) }

  func pass() {
    pthread_rwlock_rdlock(&barrier)
    pthread_rwlock_unlock(&barrier)
  }
}
