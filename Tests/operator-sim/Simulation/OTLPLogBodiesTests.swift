import FilelogJSON
import Testing

@testable import Simulation

@Suite struct OTLPLogBodiesTests {
  static func parse(_ text: String) -> [String]? { OTLPLogBodies.parse(Array(text.utf8)) }

  @Test func bodiesAreFoundWhereverTheyStandAndNothingElseIs() {
    let text = #"""
      { "other": [1, -2.5e+3, true, null, {"body": {"stringValue": "no"}}],
        "resourceLogs": [
          {"resource": {"attributes": [{"key": "body", "value": {"stringValue": "no"}}]},
           "scopeLogs": [{"logRecords": [
             {"attributes": [], "body": {"stringValue": "one"}, "body2": {"stringValue": "no"}},
             {"body": {"intValue": "7"}}, {"body": null}, {},
             {"body": {"stringValue": "two \"é\" \\ \/ \n \u0041\ud83d\ude00"}}]}]},
          {"scopeLogs": []}, {}] }
      """#
    #expect(Self.parse(text) == ["one", "", "", "", "two \"é\" \\ / \n A😀"])
  }

  @Test(arguments: [
    "", "{}", "[]", "{", #"{"resourceLogs":"#, #"{"resourceLogs":[}"#,
    #"{"resourceLogs":[{"a" 1}]}"#,
    #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"\"#,
    #"{"resourceLogs":{}}"#, #"{"x":"#,
  ])
  func whatIsNoSuchRequestIsRefused(_ text: String) {
    #expect(Self.parse(text) == nil)
  }

  @Test func endlessNestingIsRefused() {
    #expect(Self.parse(#"{"x":"# + String(repeating: "[", count: 100_000)) == nil)
  }

  /// A record is not refused for one character.
  @Test func brokenEscapeIsReplaced() {
    #expect(
      Self.parse(
        #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"\u12"}}]}]}]}"#)
        == ["\u{fffd}12"])
  }
}
