import FilelogText
import Testing

@Suite struct RFC3339Tests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
    (-1, "1969-12-31T23:59:59Z"), (4_102_444_799, "2099-12-31T23:59:59Z"),
    (-62_135_596_800, "0001-01-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
  ])
  func textAndSecondsAgree(_ seconds: Int64, _ text: String) {
    #expect(RFC3339.text(seconds: seconds) == text)
    #expect(RFC3339.parse(text)?.seconds == seconds)
  }

  @Test func decimalsAreCutOrAsManyAsNeeded() {
    let moment = Timestamp(nanoseconds: 1_767_323_045_678_900_000)
    #expect(moment.text(.exactly(0)) == "2026-01-02T03:04:05Z")
    #expect("\(moment)" == "2026-01-02T03:04:05.678Z")
    #expect(moment.text(.asNeeded) == "2026-01-02T03:04:05.6789Z")
    #expect(Timestamp(rfc3339: moment.text(.exactly(9))) == moment)
  }

  @Test(arguments: [
    "", "2026", "2026-13-01T00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00",
    "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "2026\r01-01T00:00:00Z",
  ])
  func invalidTimesAreRefused(_ text: String) {
    #expect(RFC3339.parse(text) == nil)
  }

  @Test func timesBeyondNanosecondsIn64BitsHaveNoTimestamp() {
    #expect(Timestamp(rfc3339: "2300-01-01T00:00:00Z") == nil)
    #expect(Timestamp(rfc3339: "0001-01-01T00:00:00Z") == nil)
  }
}

@Suite struct DurationTextTests {
  @Test(
    arguments: [
      ("250ms", 0.25), ("5s", 5), ("1.5m", 90), ("1h30m", 5400), ("5m0s", 300), ("1m1s1ms", 61.001),
      ("366h", 366 * 3600),
    ] as [(String, Double)])
  func timesAreReadAsPeopleAndGoWriteThem(_ text: String, _ seconds: Double) {
    #expect(Duration(text: text) == .seconds(seconds))
  }

  @Test(arguments: [
    "", "5", "s", "5 s", "5s ", "-5s", "5d", "30m1h", "5s5s", "1h30", "..s", "9999h9999m", "1e3s",
    "nans", "5S",
  ])
  func anythingElseIsNoTime(_ text: String) { #expect(Duration(text: text) == nil) }
}

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
    (Int.min, "-9,223,372,036,854,775,808"),
  ])
  func digitsAreGroupedByThree(_ number: Int, _ text: String) {
    #expect(number.grouped == text)
  }
}

@Suite struct TextTableTests {
  @Test func columnsAreAlignedAndLinesEndWithText() {
    let rows = [["node", "bytes", "note"], ["a", "1,000", ""]]
    #expect(
      TextTable.lines(rows, leftAligned: [0, 2]) == ["node  bytes  note", "a     1,000"])
    #expect(TextTable.lines([]).isEmpty)
  }
}
