import FilelogSystemCalls
import Glibc

/// The sidecar's own program as a child process.
final class Sidecar {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let pid: pid_t
  var facts: ProcessFacts { ProcessFacts(pid: pid) }

  /// - Parameter output: the file that takes what it says.
  init(
    _ program: String, _ arguments: [String], environment: [String: String], output: String
  ) throws(Failure) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    let variables = environment.map { "\($0)=\($1)" }
    var pid: pid_t = 0
    let result = withCStrings([program] + arguments) { arguments in
      withCStrings(variables) { posix_spawn(&pid, program, &actions, nil, arguments, $0) }
    }
    guard result == 0 else {
      throw Failure(description: "\(program): \(String(cString: strerror(result)))")
    }
    self.pid = pid
  }

  /// Waits for its end.
  /// - Throws: ``Failure`` unless it succeeded.
  func wait() throws(Failure) {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw Failure(description: "the sidecar ended with status \(status)") }
  }

  /// Ends it at once, without its last store, which would count among another's.
  func kill() {
    Glibc.kill(pid, SIGKILL)
    try? wait()
  }
}
