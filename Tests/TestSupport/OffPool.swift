internal import Foundation

/// Runs what blocks on a thread of its own, so that it takes none of the threads that all tests share.
/// - Parameter stackSize: for what recurses deeper than a thread's usual 8 MB allow.
public func offPool<Value: Sendable>(
  stackSize: Int = 8 << 20, _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    let thread = Thread { continuation.resume(with: Result(catching: body)) }
    thread.stackSize = stackSize
    thread.start()
  }
}

/// Lets time pass until a condition holds, for at most a minute.
/// - Returns: whether it holds.
public func eventually(_ condition: () throws -> Bool) async throws -> Bool {
  let deadline = ContinuousClock.now + .seconds(60)
  while try !condition() {
    guard ContinuousClock.now < deadline else { return false }
    try await Task.sleep(for: .milliseconds(20))
  }
  return true
}
