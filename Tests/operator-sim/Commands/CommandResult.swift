import FilelogCommandLine
import Synchronization

/// How a command line ended and what it wrote.
struct CommandResult: Equatable {
  var code: ExitCode
  var output = ""
  var errors = ""

  init(_ code: ExitCode, output: String = "", errors: String = "") {
    self.code = code
    self.output = output
    self.errors = errors
  }
}

/// Runs one command of operator-sim in this process.
/// - Parameter arguments: after the command's name.
func run(_ command: Command, _ arguments: [String]) -> CommandResult {
  let written = Mutex(CommandResult(.success))
  let console = Console(
    output: { text in written.withLock { $0.output += text } },
    errors: { text in written.withLock { $0.errors += text } })
  let tool = CommandLineTool(name: "operator-sim", summary: "", commands: [command])
  let code = tool.run([command.name] + arguments, console: console)
  return written.withLock { CommandResult(code, output: $0.output, errors: $0.errors) }
}
