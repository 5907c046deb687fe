internal import FilelogText

/// A program of several commands: finds the one that was asked for, parses its arguments, shows
/// help, and turns errors into messages and exit codes.
public struct CommandLineTool: Sendable {
  /// The program's name, as the help shows it.
  public let name: String
  /// One line: what the program is for.
  public let summary: String
  /// What `--version` prints.
  public let version: String
  /// In the order in which the overview lists them.
  public let commands: [Command]
  /// Of options, by name, whose values only the program knows, what they are: a shell offers what
  /// `NAME completion-values KIND WORD …` prints, a line each, of the words typed so far.
  public let valueKinds: [String: String]

  /// What to do instead of an option, a word of an option (`--dry-run=client`) or a command that other
  /// programs have and this one has not: a clause, by what is typed.
  public let answers: [String: String]

  /// The word that a shell's script calls the program with; see ``valueKinds``.
  public static let valuesCommandName = "completion-values"

  /// A tool of these commands.
  public init(
    name: String, summary: String, version: String = ProgramVersion.none, commands: [Command],
    valueKinds: [String: String] = [:], answers: [String: String] = [:]
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.commands = commands
    self.valueKinds = valueKinds
    self.answers = answers
  }

  /// Runs one command line and says how it ended.
  /// - Parameters:
  ///   - arguments: without the program's own name.
  ///   - console: where the command writes.
  public func run(_ arguments: [String], console: Console = .standard) -> ExitCode {
    let code = dispatch(arguments, console)
    // A disk that is full must not leave half of a manifest and an exit code of 0.
    guard let reason = console.outputFailure() else { return code }
    console.writeError("cannot write standard output: \(reason)")
    let command = commands.first { $0.name == arguments[commandIndex(arguments)] }
    return code == .usage ? code : command?.trouble ?? .failure
  }

  private func dispatch(_ arguments: [String], _ console: Console) -> ExitCode {
    guard let word = arguments.first else {
      console.writeError(HelpText(program: name).overview(of: self))
      return .usage
    }
    switch word {
    case "--help", "-h", "help": return showHelp(arguments.dropFirst().first, console)
    case "--version", "version":
      console.writeLine("\(name) \(version)")
      return .success
    case Completion.commandName: return showCompletion(arguments.dropFirst().first, console)
    default: break
    }
    let index = commandIndex(arguments)
    guard let command = commands.first(where: { $0.name == arguments[index] }) else {
      return unknown(arguments[index], console)
    }
    return run(command, Array(arguments[..<index] + arguments[(index + 1)...]), console)
  }

  /// Where the command stands, before which options may stand as with other programs: `-n x list`.
  private func commandIndex(_ arguments: [String]) -> Int {
    let takingValues = Set(
      commands.flatMap(\.options).filter { $0.placeholder != nil }
        .flatMap { [$0.name] + $0.aliases + [$0.short].compactMap(\.self) })
    var index = 0
    while index < arguments.count, arguments[index].hasPrefix("-") {
      index += takingValues.contains(arguments[index]) ? 2 : 1
    }
    return index < arguments.count ? index : 0
  }

  private func run(_ command: Command, _ arguments: [String], _ console: Console) -> ExitCode {
    do {
      switch try ArgumentParser(command: command, answers: answers).parse(arguments) {
      case .help:
        console.write(HelpText(program: name).help(for: command))
        return .success
      case .parsed(let parsed):
        return try command.run(
          Invocation(command: command, console: console, arguments: parsed))
      }
    } catch let error as UsageError {
      console.writeError("\(name) \(command.name): \(error)")
      console.writeError("Try: \(name) \(command.name) --help")
      return .usage
    } catch {
      console.writeError("\(error)")
      return .failure
    }
  }

  private func showHelp(_ topic: String?, _ console: Console) -> ExitCode {
    guard let topic, !topic.hasPrefix("-") else {
      console.write(HelpText(program: name).overview(of: self))
      return .success
    }
    if topic == Completion.commandName {
      console.write(completionUsage)
      return .success
    }
    guard let command = commands.first(where: { $0.name == topic }) else {
      return unknown(topic, console)
    }
    console.write(HelpText(program: name).help(for: command))
    return .success
  }

  /// `completion bash`: a script for the shell to read.
  private func showCompletion(_ name: String?, _ console: Console) -> ExitCode {
    if name == "--help" || name == "-h" {
      console.write(completionUsage)
      return .success
    }
    guard let shell = name.flatMap(Completion.Shell.init) else {
      console.writeError(String(completionUsage.dropLast()))
      return .usage
    }
    console.write(Completion(tool: self).script(for: shell))
    return .success
  }

  private var completionUsage: String {
    let command = "\(name) \(Completion.commandName)"
    let shells = Completion.Shell.allCases.map(\.rawValue).joined(separator: "|")
    return "Usage: \(command) \(shells)\nFor example: source <(\(command) bash)\n"
  }

  private func unknown(_ word: String, _ console: Console) -> ExitCode {
    let suggestion =
      commands.first { $0.synonyms.contains(word) }?.name
      ?? Spelling.closest(to: word, among: commands.map(\.name))
    let hint =
      answers[word].map { "; " + $0 } ?? suggestion.map { ", did you mean \($0)?" } ?? ""
    let isOption = word.hasPrefix("-")
    if isOption,
      commands.flatMap(\.options).contains(where: { $0.name == word || $0.short == word })
    {
      console.writeError("\(name): a command is missing: \(name) COMMAND \(word) …")
    } else {
      console.writeError("\(name): unknown \(isOption ? "option" : "command") \(word)\(hint)")
    }
    console.writeError("Try: \(name) --help")
    return .usage
  }
}
