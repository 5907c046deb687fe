import CommandLine
import FoundationEssentials
import StandInCollector
import YAML

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
    .required("--config", "FILE", help: "The collector's configuration."),
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
  let path = invocation.required("--config")
  let bytes: [UInt8]
  do {
    bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
  } catch {
    throw CommandFailure("\(path) cannot be read")
  }
  guard let document = try YAML.parse(bytes, file: path).first?.value else {
    throw CommandFailure("\(path) is empty")
  }
  let collector = try StandInCollector(
    CollectorConfiguration(document, environment: ProcessInfo.processInfo.environment),
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
