import CommandLine
import Glibc
import OffsetSync
import SystemCalls

let program = Program.command(environment: ProcessEnvironment.variables)
exit(program.runAsProgram(Array(CommandLine.arguments.dropFirst())).rawValue)
