import Attachment
import FilelogCommandLine
import FilelogJSON

/// `operator-sim attach`: offsets for a collector that others deploy.
let attachCommand = Command(
  name: "attach",
  summary: "add offset synchronization to the manifests of any OpenTelemetry Collector",
  discussion: """
    Reads manifests on standard input, adds an init container, a sync container, a volume, the \
    permissions and a config map to every DaemonSet and OpenTelemetryCollector that collects log \
    files, and writes the manifests to standard output. Everything else stays byte for byte, the \
    vendor's configuration too: a DaemonSet gets one more --config argument. One in a cluster keeps its \
    arguments, which other tools apply, and has its configuration mounted over. --detach gives the \
    bytes from before.

    What was done, skipped or refused goes to standard error, one line each. When anything is \
    refused, no manifests are written.
    """,
  options: attachOptions + clusterOptions + [
    .flag("--apply", help: "With KIND/NAME: change the cluster, after the difference looked right.")
  ],
  operands: .any(
    name: "KIND/NAME",
    help: "Objects of a cluster in place of standard input, daemonset/agent: shows the difference."),
  examples: [
    Command.Example(
      "attach --image REGISTRY/filelog-offset-sync:1.0.0 < manifests.yaml",
      "Add offsets to what helm template, kustomize build or a file holds"),
    Command.Example(
      "attach --image REGISTRY/filelog-offset-sync:1.0.0 --check < manifests.yaml",
      "Only report what would be done, and what stands in the way"),
    Command.Example("attach --detach < attached.yaml", "Take it all back"),
    Command.Example(
      "attach --image REGISTRY/filelog-offset-sync:1.0.0 --namespace logs daemonset/agent",
      "Show what it would change in the cluster that kubectl talks to; --apply changes it"),
  ],
  exitCodes: "0 done; 1 something was refused, or nothing was attached; 2 wrong command line."
) { call in
  try refuseContradictions(call)
  guard call.operands.isEmpty else {
    let (report, outcome) = try AttachLive(call).run()
    try writeReport(report, call)
    return try outcome.get()
  }
  let bytes = try File.read("-", limit: 16 << 20)
  let call = try withFunctionConfig(call, bytes)
  let format = try call.value("--format").map { _ in
    try call.choice("--format", default: AttachFormat.yaml)
  }
  let attacher = Attacher(file: "stdin")
  let result =
    call.has("--detach")
    ? try attacher.detach(bytes, selection: WorkloadName.selection(call))
    : try attacher.attach(bytes, AttachOptions(call))
  if let output = result.output, !call.has("--check") {
    let text =
      switch format {
      case nil: output
      case .yaml?: try attacher.yaml(output)
      case .json?: JSONWriter.pretty.bytes(try attacher.list(output))
      case .patches?: result.patches
      }
    call.console.write(String(decoding: text, as: UTF8.self))
  }
  try writeReport(result.report, call)
  return result.report.hasRefusals ? .failure : .success
}

/// Options that have no effect beside others are not passed over.
private func refuseContradictions(_ call: Invocation) throws(UsageError) {
  if call.operands.isEmpty {
    guard !call.has("--apply") else {
      throw UsageError("--apply goes with KIND/NAME; manifests go to kubectl apply")
    }
    if let option = clusterOptions.map(\.name).first(where: { call.value($0) != nil }) {
      throw UsageError("\(option) goes with KIND/NAME; manifests are read from standard input")
    }
  } else {
    if let option = ["--format", "--select"].first(where: { call.value($0) != nil }) {
      throw UsageError("\(option) goes with manifests on standard input, not with KIND/NAME")
    }
    guard !call.has("--check") || !call.has("--apply") else {
      throw UsageError("--check and --apply exclude each other")
    }
  }
  guard !call.has("--detach") || call.value("--format") != AttachFormat.patches.rawValue else {
    throw UsageError("--detach writes no patches: take those of attach out again")
  }
}

/// The report goes to standard error, and to a file where one is named: Helm 4 shows no standard error
/// of a plugin that succeeds.
private func writeReport(_ report: AttachReport, _ call: Invocation) throws {
  let text =
    call.has("--json")
    ? JSONWriter.pretty.string(report.json(\.flag)) : report.lines.map { $0 + "\n" }.joined()
  if let path = call.value("--report") { try File.write(Array(text.utf8), to: path) }
  if !text.isEmpty { call.console.writeError(String(text.dropLast())) }
}

/// As a KRM function the options come with the input.
private func withFunctionConfig(
  _ call: Invocation, _ bytes: [UInt8]
) throws(UsageError) -> Invocation {
  guard let options = FunctionConfig.options(of: bytes) else { return call }
  let known = Set(call.command.options.map(\.name))
  if let unknown = options.keys.sorted().first(where: { !known.contains("--\($0)") }) {
    throw UsageError(
      "functionConfig: unknown member \"\(unknown)\"; it takes the options of attach")
  }
  return call.falling(
    backOn: Dictionary(uniqueKeysWithValues: options.map { ("--\($0.key)", $0.value) }))
}
