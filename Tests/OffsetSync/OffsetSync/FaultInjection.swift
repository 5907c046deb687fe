import FilelogSystemCalls
import Glibc

/// The real system calls, one of which goes wrong.
final class FaultInjection: @unchecked Sendable {
  enum Fault: String, CaseIterable {
    case fails
    /// A read or write moves one byte, then goes on as usual; every other call fails.
    case comesUpShort
    /// The call takes half a minute, then does its work.
    case hangs

    /// Whether this does something else to a call than `fails`.
    func differs(at call: String) -> Bool {
      self != .comesUpShort || ["pread", "write"].contains(call)
    }
  }

  /// What a hanging call lets happen meanwhile.
  var passTime: () -> Void = {}

  /// The calls so far, in order.
  private(set) var names: [String] = []
  var count: Int { names.count }
  /// Which call, counted from 0, and how; nil for a run without a fault.
  var fault: (index: Int, kind: Fault, number: Int32)?
  private(set) var hit: String?

  private func isDue(_ call: String) -> (kind: Fault, number: Int32)? {
    defer { names.append(call) }
    guard let fault, fault.index == count else { return nil }
    hit = call
    if fault.kind == .hangs {
      passTime()
      return nil
    }
    return (fault.kind, fault.number)
  }

  private func check(_ call: String) throws(SystemError) {
    if let due = isDue(call) { throw SystemError(call, due.number) }
  }

  var calls: SystemCalls {
    let host = SystemCalls.host
    var calls = host
    calls.open = { [self] (directory, path, flags, mode) throws(SystemError) in
      try check("open")
      return try host.open(directory, path, flags, mode)
    }
    // A descriptor must not leak because a test says that closing it failed.
    calls.close = { [self] (descriptor) throws(SystemError) in
      let due = isDue("close")
      try host.close(descriptor)
      if let due { throw SystemError("close", due.number) }
    }
    calls.status = { [self] (descriptor) throws(SystemError) in
      try check("fstat")
      return try host.status(descriptor)
    }
    calls.attributes = { [self] (descriptor, name) throws(SystemError) in
      try check("fstatat")
      return try host.attributes(descriptor, name)
    }
    calls.names = { [self] (descriptor, visit) throws(SystemError) in
      try check("readdir")
      try host.names(descriptor, visit)
    }
    calls.read = { [self] (descriptor, buffer, offset) throws(SystemError) in
      guard let due = isDue("pread") else { return try host.read(descriptor, buffer, offset) }
      guard due.kind == .comesUpShort else { throw SystemError("pread", due.number) }
      return try host.read(
        descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[..<1]), offset)
    }
    calls.write = { [self] (descriptor, buffer) throws(SystemError) in
      guard let due = isDue("write") else { return try host.write(descriptor, buffer) }
      guard due.kind == .comesUpShort else { throw SystemError("write", due.number) }
      return try host.write(descriptor, UnsafeRawBufferPointer(rebasing: buffer[..<1]))
    }
    calls.synchronize = { [self] (descriptor) throws(SystemError) in
      try check("fsync")
      try host.synchronize(descriptor)
    }
    calls.rename = { [self] (directory, from, to) throws(SystemError) in
      try check("rename")
      try host.rename(directory, from, to)
    }
    calls.unlink = { [self] (directory, name) throws(SystemError) in
      try check("unlink")
      try host.unlink(directory, name)
    }
    calls.lock = { [self] (descriptor, operation) throws(SystemError) in
      try check("flock")
      return try host.lock(descriptor, operation)
    }
    return calls
  }
}
