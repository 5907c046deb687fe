import CommandFrame
import Glibc

// One line for each command, in the order in which the overview shows them.
let tool = CommandLineTool(
  name: "operator-sim",
  summary: "the operator's side of filelog offset synchronization, on a laptop",
  commands: [
    renderCommand
  ])

exit(tool.run(Array(CommandLine.arguments.dropFirst())).rawValue)
