import FoundationEssentials
import Glibc

/// What kind of machine measured: runs of one kind can be compared. It names no machine.
struct MachineKind: Equatable {
  let architecture: String
  let processors: Int
  let model: String

  /// - Parameter cpuinfo: what Linux says in `/proc/cpuinfo`.
  init(architecture: String, processors: Int, cpuinfo: String) {
    var fields: [String: String] = [:]
    for line in cpuinfo.split(separator: "\n") {
      let sides = line.split(separator: ":", maxSplits: 1).map { Self.trim($0) }
      if sides.count == 2, fields[sides[0]] == nil { fields[sides[0]] = sides[1] }
    }
    self.architecture = architecture
    self.processors = processors
    // ARM's kernels know numbers only.
    model =
      fields["model name"]
      ?? ["CPU implementer", "CPU part"].compactMap { fields[$0] }.joined(separator: " ")
  }

  /// The kind of this machine.
  static func current() throws -> MachineKind {
    var system = utsname()
    uname(&system)
    let architecture = withUnsafeBytes(of: system.machine) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    let cpuinfo = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    return MachineKind(
      architecture: architecture, processors: ProcessInfo.processInfo.activeProcessorCount,
      cpuinfo: cpuinfo)
  }

  /// As a file name: `x86_64-2-intel-xeon-processor`.
  var name: String {
    let words = model.replacing("(R)", with: " ").replacing("(TM)", with: " ").lowercased()
      .split { !$0.isASCII || !($0.isLetter || $0.isNumber) }
    return (["\(architecture)", "\(processors)"] + words.map(String.init)).joined(separator: "-")
  }

  private static func trim(_ text: Substring) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
