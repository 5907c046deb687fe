import Testing

@testable import FilelogText

@Suite struct SpellingTests {
  @Test(arguments: [
    ("filelogOffsetSyncStorageVolum", "filelogOffsetSyncStorageVolume"),
    ("tolerationz", "tolerations"), ("dameonSetLabels", "daemonSetLabels"),
    ("CLUSTERNAME", "clusterName"), ("--vaules", "--values"),
  ])
  func aSlipOfTheFingerIsRecognised(_ written: String, _ meant: String) {
    let names = [
      "daemonSetLabels", "clusterName", "filelogOffsetSyncStorageVolume", "tolerations", "--values",
    ]
    #expect(Spelling.closest(to: written, among: names) == meant)
  }

  @Test(arguments: ["", "a", "image", "somethingElse", String(repeating: "x", count: 100_000)])
  func aNameThatResemblesNothingGetsNoSuggestion(_ written: String) {
    #expect(Spelling.closest(to: written, among: ["b", "clusterName", "webhook"]) == nil)
  }

  @Test func twoNamesEquallyNearGiveTheSameAnswerInAnyOrder() {
    #expect(Spelling.closest(to: "test", among: ["text", "tent"]) == "tent")
    #expect(Spelling.closest(to: "test", among: ["tent", "text"]) == "tent")
  }

  @Test(arguments: [("", "", 0), ("abc", "", 3), ("abc", "acb", 1), ("kitten", "sitting", 3)])
  func distancesCountInsertionsRemovalsReplacementsAndSwaps(
    _ one: String, _ other: String, _ distance: Int
  ) {
    let measured = Spelling.editDistance(Array(one.unicodeScalars), Array(other.unicodeScalars))
    #expect(measured == distance)
  }
}
