import Foundation
import Testing

@testable import FilelogCommandLine

@Suite struct CompletionTests {
  @Test(arguments: [
    ("tool ", ["render", "run", "look", "help", "completion"]), ("tool re", ["render"]),
    ("tool render --", ["--values", "--release", "--format", "--help"]),
    ("tool render --rel", ["--release"]), ("tool render --release x --v", ["--values"]),
    ("tool render --release ", []), ("tool run --", ["--help"]),
    ("tool help r", ["render", "run"]), ("tool help c", ["completion"]),
    ("tool render --format ", ["json", "yaml"]), ("tool render -o y", ["yaml"]),
    // As bash splits an option and its value, and as zsh does not.
    ("tool render --format =", ["json", "yaml"]), ("tool render --format = y", ["yaml"]),
    ("tool render --format=", ["--format=json", "--format=yaml"]),
    ("tool render --format=y", ["--format=yaml"]), ("tool render --release=", []),
    ("tool render --format=y --rel", ["--release"]),
    ("tool completion ", ["bash", "zsh", "fish"]),
  ])
  func bashOffersWhatCanStandThere(_ line: String, _ expected: [String]) throws {
    #expect(try completions(line).sorted() == expected.sorted())
  }

  @Test func bashCompletionOffersFiles() throws {
    let directory = FileManager.default.temporaryDirectory.path + "/completion-\(getpid())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try Data().write(to: URL(filePath: "\(directory)/values.yaml"))
    #expect(try completions("tool render --values \(directory)/va") == ["\(directory)/values.yaml"])
    #expect(
      try completions("tool render --values=\(directory)/va") == [
        "--values=\(directory)/values.yaml"
      ])
    #expect(try completions("tool render -f \(directory)/va") == ["\(directory)/values.yaml"])
  }

  @Test func bashCompletionOffersChoicesAndFiles() throws {
    let directory = FileManager.default.temporaryDirectory.path + "/completion-files-\(getpid())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try Data().write(to: URL(filePath: "\(directory)/mine.yaml"))
    #expect(try completions("tool look --plan st") == ["storm"])
    #expect(try completions("tool look --plan \(directory)/m") == ["\(directory)/mine.yaml"])
  }

  @Test func bashCompletionAsksProgramForValues() throws {
    #expect(
      try completions("tool look --place pla").sorted() == ["pla", "places"])
    #expect(
      try completions("tool look --plan storm -p ").sorted()
        == ["completion-values", "places", "--", "tool", "look", "--plan", "storm", "-p"].sorted())
  }

  @Test func fishCompletionListsCommandsAndOptions() {
    let expected = """
      complete -c tool -f
      complete -c tool -n __fish_use_subcommand -a render -d 'it\\'s printed'
      complete -c tool -n __fish_use_subcommand -a run -d 'run it'
      complete -c tool -n __fish_use_subcommand -a look -d 'look'
      complete -c tool -n __fish_use_subcommand -a help -d 'explain a command'
      complete -c tool -n __fish_use_subcommand -a completion -d 'print a script for a shell to read'
      complete -c tool -n '__fish_seen_subcommand_from help' -a 'render run look completion'
      complete -c tool -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
      complete -c tool -n '__fish_seen_subcommand_from render' -l values -s f -r -F -d 'Values.'
      complete -c tool -n '__fish_seen_subcommand_from render' -l release -x -d 'A name.'
      complete -c tool -n '__fish_seen_subcommand_from render' -l format -s o -x -a 'json yaml' -d 'A form.'
      complete -c tool -n '__fish_seen_subcommand_from render' -l help -s h -d 'Show this help.'
      complete -c tool -n '__fish_seen_subcommand_from run' -l help -s h -d 'Show this help.'
      complete -c tool -n '__fish_seen_subcommand_from look' -l place -s p -x -a '(tool completion-values places -- (commandline -opc) 2>/dev/null)' -d 'A place.'
      complete -c tool -n '__fish_seen_subcommand_from look' -l plan -r -F -a 'storm' -d 'A plan or a file.'
      complete -c tool -n '__fish_seen_subcommand_from look' -l help -s h -d 'Show this help.'

      """
    #expect(Completion(tool: tool).script(for: .fish) == expected)
  }

  @Test func zshCompletionSourcesBash() {
    let script = Completion(tool: tool)
    #expect(
      script.script(for: .zsh)
        == "autoload -U +X bashcompinit && bashcompinit\n" + script.script(for: .bash))
  }

  @Test(arguments: [[], ["tcsh"]])
  func completionRejectsUnknownShell(_ words: [String]) {
    let console = Console(output: { _ in }, errors: { _ in })
    #expect(tool.run(["completion"] + words, console: console) == .usage)
  }

  /// What a real bash offers for a line, the cursor at its end.
  private func completions(_ line: String) throws -> [String] {
    var words = line.split(separator: " ").map(String.init)
    if line.hasSuffix(" ") { words.append("") }
    let quoted = words.map { "'\($0)'" }.joined(separator: " ")
    let script =
      Completion(tool: tool).script(for: .bash)
      // The program: repeats what it was called with.
      + "tool() { printf '%s\\n' \"$@\" | tr ' ' '_'; }\n"
      + "COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1); _tool\n"
      + "printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["--norc", "-c", script]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

private let tool = CommandLineTool(
  name: "tool", summary: "a tool for tests",
  commands: [
    Command(
      name: "render", summary: "it's printed", discussion: "",
      options: [
        .repeated("--values", short: "-f", "FILE", help: "Values."),
        .required("--release", "NAME", help: "A name."),
        .value("--format", short: "-o", "FORM", choices: ["json", "yaml"], help: "A form."),
      ], examples: []
    ) { _ in .success },
    Command(name: "run", summary: "run it", discussion: "", options: [], examples: []) { _ in
      .success
    },
    Command(
      name: "look", summary: "look", discussion: "",
      options: [
        .value("--place", short: "-p", "NAME", help: "A place."),
        .value("--plan", "NAME", choices: ["storm"], takesFile: true, help: "A plan or a file."),
      ], examples: []
    ) { _ in .success },
  ],
  valueKinds: ["--place": "places"])
