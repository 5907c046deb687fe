import TestSupport
import Testing

/// Sizes that documents promise.
@Suite struct BudgetTests {
  /// The charter of the emulated API server. The number only goes down.
  static let emulatorLines = 9_000

  @Test func emulatorStaysWithinItsBudget() throws {
    let module = "Sources/operator-sim/EmulatedAPIServer"
    let lines = try Self.lines(module)
    #expect(lines > 5_000)
    #expect(lines <= Self.emulatorLines, "make room: the charter is the module's README.md")
    let charter = try Repository.text(module + "/README.md")
    #expect(charter.contains("At most 9,000 lines"))
  }

  /// What proves the product is smaller than what ships, even without what both stand on.
  @Test func gearIsSmallerThanProduct() throws {
    let gear = ["EmulatedAPIServer", "HTTPServer", "StandInCollector", "Simulation"].map {
      "Sources/operator-sim/\($0)"
    }
    let product = ["Contract", "DesiredState", "Reconciler", "Attachment", "OffsetSync"].map {
      "Sources/\($0)"
    }
    #expect(try gear.map(Self.lines).reduce(0, +) < product.map(Self.lines).reduce(0, +))
  }

  /// Lines of Swift below a directory.
  private static func lines(_ directory: String) throws -> Int {
    let files = HostFiles.list(Repository.root + "/" + directory).filter { $0.hasSuffix(".swift") }
    try #require(!files.isEmpty, "\(directory): no Swift files")
    return try files.map { file in
      try Repository.text("\(directory)/\(file)").utf8.count { $0 == UInt8(ascii: "\n") }
    }.reduce(0, +)
  }
}
