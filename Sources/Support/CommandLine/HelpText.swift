/// The texts that `--help` shows, made from the same declarations that parse the arguments.
struct HelpText {
  /// The program's name, with which every example begins.
  let program: String

  private static let width = 90

  func overview(of tool: CommandLineTool) -> String {
    let rows = tool.commands.map { ($0.name, $0.summary) }
    var text = "\(tool.name): \(tool.summary)\n\nUsage: \(tool.name) COMMAND [OPTIONS]\n\n"
    text += "Commands:\n" + table(rows)
    text += "\n\(tool.name) COMMAND --help says more about a command.\n"
    text += "\(tool.name) completion bash|zsh|fish prints a script for the shell to read.\n"
    text += "\(tool.name) --version prints the program's version.\n\n"
    return text + Self.exitCodes
  }

  /// - Parameter isWholeProgram: the program has this one command and does not name it.
  func help(for command: Command, isWholeProgram: Bool = false) -> String {
    let name = isWholeProgram ? program : "\(program) \(command.name)"
    var text = "\(name): \(command.summary)\n\n"
    text += "Usage: \(usage(of: command, name))\n\n"
    text += wrap(command.discussion, indent: "") + "\n"
    if case .any(let name, let help) = command.operands {
      text += "Arguments:\n" + table([(name, help)]) + "\n"
    }
    text += "Options:\n" + table(options(of: command, isWholeProgram).map { (label($0), $0.help) })
    text += "\nExamples:\n"
    for example in command.examples {
      text += "  # \(example.purpose)\n  \(program) \(example.arguments)\n"
    }
    return text + "\nExit codes: \(command.exitCodes)\n"
  }

  private func options(of command: Command, _ isWholeProgram: Bool) -> [CommandOption] {
    command.options + (isWholeProgram ? [.version, .help] : [.help])
  }

  private static let exitCodes =
    "Exit codes: 0 success; 1 failure, reported on standard error; 2 wrong command line.\n"

  private func usage(of command: Command, _ name: String) -> String {
    var words = [name]
    for case let option in command.options {
      if case .required(let placeholder) = option.argument {
        words.append("\(option.name) \(placeholder)")
      }
    }
    words.append("[OPTIONS]")
    if case .any(let name, _) = command.operands { words.append("[\(name) …]") }
    return words.joined(separator: " ")
  }

  private func label(_ option: CommandOption) -> String {
    let names = ([option.short, option.name].compactMap { $0 } + option.aliases)
      .joined(separator: ", ")
    return option.placeholder.map { "\(names) \($0)" } ?? names
  }

  /// Two columns; a label too long for the first one gets a line of its own.
  private func table(_ rows: [(label: String, text: String)]) -> String {
    let column = min(rows.map(\.label.count).max() ?? 0, 28)
    let indent = String(repeating: " ", count: column + 4)
    return rows.map { row in
      let body = wrap(row.text, indent: indent).dropFirst(indent.count)
      if row.label.count > column { return "  \(row.label)\n\(indent)\(body)" }
      let padding = String(repeating: " ", count: column - row.label.count)
      return "  \(row.label)\(padding)  \(body)"
    }.joined()
  }

  private func wrap(_ text: String, indent: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { wrap(line: String($0), indent: indent) }.joined()
  }

  private func wrap(line: String, indent: String) -> String {
    var lines = [indent]
    for word in line.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.count > indent.count, last.count + 1 + word.count > Self.width {
        lines.append(indent + word)
      } else {
        lines[lines.count - 1] += (last.count > indent.count ? " " : "") + word
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
