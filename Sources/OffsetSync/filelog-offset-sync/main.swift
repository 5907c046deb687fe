import FilelogCommandLine
import FilelogSystemCalls
import Glibc
import OffsetSync

// They are blocked already.
let signals = TerminationSignals()
ProcessMemory.giveBackLargeBlocks()
let program = Program.command(
  environment: ProcessEnvironment.variables, signals: signals)
let version = ProgramVersion.text(of: Version.self)
exit(
  program.runAsProgram(Array(CommandLine.arguments.dropFirst()), version: version).rawValue)
