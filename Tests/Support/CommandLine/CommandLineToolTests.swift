import FilelogText
import Synchronization
import Testing

@testable import FilelogCommandLine

@Suite struct CommandLineToolTests {
  @Test func argumentParserAcceptsAllForms() {
    let result = run([
      "greet", "--name=a=b", "--also", "x", "--also", "y", "-o", "yaml", "--loud", "one", "--",
      "-two",
    ])
    #expect(result == Result(.success, output: "a=b [x, y] yaml loud [one, -two]\n"))
  }

  @Test(arguments: [
    ("--loud", "loud"), ("--loud=true", "loud"), ("--loud=very", "loud"), ("--loud=false", "soft"),
  ])
  func switchesTakeTruthValues(_ option: String, _ state: String) {
    #expect(run(["greet", "--name", "a", option]).output == "a [] json \(state) []\n")
  }

  /// A disk that is full, say.
  @Test(arguments: [("greet", ExitCode.failure), ("count", .usage)])
  func outputThatCannotBeWrittenIsFailure(_ command: String, _ code: ExitCode) {
    let written = Mutex("")
    let console = Console(
      output: { _ in }, errors: { text in written.withLock { $0 += text } },
      outputFailure: { "No space left on device" })
    #expect(
      tool.run([command] + (command == "greet" ? ["--name=a"] : []), console: console) == code)
    #expect(
      written.withLock(\.self) == "cannot write standard output: No space left on device\n")
  }

  @Test(arguments: [["-oyaml"], ["-o=yaml"], ["-o", "yaml"], ["--form", "yaml"], ["--form=yaml"]])
  func optionsHaveOtherNames(_ option: [String]) {
    #expect(run(["greet", "--name", "a"] + option).output == "a [] yaml soft []\n")
  }

  @Test(arguments: [
    (["greet"], "--name NAME is missing"),
    (["greet", "--name"], "--name needs a value: --name NAME"),
    (["greet", "--name", ""], "--name: found \"\", expected NAME"),
    (["greet", "--name="], "--name: found \"\", expected NAME"),
    (["count", "-i="], "-i: found \"\", expected COLOUR"),
    (["greet", "--name", "--loud"], "--name needs a value: --name NAME"),
    (["greet", "--name", "a", "--name", "b"], "--name is given twice"),
    (["greet", "--nmae", "a"], "unknown option --nmae, did you mean --name?"),
    (["greet", "--name", "a", "--frobnicate"], "unknown option --frobnicate"),
    (
      ["greet", "--name", "a", "--loud=yes"],
      "--loud: expected nothing, or one of true, false, very, found \"yes\""
    ),
    (["count", "--to", "200"], "--to: expected a number from 1 to 100, found \"200\""),
    (["count", "--to", "-1"], "--to: expected a number from 1 to 100, found \"-1\""),
    (["count", "--to", "-every"], "--to needs a value: --to N"),
    (["count", "--every", "5"], "--every: expected a time like 250ms, 5s, 2m or 1h, found \"5\""),
    (["count", "--in", "black"], "--in: expected one of red, green, found \"black\""),
    (["count", "on"], "unexpected argument \"on\""),
    (["hail", "on"], "unexpected argument \"on\", did you mean --whom on?"),
    (["hail", "--recipient", "on"], "unknown option --recipient, did you mean --whom?"),
    (["count", "-i", "black"], "-i: expected one of red, green, found \"black\""),
    (["count", "-i"], "-i needs a value: -i COLOUR"),
    (["count", "--quietly"], "unknown option --quietly; there is no noise"),
    (["count", "-q=2"], "unknown option -q=2; there is no noise"),
    (
      ["greet", "--name", "a", "--loud=shy"],
      "--loud: expected nothing, or one of true, false, very, found \"shy\"; whispering is not for tools"
    ),
  ])
  func aWrongCommandLineIsOneLineAndAPointerToTheHelp(_ arguments: [String], _ message: String) {
    let command = arguments[0]
    let errors = "tool \(command): \(message)\nTry: tool \(command) --help\n"
    #expect(run(arguments) == Result(.usage, errors: errors))
  }

  @Test(arguments: [
    ("greeet", "unknown command greeet, did you mean greet?"),
    ("salute", "unknown command salute, did you mean hail?"),
    ("--frobnicate", "unknown option --frobnicate"), ("", "unknown command "),
    ("sing", "unknown command sing; call a bird"),
    ("-i", "a command is missing: tool COMMAND -i …"),
  ])
  func anUnknownCommandIsNamed(_ word: String, _ message: String) {
    #expect(run([word]) == Result(.usage, errors: "tool: \(message)\nTry: tool --help\n"))
  }

  /// As kubectl and Helm take them.
  @Test(arguments: [
    (["--to", "7", "count", "-i", "green"], "7 1.0 seconds green\n"),
    (["-i", "green", "--to=4", "count"], "4 1.0 seconds green\n"),
    (["--loud", "-o", "count", "greet", "--name", "a"], "a [] count loud []\n"),
  ])
  func optionsMayStandBeforeTheCommand(_ arguments: [String], _ output: String) {
    #expect(run(arguments) == Result(.success, output: output))
  }

  @Test func wordAfterOptionsThatIsNoCommandIsNamed() {
    #expect(
      run(["--to", "7", "cuont"]).errors.hasPrefix("tool: unknown command cuont, did you mean"))
    #expect(
      run(["--frobnicate", "count"]).errors.hasPrefix("tool count: unknown option --frobnicate\n"))
  }

  @Test(arguments: [
    (["count", "--to", "7", "--every", "250ms", "--in", "green"], "7 0.25 seconds green\n"),
    (["count"], "3 1.0 seconds red\n"), (["count", "--every", "2m"], "3 120.0 seconds red\n"),
  ])
  func valuesAreTypedAndHaveDefaults(_ arguments: [String], _ output: String) {
    #expect(run(arguments) == Result(.success, output: output))
  }

  @Test func commandFailurePrintsVerbatimAndExitsOne() {
    #expect(run(["fail"]) == Result(.failure, errors: "the disk is full\n"))
  }

  @Test func errorOutputIsEscaped() {
    #expect(
      run(["greet", "--\u{1b}[2J\r\u{202e}x"]).errors.hasPrefix(
        "tool greet: unknown option --\\u{1b}[2J\\r\\u{202e}x\n"))
    #expect("a\tb\nc\u{85}é".printable == "a\\tb\\nc\\u{85}é")
  }

  @Test(arguments: [["completion", "--help"], ["completion", "-h"], ["help", "completion"]])
  func completionHelpSucceeds(_ arguments: [String]) {
    let usage = """
      Usage: tool completion bash|zsh|fish
      For example: source <(tool completion bash)

      """
    #expect(run(arguments) == Result(.success, output: usage))
    #expect(run(["completion"]) == Result(.usage, errors: usage))
  }

  @Test func missingCommandShowsOverview() {
    let overview = run(["--help"])
    #expect(overview.code == .success)
    #expect(overview.output.contains("  count  count up\n"))
    #expect(run([]) == Result(.usage, errors: overview.output + "\n"))
    #expect(run(["help"]) == overview)
    #expect(run(["-h"]) == overview)
  }

  @Test(arguments: [["help", "greet"], ["greet", "--help"], ["greet", "-h", "--nonsense"]])
  func commandHelpShowsUsageOptionsAndExamples(_ arguments: [String]) {
    let expected = """
      tool greet: say hello

      Usage: tool greet --name NAME [OPTIONS] [WORD …]

      Says hello to everyone, in as many words as are given, and goes on at length about it so
      that the line must break.

      Arguments:
        WORD  Further words.

      Options:
        --name NAME                Whom to greet.
        --also NAME                Others.
        -o, --output, --form FORM  yaml or json.
        --loud                     Shout.
        -h, --help                 Show this help.

      Examples:
        # Greet the world
        tool greet --name world

      Exit codes: 0 success; 1 failure, reported on standard error; 2 wrong command line.

      """
    #expect(run(arguments) == Result(.success, output: expected))
  }
}

private struct Result: Equatable {
  var code: ExitCode
  var output = ""
  var errors = ""

  init(_ code: ExitCode, output: String = "", errors: String = "") {
    self.code = code
    self.output = output
    self.errors = errors
  }
}

private func run(_ arguments: [String]) -> Result {
  let written = Mutex(Result(.success))
  let console = Console(
    output: { text in written.withLock { $0.output += text } },
    errors: { text in written.withLock { $0.errors += text } })
  let code = tool.run(arguments, console: console)
  return written.withLock { Result(code, output: $0.output, errors: $0.errors) }
}

private enum Colour: String, CaseIterable { case red, green }

private let tool = CommandLineTool(
  name: "tool", summary: "a tool for tests",
  commands: [
    Command(
      name: "greet", summary: "say hello",
      discussion: """
        Says hello to everyone, in as many words as are given, and goes on at length about it so \
        that the line must break.
        """,
      options: [
        .required("--name", "NAME", help: "Whom to greet."),
        .repeated("--also", "NAME", help: "Others."),
        .value("--output", short: "-o", "FORM", help: "yaml or json.").alias("--form"),
        .flag("--loud", words: ["very"], help: "Shout."),
      ],
      operands: .any(name: "WORD", help: "Further words."),
      examples: [Command.Example("greet --name world", "Greet the world")]
    ) { call in
      let words = call.operands.joined(separator: ", ")
      let others = call.values("--also").joined(separator: ", ")
      let form = call.value("--output", default: "json")
      let tone = call.has("--loud") ? "loud" : "soft"
      call.console.writeLine("\(call.required("--name")) [\(others)] \(form) \(tone) [\(words)]")
      return .success
    },
    Command(
      name: "count", summary: "count up", discussion: "Counts.",
      options: [
        .value("--to", "N", help: "The last number."),
        .value("--every", "TIME", help: "The pause."),
        .value("--in", short: "-i", "COLOUR", help: "The colour."),
      ],
      examples: [], trouble: .usage
    ) { call in
      let last = try call.integer("--to", in: 1...100, default: 3)
      let pause = try call.duration("--every", default: .seconds(1))
      let colour = try call.choice("--in", default: Colour.red)
      call.console.writeLine("\(last) \(pause) \(colour)")
      return .success
    },
    Command(
      name: "hail", synonyms: ["salute"], summary: "hail", discussion: "Hails.",
      options: [.required("--whom", "NAME", help: "Whom.").called("--recipient")], examples: []
    ) { _ in .success },
    Command(
      name: "fail", summary: "fail", discussion: "Fails.", options: [], examples: []
    ) { _ in throw CommandFailure("the disk is full") },
  ],
  answers: [
    "--quietly": "there is no noise", "-q": "there is no noise",
    "--loud=shy": "whispering is not for tools",
    "sing": "call a bird",
  ])
