import HostileInput
import TestSupport
import Testing

/// Holds every fixture, and every input that the fuzzer ever found, against the rules of its
/// parser. A finding becomes a case by lying in `Tests/Fixtures/regressions/PARSER/`.
@Suite struct RegressionTests {
  @Test(arguments: HostileInput.allCases)
  func nothingThatWasFoundOnceBreaksItsParser(_ parser: HostileInput) throws {
    for (name, bytes) in try parser.findings() {
      let violation = parser.violation(bytes)
      #expect(violation == nil, "\(parser)/\(name)")
    }
  }

  @Test(arguments: HostileInput.allCases)
  func everySeedKeepsTheRulesOfItsParser(_ parser: HostileInput) throws {
    let seeds = try parser.seeds()
    #expect(seeds.count > 10)
    for (name, bytes) in seeds {
      let violation = parser.violation(bytes)
      #expect(violation == nil, "\(name)")
    }
  }

  @Test func everyFindingLiesInTheDirectoryOfAParser() {
    let directories = Set(HostileInput.allCases.map(\.rawValue))
    for path in HostFiles.list(HostileInput.regressions) {
      #expect(directories.contains(String(path.split(separator: "/")[0])), "\(path)")
    }
  }
}
