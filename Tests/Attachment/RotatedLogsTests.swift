import Testing

@testable import Attachment

/// What is decided on the links of rotated files.
@Suite struct RotatedLogsTests {
  /// Left out of files must mean left out of their links.
  @Test(arguments: [
    ("**/*.gz", true), ("**/a_*/*/*.log", true), ("**/istio-*/**", true), ("*.gz", true),
    ("/var/log/containers/x*.log", true), ("/var/lib/*", true), ("**", true),
    ("**/pods/a_*/**", false), ("**/*/a_*/*/*.log", false), ("**/**/a.log", false),
    ("/var/log/**/*.gz", false), ("/var/*/pods/a_*/*/*.log", false), ("*/log/pods/a/b", false),
    ("/**/a_*/*/*.log", false),
  ])
  func anExcludePatternIsTakenAsItIsWhereLinksMatchItAsFilesDo(_ pattern: String, _ same: Bool) {
    #expect(RotatedLogsDecision.meansTheSameOfLinks(pattern) == same)
  }

  @Test(arguments: [
    ("0.134", "0.134"), ("v0.156.0", "0.156"), ("0.158.0-amd64", "0.158"), ("1.2.3", "1.2"),
    ("latest", nil), ("7", nil), ("0.x", nil), ("", nil), ("0.99999", nil),
  ])
  func versionsAreReadAsImagesAreTagged(_ text: String, _ expected: String?) {
    #expect(CollectorVersion(text)?.text == expected)
  }
}
