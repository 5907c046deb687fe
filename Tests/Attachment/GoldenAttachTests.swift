import Attachment
import FilelogJSON
import TestSupport
import Testing

@testable import operator_sim

/// Whole outputs and reports, compared byte for byte.
@Suite struct GoldenAttachTests {
  @Test(arguments: AttachCase.all)
  func attachWritesTheRecordedManifestsAndReport(_ golden: AttachCase) throws {
    let report: [String]
    do {
      let result = try golden.attached()
      report = result.report.lines
      let expected = GoldenFile(path: golden.path("expected.\(golden.format)"))
      if let output = result.output {
        let difference = expected.difference(from: String(decoding: output, as: UTF8.self))
        #expect(difference == nil, "\(difference ?? "")")
      } else {
        #expect(!golden.hasFile("expected.\(golden.format)"), "\(golden.name) is refused")
      }
    } catch let error as Attacher.InvalidInput {
      report = ["\(error)"]
    }
    let lines = report.map { $0 + "\n" }.joined()
    let difference = GoldenFile(path: golden.path("report.txt")).difference(from: lines)
    #expect(difference == nil, "\(difference ?? "")")
  }

  /// What a manifest means does not change with its form.
  @Test func listHoldsWhatKubectlReads() throws {
    let text = "apiVersion: v1\nkind: A\nuser: 1.00065e+09\nothers: [no, 1.5, \"on\"]\n"
    let list = try Attacher(file: "input").list(Array(text.utf8))
    #expect(
      list["items"]
        == [
          [
            "apiVersion": "v1", "kind": "A", "user": 1_000_650_000, "others": [false, 1.5, "on"],
          ]
        ])
  }

  @Test func everyStructuralCaseIsThere() {
    #expect(AttachCase.all.count >= 70)
    #expect(AttachCase.attached.count >= 40)
  }
}
