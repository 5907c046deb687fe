extension Command {
  /// Runs this command as a program of its own, called by the command's name.
  ///
  /// A wrong command line prints what is wrong and the whole usage on standard error.
  /// - Parameters:
  ///   - arguments: without the program's own name.
  ///   - version: what `--version` prints.
  ///   - console: where the command writes.
  public func runAsProgram(
    _ arguments: [String], version: String = ProgramVersion.none, console: Console = .standard
  ) -> ExitCode {
    if arguments == ["--version"] {
      console.writeLine("\(name) \(version)")
      return .success
    }
    let help = HelpText(program: name).help(for: self, isWholeProgram: true)
    do {
      switch try ArgumentParser(command: self).parse(arguments) {
      case .help:
        console.write(help)
        return .success
      case .parsed(let parsed):
        return try run(Invocation(command: self, console: console, arguments: parsed))
      }
    } catch let error as UsageError {
      console.writeError("\(name): \(error)\n\n\(help)")
      return .usage
    } catch {
      console.writeError("\(name): \(error)")
      return .failure
    }
  }
}
