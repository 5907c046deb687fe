import CLibFuzzer
import FoundationEssentials
import Glibc
import HostileInput
import TestSupport

/// `offset-sync-fuzz seeds PARSER DIRECTORY` writes what to begin with; `offset-sync-fuzz run PARSER …`
/// gives the rest of its arguments to libFuzzer.
let arguments = CommandLine.arguments
guard arguments.count > 2, let parser = HostileInput(rawValue: arguments[2]) else {
  print("usage: \(arguments[0]) seeds|run PARSER …, PARSER one of \(HostileInput.allCases)")
  exit(2)
}
switch arguments[1] {
case "seeds": try writeSeeds(of: parser, to: arguments[3])
default: exit(run(parser, [arguments[0]] + arguments[3...]))
}

func writeSeeds(of parser: HostileInput, to directory: String) throws {
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  for (name, bytes) in try parser.seeds() + parser.findings() {
    try HostFiles.write(bytes, to: directory + "/" + name)
  }
}

func run(_ parser: HostileInput, _ arguments: [String]) -> Int32 {
  FuzzedParser.parser = parser
  // libFuzzer keeps pointers to its arguments until the process ends.
  var count = Int32(arguments.count)
  let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    .allocate(capacity: arguments.count + 1)
  for (index, argument) in arguments.enumerated() { pointers[index] = strdup(argument) }
  pointers[arguments.count] = nil
  var vector: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = pointers
  return LLVMFuzzerRunDriver(&count, &vector) { data, size in
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    if let violation = FuzzedParser.parser.violation(bytes) {
      print("broken: \(violation)")
      fflush(nil)
      abort()
    }
    return 0
  }
}

enum FuzzedParser {
  /// Written once before libFuzzer starts; its callback can capture nothing.
  nonisolated(unsafe) static var parser = HostileInput.bolt
}
