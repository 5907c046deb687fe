import FilelogCommandLine
import FilelogJSON
import OffsetSync
import TestSupport
import Testing

/// What `docs/operations.md` promises to be complete.
@Suite struct OperationsTests {
  let document: String

  init() throws { document = try Repository.text("docs/operations.md") }

  @Test func everyLogMessageIsDocumentedWithItsLevel() throws {
    let table = try #require(MarkdownTable(after: "## Log messages", in: document))
    let documented = table.rows.map { "\($0[0]) \(MarkdownTable.code(in: $0[1]).first ?? "")" }
    let written = try Self.messages()
    #expect(written.subtracting(documented).sorted() == [])
    #expect(Set(documented).subtracting(written).sorted() == [])
    #expect(documented.count == Set(documented).count)
    #expect(written.count > 25)
  }

  /// Level and text of what the source logs. A message must be a literal, or several to choose from,
  /// where it is logged; the one place that is handed its messages is `ConditionLog.raise`.
  static func messages() throws -> Set<String> {
    var messages: Set<String> = []
    for (path, text) in try Repository.sources("Sources/OffsetSync/OffsetSync") {
      for level in LogLevel.allCases {
        for call in Calls.arguments(of: "log.\(level.rawValue)", in: text) {
          let texts = Literals.all(in: try #require(call.first))
          #expect(
            !texts.isEmpty || path == "Loop/ConditionLog.swift",
            "\(path) logs \(call[0]), which is not a literal")
          messages.formUnion(texts.map { "\(level.rawValue) \($0)" })
        }
      }
      for call in Calls.arguments(of: "conditions.raise", in: text) {
        messages.insert("error " + (Literals.all(in: try #require(call.dropFirst(2).first))[0]))
      }
    }
    return messages
  }

  @Test func everyMetricIsDocumented() throws {
    let golden = try JSONValue(
      parsing: HostFiles.read(Repository.root + "/Tests/Golden/otlp-metrics.json"))
    let metrics = try #require(
      golden["resourceMetrics"]?[0]?["scopeMetrics"]?[0]?["metrics"]?.array)
    let prefix = "dash0.operator.filelog_offset_sync."
    let names = try metrics.map { try #require($0["name"]?.string) }
    #expect(names.allSatisfy { $0.hasPrefix(prefix) })
    #expect(document.contains("`\(prefix)`"))
    let table = try #require(MarkdownTable(after: "## Metrics", in: document))
    #expect(
      Set(table.code(inColumn: 0)) == Set(names.map { String($0.dropFirst(prefix.count)) }))
  }

  @Test func everyErrorTypeIsDocumented() {
    for code in StoreError.Code.allCases { #expect(document.contains("`\(code.rawValue)`")) }
  }

  /// A variable is a literal of capitals with an underscore in the container's own sources, or what
  /// `TelemetryEnvironment.variable` puts a prefix before.
  @Test func everyEnvironmentVariableIsDocumented() throws {
    let documented = Set(MarkdownTable.code(in: document))
    var found: Set<String> = []
    for directory in [
      "Contract", "OffsetSync/OffsetSync", "Support/KubernetesAPI",
      "OffsetSync/filelog-offset-sync",
    ] {
      for (_, text) in try Repository.sources("Sources/" + directory) {
        let suffixes = Calls.arguments(of: "variable", in: text).flatMap {
          Literals.all(in: $0.first ?? "")
        }
        found.formUnion(suffixes.map { "OTEL_EXPORTER_OTLP_" + $0 })
        found.formUnion(
          Literals.all(in: text[...]).filter { Self.isVariable($0) && !suffixes.contains($0) })
      }
    }
    #expect(found.subtracting(documented).sorted() == [])
    #expect(found.count > 20)
  }

  private static func isVariable(_ text: String) -> Bool {
    text.contains("_") && !text.hasSuffix("_") && !text.hasPrefix("_")
      && text.allSatisfy { $0 == "_" || ("A"..."Z").contains($0) || ("0"..."9").contains($0) }
  }

  @Test func everyFlagIsDocumented() throws {
    let table = try #require(MarkdownTable(after: "## Flags and exit codes", in: document))
    let options = Program.command(environment: [:]).options.map(\.name) + ["--help", "--version"]
    #expect(Set(table.code(inColumn: 0)) == Set(options))
  }
}
