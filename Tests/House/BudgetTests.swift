import TestSupport
import Testing

/// Sizes that documents promise.
@Suite struct BudgetTests {
  /// The charter of the emulated API server. The number only goes down.
  static let emulatorLines = 9_000

  @Test func emulatorStaysWithinItsBudget() throws {
    let module = "Sources/operator-sim/EmulatedAPIServer"
    var lines = 0
    for path in HostFiles.list(Repository.root + "/" + module) where path.hasSuffix(".swift") {
      lines += try Repository.text(module + "/" + path).utf8.count { $0 == UInt8(ascii: "\n") }
    }
    #expect(lines > 5_000)
    #expect(lines <= Self.emulatorLines, "make room: the charter is the module's README.md")
    let charter = try Repository.text(module + "/README.md")
    #expect(charter.contains("At most 9,000 lines"))
  }
}
