import CommandFrame
import FoundationEssentials
import Glibc
import OffsetSync

let program = Program.command(environment: ProcessInfo.processInfo.environment)
exit(program.runAsProgram(Array(CommandLine.arguments.dropFirst())).rawValue)
