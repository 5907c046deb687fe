import FilelogJSON
import Foundation
import Testing

@testable import DesiredState

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

  /// The table of values in `docs/manifests.md`.
  @Test func everyDocumentedValueHasACase() throws {
    var given: Set<String> = []
    for golden in GoldenCase.all {
      Self.collect(
        ValuesTree.given(try golden.request(), log: ProblemLog()).json, at: "", in: &given)
    }
    let directory = GoldenCase.directory.dropLast("helm-fixtures".count)
    let document = try String(
      contentsOf: URL(filePath: directory + "docs/manifests.md"), encoding: .utf8)
    let rows = document.split(separator: "\n")
      .filter { $0.contains(" | chart | ") || $0.contains(" | ours | ") }
    #expect(rows.count > 30)
    for key in rows.flatMap(Self.keys) {
      #expect(
        given.contains("operator." + key) || given.contains("operator.collectors." + key), "\(key)")
    }
  }

  private static func collect(_ value: JSONValue, at path: String, in paths: inout Set<String>) {
    paths.insert(path)
    for (key, member) in value.object ?? [:] {
      collect(member, at: path.isEmpty ? key : "\(path).\(key)", in: &paths)
    }
  }

  /// What stands between backquotes in a row's first cell; `a.{b,c}` is two.
  private static func keys(_ row: Substring) -> [String] {
    let cell = row.dropFirst().prefix { $0 != "|" }
    var keys: [String] = []
    for (index, part) in cell.split(separator: "`").enumerated() where index % 2 == 1 {
      guard let brace = part.firstIndex(of: "{") else {
        keys.append(String(part))
        continue
      }
      let stem = String(part[..<brace])
      let members = part[brace...].dropFirst().dropLast().split(separator: ",")
      keys += members.map { stem + String($0) }
    }
    return keys
  }

  @Test func goldenCasesExist() {
    #expect(GoldenCase.all.map(\.name).contains("default"))
    #expect(GoldenCase.all.map(\.name).contains("user-provided-volume"))
  }
}
