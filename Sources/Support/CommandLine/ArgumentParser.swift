internal import FilelogText

/// The arguments of one command.
struct Arguments: Sendable {
  /// By the option's name.
  var values: [String: [String]] = [:]
  /// What is not an option, in order.
  var operands: [String] = []
  /// How options were written that have other names, too: `-o`.
  var spellings: [String: String] = [:]
}

/// Sorts the arguments of one command into options and operands.
struct ArgumentParser {
  let command: Command
  /// See ``CommandLineTool/answers``.
  var answers: [String: String] = [:]

  enum Result {
    case help
    case parsed(Arguments)
  }

  func parse(_ arguments: [String]) throws(UsageError) -> Result {
    var parsed = Arguments()
    var rest = arguments[...]
    var optionsEnded = false
    while let argument = rest.popFirst() {
      if optionsEnded || !argument.hasPrefix("-") || argument == "-" {
        parsed.operands.append(argument)
      } else if argument == "--" {
        optionsEnded = true
      } else {
        let (name, attached) = split(argument)
        let option = try option(named: name)
        if option == .help { return .help }
        guard let value = try value(of: option, name, attached, from: &rest) else { continue }
        // What a shell makes of a variable that is not set.
        if value.isEmpty, let placeholder = option.placeholder {
          throw UsageError("\(name): found \"\", expected \(placeholder)")
        }
        if option.name != name { parsed.spellings[option.name] = name }
        try note(value, for: option, name, in: &parsed.values)
      }
    }
    try check(parsed.operands, parsed.values)
    for case let option in command.options where parsed.values[option.name] == nil {
      if case .required(let placeholder) = option.argument {
        throw UsageError("\(option.name) \(placeholder) is missing")
      }
    }
    return .parsed(parsed)
  }

  /// `--name=value` in two, and `-oyaml` or `-o=yaml`; a value may contain further signs.
  private func split(_ argument: String) -> (name: String, attached: String?) {
    guard argument.hasPrefix("--") else { return splitShort(argument) }
    guard let sign = argument.firstIndex(of: "=") else { return (argument, nil) }
    return (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
  }

  private func splitShort(_ argument: String) -> (name: String, attached: String?) {
    let name = String(argument.prefix(2))
    guard argument != name,
      command.options.contains(where: { $0.short == name && $0.placeholder != nil })
    else { return (argument, nil) }
    let value = argument.dropFirst(2)
    return (name, String(value.hasPrefix("=") ? value.dropFirst() : value))
  }

  private func option(named name: String) throws(UsageError) -> CommandOption {
    let known = command.options + [.help]
    let found = known.first {
      $0.name == name || $0.short == name || $0.aliases.contains(name)
    }
    if let found { return found }
    let synonym = command.options.first { $0.synonyms.contains(name) }
    if synonym == nil, let answer = answers[String(name.prefix { $0 != "=" })] {
      throw UsageError("unknown option \(name); \(answer)")
    }
    let suggestion = synonym?.name ?? Spelling.closest(to: name, among: known.map(\.name))
    throw UsageError(
      "unknown option \(name)" + (suggestion.map { ", did you mean \($0)?" } ?? ""))
  }

  /// Nil for a switch that is off.
  private func value(
    of option: CommandOption, _ name: String, _ attached: String?,
    from rest: inout ArraySlice<String>
  ) throws(UsageError) -> String? {
    guard let placeholder = option.placeholder else { return try state(of: option, attached) }
    // `--values --release x` is a forgotten value; a value that starts with dashes can be attached.
    if let attached { return attached }
    guard let next = rest.first, next == "-" || !next.hasPrefix("-") || isNegative(next) else {
      throw UsageError("\(name) needs a value: \(name) \(placeholder)")
    }
    rest.removeFirst()
    return next
  }

  /// `--wait=true`, as Helm and kubectl let switches be written, and words that mean the same.
  private func state(
    of option: CommandOption, _ attached: String?
  ) throws(UsageError) -> String? {
    guard let attached, attached != "true", !option.choices.contains(attached) else { return "" }
    guard attached != "false" else { return nil }
    let words = (["true", "false"] + option.choices).joined(separator: ", ")
    let answer = answers["\(option.name)=\(attached)"].map { "; " + $0 } ?? ""
    throw UsageError(
      "\(option.name): expected nothing, or one of \(words), found \"\(attached)\"\(answer)")
  }

  /// No option's name begins with a digit; whether a negative number fits, the command knows.
  private func isNegative(_ argument: String) -> Bool {
    argument.dropFirst().first.map { ("0"..."9").contains($0) } ?? false
  }

  private func note(
    _ value: String, for option: CommandOption, _ name: String, in values: inout [String: [String]]
  ) throws(UsageError) {
    if case .repeated = option.argument {
      values[option.name, default: []].append(value)
    } else if values.updateValue([value], forKey: option.name) != nil {
      throw UsageError("\(name) is given twice")
    }
  }

  private func check(
    _ operands: [String], _ values: [String: [String]]
  ) throws(UsageError) {
    guard case .none = command.operands, let first = operands.first else { return }
    let flag = command.options.first { option in
      values[option.name] != nil
        && (option.choices.contains(first) || answers["\(option.name)=\(first)"] != nil)
    }
    if let flag {
      throw UsageError("unexpected argument \"\(first)\", did you mean \(flag.name)=\(first)?")
    }
    let missing = command.options.first { option in
      if case .required = option.argument { values[option.name] == nil } else { false }
    }
    throw UsageError(
      "unexpected argument \"\(first)\""
        + (missing.map { ", did you mean \($0.name) \(first)?" } ?? ""))
  }
}
