internal import CProcesses
internal import FilelogSystemCalls
internal import Glibc

/// A child process in a process group of its own, with its output in a file. It is killed when the
/// thread that started it ends, and so when this process does, whatever ends it.
///
/// All calls for starting, signalling and reaping processes stand here.
final class ChildProcess {
  struct Command {
    var program: String
    var arguments: [String]
    var environment: [String: String]
    /// Standard output and standard error are appended to it.
    var logPath: String
  }

  enum Exit: Equatable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)

    var description: String {
      switch self {
      case .code(let code): "exit code \(code)"
      case .signal(let number): "signal \(number)"
      }
    }
  }

  let pid: pid_t
  private var exit: Exit?

  /// Starts a program. Signals are as in a fresh process; no descriptor but the three standard ones
  /// is open.
  /// - Throws: ``SimulationError`` when the program cannot be started.
  init(_ command: Command) throws {
    let output = open(command.logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard output >= 0 else {
      throw SimulationError(
        "\(command.logPath) cannot be written: \(String(cString: strerror(errno)))")
    }
    defer { close(output) }
    Self.closeDescriptorsOnExec()
    let environment = command.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let pid = withCStrings([command.program] + command.arguments) { arguments in
      withCStrings(environment) { environment in
        shim_spawn(command.program, arguments, environment, output)
      }
    }
    guard pid > 0 else {
      throw SimulationError(
        "\(command.program) cannot be started: \(String(cString: strerror(errno)))")
    }
    self.pid = pid
  }

  /// How it ended, or nil while it runs. It is reaped here.
  func poll() -> Exit? {
    guard exit == nil else { return exit }
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
    // WIFEXITED and WEXITSTATUS are macros, which Swift does not see.
    exit = status & 0x7f == 0 ? .code(status >> 8 & 0xff) : .signal(status & 0x7f)
    return exit
  }

  /// Sends a signal to the process itself, as a container runtime does.
  func signal(_ number: Int32) {
    if poll() == nil { _ = kill(pid, number) }
  }

  /// Ends it and whatever it has started, at once, and waits for it.
  func end() {
    guard poll() == nil else { return }
    _ = kill(-pid, SIGKILL)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) == -1, errno == EINTR {}
    exit = .signal(SIGKILL)
  }

  /// Not every library opens its descriptors so, and a child that inherits a connection keeps it open.
  private static func closeDescriptorsOnExec() {
    for name in Files.contents(of: "/proc/self/fd") {
      if let descriptor = Int32(name), descriptor > STDERR_FILENO {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      }
    }
  }
}
