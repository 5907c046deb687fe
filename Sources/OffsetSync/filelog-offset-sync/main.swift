import FilelogCommandLine
import FilelogSystemCalls
import Glibc
import OffsetSync

// Before anything else: as a container's first process it would never hear of a SIGTERM that came
// before.
let signals = TerminationSignals()
ProcessMemory.giveBackLargeBlocks()
let program = Program.command(
  environment: ProcessEnvironment.variables, signals: signals)
let version = ProgramVersion.text(of: Version.self)
exit(
  program.runAsProgram(Array(CommandLine.arguments.dropFirst()), version: version).rawValue)
