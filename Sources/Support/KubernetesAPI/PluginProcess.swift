internal import FilelogSystemCalls
internal import Glibc

/// Runs a credential plugin and reads what it writes. Its standard error is this process's, as with
/// kubectl: there it says what it wants of the user.
enum PluginProcess {
  private static let outputLimit = 1 << 20

  /// - Parameter isCancelled: asked ten times a second; true ends the plugin.
  static func run(
    _ plugin: ExecPlugin, isCancelled: () -> Bool
  ) throws(ConfigurationError) -> [UInt8] {
    func failure(_ problem: String) -> ConfigurationError {
      ConfigurationError(.pluginFailed, "exec plugin \(plugin.command): \(problem)")
    }
    let isTerminal = isatty(STDIN_FILENO) == 1
    if plugin.interactiveMode == .always, !isTerminal {
      throw failure("it needs a terminal (interactiveMode Always), and standard input is not one")
    }
    let isInteractive = isTerminal && plugin.interactiveMode != .never
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw failure(text(errno)) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let (child, code) = spawn(plugin, isInteractive: isInteractive, output: ends[1])
    close(ends[1])
    defer { close(ends[0]) }
    guard code == 0 else {
      let hint = plugin.installHint.map { "; \($0)" } ?? ""
      throw failure((code == ENOENT ? "not found" : "cannot be started: \(text(code))") + hint)
    }
    var output: [UInt8] = []
    let isComplete = read(ends[0], into: &output, isCancelled: isCancelled)
    if !isComplete { kill(child, SIGKILL) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) == -1, errno == EINTR {}
    guard isComplete else {
      throw failure(output.count > outputLimit ? "its output has no end" : "stopped")
    }
    // WIFEXITED and WEXITSTATUS are macros, which Swift does not see.
    guard status == 0 else {
      throw failure(
        status & 0x7f == 0
          ? "it failed with exit code \(status >> 8 & 0xff)" : "signal \(status & 0x7f) ended it")
    }
    return output
  }

  /// - Returns: true at the end of the output.
  private static func read(
    _ descriptor: Int32, into output: inout [UInt8], isCancelled: () -> Bool
  ) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, 100)
      if ready == 0 || ready < 0 && errno == EINTR {
        if isCancelled() { return false }
        continue
      }
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count == 0 }
      output += buffer.prefix(count)
      guard output.count <= outputLimit else { return false }
    }
  }

  private static func spawn(
    _ plugin: ExecPlugin, isInteractive: Bool, output: Int32
  ) -> (child: pid_t, code: Int32) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if !isInteractive {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    // This process may have blocked signals, which a child would inherit.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var environment = ProcessEnvironment.variables.merging(plugin.environment) { $1 }
    environment["KUBERNETES_EXEC_INFO"] = plugin.input(isInteractive: isInteractive)
    var child: pid_t = 0
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let code = withCStrings([plugin.command] + plugin.arguments) { arguments in
      withCStrings(variables) { variables in
        posix_spawnp(&child, plugin.command, &actions, &attributes, arguments, variables)
      }
    }
    return (child, code)
  }

  private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
