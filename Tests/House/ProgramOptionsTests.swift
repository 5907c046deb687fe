import Glibc
import TestSupport
import Testing

/// Libraries know no program's options: they return values, and each program words its own.
@Suite struct ProgramOptionsTests {
  private static let libraries = [
    "Attachment", "DesiredState", "OffsetSync/BoltFile", "OffsetSync/FilelogCheckpoint",
    "Reconciler", "Support", "operator-sim/CapacityPlan", "operator-sim/EmulatedAPIServer",
    "operator-sim/HTTPServer", "operator-sim/OffsetsInspection", "operator-sim/Simulation",
    "operator-sim/StandInCollector",
  ]

  /// The collector's own, which operator-sim has too; and the stand-in collector's, with which
  /// Simulation starts it.
  private static let others: Set<String> = ["--config", "--react-after", "--set"]

  @Test func libraryMessagesNameNoOptionsOfOperatorSim() throws {
    // Names of other programs' options stand in a file of their own.
    let commands = try Repository.sources("Sources/operator-sim/Commands")
      .filter { !$0.path.hasSuffix("ForeignWords.swift") }
    let options = Set(commands.flatMap { Self.options(in: $0.text) }).subtracting(Self.others)
    #expect(options.count > 60)
    var found: Set<String> = []
    for library in Self.libraries {
      for (path, text) in try Repository.sources("Sources/" + library) {
        for option in Self.options(in: text) where options.contains(option) {
          found.insert("\(library)/\(path) \(option)")
        }
      }
    }
    #expect(found.sorted() == [])
  }

  /// What begins with two hyphens: in Swift, text alone does. Variables of style sheets stand in
  /// brackets.
  private static func options(in text: String) -> [String] {
    text.withCString { start in
      var options: [String] = []
      var rest = start
      while let hyphens = strstr(rest, "--") {
        var end = hyphens + 2
        while isalnum(Int32(end.pointee)) != 0 || end.pointee == CChar(UInt8(ascii: "-")) {
          end += 1
        }
        let name = String(
          decoding: UnsafeRawBufferPointer(start: hyphens, count: end - hyphens), as: UTF8.self)
        let isVariable =
          UnsafePointer(hyphens) > start
          && (hyphens - 1).pointee == CChar(UInt8(ascii: "("))
        if name.utf8.count > 3, !isVariable { options.append(name) }
        rest = UnsafePointer(end)
      }
      return options
    }
  }
}
