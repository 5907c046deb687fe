import Attachment
import CommandLine
import JSON

/// `operator-sim attach`: offsets for a collector that others deploy.
let attachCommand = Command(
  name: "attach",
  summary: "add offset synchronization to the manifests of any OpenTelemetry Collector",
  discussion: """
    Reads manifests on standard input, adds an init container, a sync container, a volume, the \
    permissions and a config map to every DaemonSet and OpenTelemetryCollector that collects log \
    files, and writes the manifests to standard output. Everything else stays byte for byte, the \
    vendor's configuration too: a DaemonSet gets one more --config argument. --detach gives the bytes \
    from before.

    What was done, skipped or refused goes to standard error, one line each. When anything is \
    refused, no manifests are written.
    """,
  options: attachOptions,
  examples: [
    Command.Example(
      "attach --image REGISTRY/filelog-offset-sync:1.0.0 < manifests.yaml",
      "Add offsets to what helm template, kustomize build or a file holds"),
    Command.Example(
      "attach --image REGISTRY/filelog-offset-sync:1.0.0 --check < manifests.yaml",
      "Only report what would be done, and what stands in the way"),
    Command.Example("attach --detach < attached.yaml", "Take it all back"),
  ],
  exitCodes: "0 done; 1 something was refused, or nothing was attached; 2 wrong command line."
) { call in
  let options = call.has("--detach") ? nil : try AttachOptions(call)
  let bytes = try File.read("-", limit: 16 << 20)
  let attacher = Attacher(file: "stdin")
  let result =
    try options.map { try attacher.attach(bytes, $0) }
    ?? attacher.detach(bytes, selection: Set(call.values("--select")))
  if let output = result.output, !call.has("--check") {
    call.console.write(String(decoding: output, as: UTF8.self))
  }
  let report =
    call.has("--json")
    ? JSONWriter.pretty.string(result.report.json)
    : result.report.lines.map { $0 + "\n" }.joined()
  if let path = call.value("--report") { try File.write(Array(report.utf8), to: path) }
  if !report.isEmpty { call.console.writeError(String(report.dropLast())) }
  return result.report.hasRefusals ? .failure : .success
}
