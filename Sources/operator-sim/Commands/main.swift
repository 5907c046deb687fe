import FilelogCommandLine
import Glibc

// One line for each command, in the order in which the overview shows them.
let tool = CommandLineTool(
  name: "operator-sim",
  summary: "the operator's side of filelog offset synchronization, on a laptop",
  version: ProgramVersion.text(of: Version.self),
  commands: [
    renderCommand,
    attachCommand,
    diffCommand,
    applyCommand,
    deleteCommand,
    listCommand,
    statusCommand,
    serveCommand,
    runCommand,
    offsetsCommand,
    planCommand,
  ],
  valueKinds: CompletionValues.kinds, answers: foreignWords)

// Started by other commands, not by people.
let helpers = CommandLineTool(
  name: tool.name, summary: tool.summary,
  commands: [standInCollectorCommand, completionValuesCommand])

// Where a caller has closed a standard stream, the next file or connection would get its number, and
// what is printed would go there. Nothing can be written to what is opened here.
for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
  _ = open("/dev/null", O_RDONLY)
}

let arguments = Array(CommandLine.arguments.dropFirst())
let isHelper = helpers.commands.contains { $0.name == arguments.first }
exit((isHelper ? helpers : tool).run(arguments).rawValue)
