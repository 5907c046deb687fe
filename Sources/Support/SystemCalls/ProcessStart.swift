internal import CFilelogProcesses
internal import Glibc

/// Starts programs and threads in ways that the Swift module of Glibc has no call for.
public enum ProcessStart {
  /// Starts a program that does not outlive the thread that calls this: in a process group of its own,
  /// with signals as in a fresh process, standard input from `/dev/null`, both outputs to a descriptor.
  /// - Returns: its process id.
  public static func spawn(
    _ program: String, _ arguments: [String], environment: [String], output: CInt
  ) throws(SystemError) -> CInt {
    let pid = withCStrings([program] + arguments) { arguments in
      withCStrings(environment) { shim_spawn(program, arguments, $0, output) }
    }
    guard pid > 0 else { throw SystemError("execve", errno) }
    return pid
  }

  /// Starts a detached thread with a stack of its own size, in bytes.
  public static func startThread(
    stack: Int, _ run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?,
    _ argument: UnsafeMutableRawPointer
  ) throws(SystemError) {
    let code = shim_start_thread(stack, run, argument)
    guard code == 0 else { throw SystemError("pthread_create", code) }
  }
}

/// Texts as C takes a list of them, with a null pointer at its end.
public func withCStrings<Result>(
  _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let pointers = texts.map { strdup($0) }
  defer { for pointer in pointers { free(pointer) } }
  return body(pointers + [nil])
}
