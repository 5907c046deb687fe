import CommandLine
import Glibc
import OffsetSync
import SystemCalls

let program = Program.command(environment: ProcessEnvironment.variables)
let version = ProgramVersion.text(of: Version.self)
exit(
  program.runAsProgram(Array(CommandLine.arguments.dropFirst()), version: version).rawValue)
