internal import FilelogText

/// What a command was called with.
///
/// Asking for an option that the command does not declare is a mistake of the program and traps.
public struct Invocation: Sendable {
  /// The command that was called.
  public let command: Command
  /// Where the command writes.
  public let console: Console
  /// Arguments that are not options, in order.
  public var operands: [String] { arguments.operands }
  private let arguments: Arguments

  /// What a command with these options would be called with, for a program that reads a part of a
  /// command line by itself; nothing is printed.
  public init(parsing arguments: [String], options: [CommandOption]) throws(UsageError) {
    let command = Command(
      name: "", summary: "", discussion: "", options: options, examples: []
    ) { _ in .success }
    guard
      case .parsed(let parsed) = try ArgumentParser(command: command).parse(arguments)
    else { throw UsageError("--help") }
    self.init(
      command: command, console: Console(output: { _ in }, errors: { _ in }), arguments: parsed)
  }

  init(command: Command, console: Console, arguments: Arguments) {
    self.command = command
    self.console = console
    self.arguments = arguments
  }

  /// The same with values for options that the command line does not give; of options that may be
  /// repeated, values that come before those of the command line.
  public func falling(backOn others: [String: [String]]) -> Invocation {
    let values = arguments.values.merging(others) { given, _ in given }
    let repeated = command.options.filter {
      if case .repeated = $0.argument { true } else { false }
    }
    let added = repeated.map {
      ($0.name, (others[$0.name] ?? []) + (self.arguments.values[$0.name] ?? []))
    }
    var arguments = arguments
    arguments.values = values.merging(added.filter { !$0.1.isEmpty }) { _, both in both }
    return Invocation(command: command, console: console, arguments: arguments)
  }

  /// The value of an option that may be left out.
  public func value(_ name: String) -> String? {
    values(name).last
  }

  /// The value of an option, or the default that its help text promises.
  public func value(_ name: String, default fallback: String) -> String {
    value(name) ?? fallback
  }

  /// The value of an option that must be given: the parser has seen to it that it was.
  public func required(_ name: String) -> String {
    guard let value = value(name) else { preconditionFailure("\(name) is not a required option") }
    return value
  }

  /// The values of a repeated option, in order.
  public func values(_ name: String) -> [String] {
    precondition(command.options.contains { $0.name == name }, "no option \(name)")
    return arguments.values[name] ?? []
  }

  /// An option's name as the user wrote it, for messages.
  private func spelling(_ name: String) -> String { arguments.spellings[name] ?? name }

  /// Whether a switch was given.
  public func has(_ name: String) -> Bool {
    !values(name).isEmpty
  }

  /// A whole number within a range.
  public func integer(
    _ name: String, in range: ClosedRange<Int>, default fallback: Int
  ) throws(UsageError) -> Int {
    guard let text = value(name) else { return fallback }
    guard let number = Int(text), range.contains(number) else {
      throw UsageError(
        "\(spelling(name)): expected a number from \(range.lowerBound) to \(range.upperBound), "
          + "found \"\(text)\"")
    }
    return number
  }

  /// A length of time like `250ms`, `5s`, `2m` or `1h`.
  public func duration(
    _ name: String, default fallback: Duration
  ) throws(UsageError) -> Duration {
    guard let text = value(name) else { return fallback }
    guard let duration = Duration(text: text) else {
      throw UsageError(
        "\(spelling(name)): expected a time like 250ms, 5s, 2m or 1h, found \"\(text)\"")
    }
    return duration
  }

  /// One of several words.
  public func choice<Word: CaseIterable & RawRepresentable<String>>(
    _ name: String, default fallback: Word
  ) throws(UsageError) -> Word {
    guard let text = value(name) else { return fallback }
    guard let word = Word(rawValue: text) else {
      let words = Word.allCases.map(\.rawValue)
      if let meant = Spelling.closest(to: text, among: words) {
        throw UsageError("\(spelling(name)): found \"\(text)\", did you mean \(meant)?")
      }
      throw UsageError(
        "\(spelling(name)): expected one of \(words.joined(separator: ", ")), found \"\(text)\"")
    }
    return word
  }
}
