import FilelogCommandLine
import FilelogJSON
import FilelogYAML
import FoundationEssentials
import StandInCollector

/// `operator-sim stand-in-collector`: the collector that `run` starts as child processes. Not for
/// people, so the overview does not list it.
let standInCollectorCommand = Command(
  name: "stand-in-collector",
  summary: "tail log files as a collector would, keeping offsets in bbolt databases",
  discussion: """
    Reads a rendered collector configuration and plays its file log receivers and OTLP/HTTP \
    exporters: nothing else of it. Ends on SIGTERM, after a final checkpoint and when everything \
    queued has been sent.
    """,
  options: [
    .repeated(
      "--config", "FILE|yaml:TEXT",
      help: "The collector's configuration; later ones are merged over earlier ones."),
    .value("--react-after", "TIME", help: "How long to go on after SIGTERM, or never; 0s."),
    .value("--flush-deadline", "TIME", help: "How long to try to send what is queued; 10s."),
  ],
  examples: [
    Command.Example(
      "stand-in-collector --config config.yaml --react-after 2s",
      "Be a collector that reacts late")
  ]
) { invocation in
  let stopRequested = StandInCollector.terminationSignals()
  let documents = try invocation.values("--config").map(document)
  guard !documents.isEmpty else { throw UsageError("--config is missing") }
  let collector = try StandInCollector(
    CollectorConfiguration(
      CollectorConfiguration.merged(documents), environment: ProcessInfo.processInfo.environment),
    options: StandInCollector.Options(
      reactsAfter: invocation.value("--react-after") == "never"
        ? nil : try invocation.duration("--react-after", default: .zero),
      flushDeadline: try invocation.duration("--flush-deadline", default: .seconds(10))),
    log: { invocation.console.writeError("stand-in collector: \($0)") })
  let givenUp = try collector.run(stopRequested: stopRequested)
  guard givenUp == 0 else {
    throw CommandFailure("stand-in collector: \(givenUp) records given up")
  }
  return .success
}

private func document(_ location: String) throws -> JSONValue {
  let inline = "yaml:"
  let bytes =
    location.hasPrefix(inline)
    ? Array(location.utf8.dropFirst(inline.utf8.count))
    : try File.read(location, limit: 16 << 20)
  guard let document = try YAML.parse(bytes, file: location).first?.value else {
    throw CommandFailure("\(location) is empty")
  }
  return document
}
