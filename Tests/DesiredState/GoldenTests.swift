import DesiredState
import Foundation
import Testing

/// Whole outputs, compared byte for byte. With `RECORD_GOLDEN=1` in the environment the outputs are
/// recorded instead.
@Suite struct GoldenTests {
  @Test(arguments: GoldenCase.all)
  func manifestsMatchGolden(_ golden: GoldenCase) throws {
    let rendered = try golden.output()
    if ProcessInfo.processInfo.environment["RECORD_GOLDEN"] == "1" {
      try golden.record(rendered)
      return
    }
    let expected = try golden.expected()
    if expected.isEmpty, !rendered.isEmpty {
      try golden.record(rendered)
      Issue.record("nothing was recorded for \(golden.name) yet; it is now, look at it")
    }
    #expect(rendered.keys.sorted() == expected.keys.sorted())
    for (name, text) in rendered {
      #expect(text == expected[name], "\(golden.name)/\(name)")
    }
  }

  @Test func goldenCasesExist() {
    #expect(GoldenCase.all.map(\.name).contains("default"))
    #expect(GoldenCase.all.map(\.name).contains("user-provided-volume"))
  }
}
