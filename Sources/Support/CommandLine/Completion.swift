/// Scripts by which a shell completes the command line of a tool, made from the same declarations
/// that parse it.
struct Completion {
  let tool: CommandLineTool

  enum Shell: String, CaseIterable { case bash, zsh, fish }

  static let commandName = "completion"

  func script(for shell: Shell) -> String {
    switch shell {
    case .bash: bash
    case .zsh: "autoload -U +X bashcompinit && bashcompinit\n" + bash
    case .fish: fish
    }
  }

  private var bash: String {
    let function = "_" + tool.name.map { $0 == "-" ? "_" : String($0) }.joined()
    let words = tool.commands.map(\.name) + ["help", Self.commandName]
    let lines =
      [
        "\(function)() {",
        "  local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} prefix=",
        "  COMPREPLY=()",
        "  if [ \"$COMP_CWORD\" -eq 1 ]; then",
        "    \(Self.reply(words))",
        "    return",
        "  fi",
        "  local previous=${COMP_WORDS[COMP_CWORD-1]}",
        // --option=value: three words for bash, one for zsh.
        "  case \"$current\" in",
        "    =) current= ;;",
        "    --*=*) previous=${current%%=*}; prefix=$previous=; current=${current#*=} ;;",
        "    *) if [ \"$previous\" = = ]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi ;;",
        "  esac",
        "  case \"$command $previous\" in",
      ] + bashValues + [
        "  esac", "  if [ -n \"$prefix\" ]; then return; fi", "  case \"$command\" in",
      ] + bashOptions + [
        "  esac", "}", "complete -o filenames -F \(function) \(tool.name)",
      ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// After an option that takes a value: words, files, or nothing that a shell could know.
  private var bashValues: [String] {
    var lines: [String] = []
    var files: [String] = []
    var others: [String] = []
    for (command, option) in options where option.placeholder != nil {
      let names = [option.name] + option.aliases + (option.short.map { [$0] } ?? [])
      let patterns = names.map { "'\(command.name) \($0)'" }
      if let kind = tool.valueKinds[option.name] {
        lines.append("    \(patterns.joined(separator: "|")))")
        lines.append(
          "      COMPREPLY=($(compgen -P \"$prefix\" -W \"$(\(tool.name) "
            + "\(CommandLineTool.valuesCommandName) \(kind) -- \"${COMP_WORDS[@]}\" 2>/dev/null)\" -- "
            + "\"$current\"))")
        lines.append("      return ;;")
      } else if !option.choices.isEmpty {
        lines.append("    \(patterns.joined(separator: "|")))")
        lines.append("      \(Self.reply(option.choices))")
        if option.takesFile {
          lines.append("      COMPREPLY+=($(compgen -P \"$prefix\" -f -- \"$current\"))")
        }
        lines.append("      return ;;")
      } else if option.takesFile {
        files += patterns
      } else {
        others += patterns
      }
    }
    if !files.isEmpty {
      lines.append("    \(files.joined(separator: "|")))")
      lines.append("      COMPREPLY=($(compgen -P \"$prefix\" -f -- \"$current\"))")
      lines.append("      return ;;")
    }
    if !others.isEmpty { lines.append("    \(others.joined(separator: "|"))) return ;;") }
    return lines
  }

  /// Anywhere else: the options of the command.
  private var bashOptions: [String] {
    var words: [(command: String, words: [String])] = tool.commands.map { command in
      (command.name, (command.options + [.help]).map(\.name))
    }
    words.append(("help", tool.commands.map(\.name) + [Self.commandName]))
    words.append((Self.commandName, Shell.allCases.map(\.rawValue)))
    return words.map { "    \($0.command)) \(Self.reply($0.words)) ;;" }
  }

  private static func reply(_ words: [String]) -> String {
    "COMPREPLY=($(compgen -P \"$prefix\" -W '\(words.joined(separator: " "))' -- \"$current\"))"
  }

  private var fish: String {
    var lines = ["complete -c \(tool.name) -f"]
    for command in tool.commands {
      lines.append(
        "complete -c \(tool.name) -n __fish_use_subcommand -a \(command.name) "
          + "-d \(Self.quote(command.summary))")
    }
    for (name, summary) in [
      ("help", "explain a command"), (Self.commandName, "print a script for a shell to read"),
    ] {
      lines.append(
        "complete -c \(tool.name) -n __fish_use_subcommand -a \(name) -d \(Self.quote(summary))")
    }
    let topics = (tool.commands.map(\.name) + [Self.commandName]).joined(separator: " ")
    lines.append("complete -c \(tool.name) -n '__fish_seen_subcommand_from help' -a '\(topics)'")
    let shells = Shell.allCases.map(\.rawValue).joined(separator: " ")
    lines.append(
      "complete -c \(tool.name) -n '__fish_seen_subcommand_from \(Self.commandName)' -a '\(shells)'"
    )
    for (command, option) in options {
      var line =
        "complete -c \(tool.name) -n '__fish_seen_subcommand_from \(command.name)' "
        + "-l \(option.name.dropFirst(2))"
      if let short = option.short { line += " -s \(short.dropFirst())" }
      if option.placeholder != nil { line += option.takesFile ? " -r -F" : " -x" }
      if let kind = tool.valueKinds[option.name] {
        line +=
          " -a '(\(tool.name) \(CommandLineTool.valuesCommandName) \(kind) -- (commandline -opc) "
          + "2>/dev/null)'"
      } else if option.placeholder != nil, !option.choices.isEmpty {
        line += " -a '\(option.choices.joined(separator: " "))'"
      }
      lines.append(line + " -d \(Self.quote(option.help))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var options: [(command: Command, option: CommandOption)] {
    tool.commands.flatMap { command in
      (command.options + [.help]).map { (command, $0) }
    }
  }

  private static func quote(_ text: String) -> String {
    "'" + text.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
  }
}
