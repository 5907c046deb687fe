import FilelogContract
import FilelogJSON
import FilelogSystemCalls
import FilelogYAML
import Glibc
import TestSupport
import Testing

@testable import OffsetSync

/// The collector's configuration file, which init writes with what attach adds.
@Suite struct CollectorConfigurationTests {
  private static let additions =
    #"[{"to":["service"],"append":{"extensions":["file_storage/x"]}},"#
    + #"{"to":["receivers","file_log"],"optional":true,"set":{"storage":"file_storage/x"}}]"#

  private struct Outcome {
    let isWritten: Bool
    let text: String?
    let mode: mode_t?
    let lines: CapturedLog
  }

  /// - Parameter text: of the vendor's file; nil: there is none.
  private func write(
    _ text: String?, mode: mode_t = 0o644, times: Int = 1, calls: SystemCalls = .host
  ) throws -> Outcome {
    try HostFiles.withTemporaryDirectory { directory in
      // As the kubelet lays a config map out.
      let data = "\(directory)/vendor/..2026_11_29"
      for path in ["vendor", "vendor/..2026_11_29", "vendor/..2026_11_29/certs", "target"] {
        mkdir("\(directory)/\(path)", 0o755)
      }
      if let text {
        try HostFiles.write(Array(text.utf8), to: "\(data)/relay.yaml")
        chmod("\(data)/relay.yaml", mode)
      }
      try HostFiles.write([1, 2, 3], to: "\(data)/certs/ca.crt")
      symlink("..2026_11_29", "\(directory)/vendor/..data")
      for name in ["relay.yaml", "certs"] where name == "certs" || text != nil {
        symlink("..data/\(name)", "\(directory)/vendor/\(name)")
      }
      let json =
        #"{"from":"\#(directory)/vendor","to":"\#(directory)/target","file":"relay.yaml","#
        + #""additions":\#(Self.additions)}"#
      let configuration = try #require(CollectorConfiguration(json))
      let lines = CapturedLog()
      var isWritten = false
      for _ in 0..<times {
        isWritten = CollectorConfigurationWriter(configuration, calls: calls, log: lines.log)
          .write()
      }
      let target = "\(directory)/target/relay.yaml"
      let all = ["certs/ca.crt", "relay.yaml"]
      if isWritten { #expect(HostFiles.list("\(directory)/target") == all) }
      var status = stat()
      let isThere = stat(target, &status) == 0
      return Outcome(
        isWritten: isWritten,
        text: isThere ? String(decoding: try HostFiles.read(target), as: UTF8.self) : nil,
        mode: isThere ? status.st_mode & 0o777 : nil, lines: lines)
    }
  }

  @Test func fileIsWrittenWithWhatIsAdded() throws {
    let outcome = try write("receivers: {file_log: {}}\nservice: {extensions: [a]} # theirs\n")
    #expect(outcome.isWritten)
    #expect(
      outcome.text
        == "receivers: {file_log: {storage: \"file_storage/x\"}}\n"
        + "service: {extensions: [\"file_storage/x\", a]} # theirs\n")
    #expect(outcome.mode == 0o444)
    #expect(outcome.lines.count("added storage to the collector's configuration") > 0)
  }

  /// An init container runs again when a node was rebooted.
  @Test func writingAgainReplacesTheFile() throws {
    let outcome = try write("service: {extensions: [a]}\n", times: 2)
    #expect(outcome.text == "service: {extensions: [\"file_storage/x\", a]}\n")
  }

  /// A file of a Secret may be for its owner alone.
  @Test(
    arguments: [(0o400, 0o400), (0o440, 0o440), (0o600, 0o400), (0o755, 0o444)]
      as [(mode_t, mode_t)])
  func copyIsAsReadableAsTheFile(_ mode: mode_t, _ expected: mode_t) throws {
    #expect(try write("{}", mode: mode).mode == expected)
  }

  /// The collector is then as good as without attach.
  @Test(arguments: [
    ("service: {extensions: a}\n", "service.extensions is not a list"),
    ("a: [\n", "did not find expected"),
    ("\u{1}", "control characters"),
  ])
  func fileThatCannotBeExtendedIsCopied(_ text: String, _ message: String) throws {
    let outcome = try write(text)
    #expect(outcome.isWritten)
    #expect(outcome.text == text)
    #expect(outcome.lines.count("the collector starts without it") > 0)
    #expect(outcome.lines.count(message) > 0)
  }

  @Test func receiverThatIsGoneIsReported() throws {
    let outcome = try write("receivers: {otlp: }\n")
    #expect(outcome.isWritten)
    #expect(outcome.lines.count("\"absent\":\"receivers.file_log\"") > 0)
  }

  @Test func absentFileStopsTheStart() throws {
    let outcome = try write(nil)
    #expect(!outcome.isWritten && outcome.text == nil)
    #expect(outcome.lines.count("cannot copy the collector's configuration") > 0)
    #expect(outcome.lines.count("No such file") > 0)
  }

  @Test func fullVolumeStopsTheStart() throws {
    var calls = SystemCalls.host
    calls.write = { (_, _) throws(SystemError) in throw SystemError("write", ENOSPC) }
    let outcome = try write("{}", calls: calls)
    #expect(!outcome.isWritten && outcome.text == nil)
    #expect(outcome.lines.count("No space left") > 0)
  }

  @Test(arguments: [
    "x", "{}", #"{"from":"a","to":"/b","file":"c","additions":[]}"#,
    #"{"from":"/a","to":"/b","file":"","additions":[]}"#, #"{"from":"/a","to":"/b","file":"c"}"#,
    #"{"from":"/a","to":"/b","file":"c","additions":[1]}"#,
  ])
  func otherTextsAreRefused(_ text: String) {
    #expect(CollectorConfiguration(text) == nil)
    let error = #expect(throws: SettingsError.self) {
      try Settings(environment: [Contract.Variable.collectorConfiguration.rawValue: text])
    }
    #expect(error?.description.contains("FILELOG_COLLECTOR_CONFIGURATION: not what attach") == true)
  }
}
