import DesiredState
import FilelogCommandLine
import FilelogJSON

/// The options of every command that renders manifests for a cluster.
let desiredStateOptions: [CommandOption] = renderingOptions(namespace: namespaceOption)

/// - Parameter namespace: the option `--namespace`.
func renderingOptions(namespace: CommandOption) -> [CommandOption] {
  [
    .repeated(
      "--values", short: "-f", "FILE",
      help: "Helm values, YAML or JSON; later files win. - is stdin."
    ).called("--filename"),
    .repeated("--set", "KEY=VALUE", help: "Set one value, in Helm's notation; wins over files."),
    .repeated(
      "--set-string", "KEY=TEXT", help: "The same; the value is text whatever it looks like."),
    .repeated("--set-json", "KEY=JSON", help: "The same; the value is JSON."),
    .repeated("--set-file", "KEY=FILE", help: "The same; the value is the text of a file."),
    .repeated(
      "--set-literal", "KEY=TEXT", help: "The same; the value is the text as it is, commas too."),
    .required(
      "--release", "NAME", help: "The name of the Helm release; object names begin with it."),
    namespace,
    .repeated(
      "--monitoring", "FILE",
      help:
        "Dash0Monitoring and Dash0OperatorConfiguration objects: which namespaces to collect, and "
        + "where their records go. Without it, none are collected."),
    .repeated(
      "--namespaces", "FILE",
      help: "The cluster's namespaces, for autoMonitorNamespaces: names, or the output of kubectl "
        + "get namespaces -o yaml."),
    .flag(
      "--adopt",
      help: "Keep the selector of a DaemonSet that upstream's operator made: it cannot change."),
    .repeated(
      "--annotation", "KEY=TEXT",
      help:
        "An annotation of every object, argocd.argoproj.io/sync-options=Prune=false for instance."
    ),
    .value(
      "--owner-reference", "JSON",
      help: "The owner of every object in the namespace, with apiVersion, kind, name and uid: they "
        + "go when it goes."),
    .value(
      "--kubernetes-version", "VERSION",
      help: "The cluster's version; from 1.29 on the sync container becomes a native sidecar."
    ).called("--kube-version"),
    .value(
      "--chart-version", "VERSION",
      help: "The tag of images without one; default \(DesiredStateRequest.defaultChartVersion)."),
    .value("--cluster-uid", "UID", help: "The UID of the namespace kube-system, for telemetry."),
  ]
}

/// What a command line with ``desiredStateOptions`` asks for.
/// - Throws: ``InvalidInput`` with every problem, ``UsageError`` where all are the command line's, or
///   ``CommandFailure`` for a file that cannot be read.
func desiredStateInput(_ call: Invocation) throws -> DesiredStateInput {
  try checkedInput(desiredStateRequest(call, namespace: call.required("--namespace")))
}

/// - Throws: ``InvalidInput``, or ``UsageError`` where everything that is wrong is the command line's.
func checkedInput(_ request: DesiredStateRequest) throws -> DesiredStateInput {
  do { return try DesiredStateInput(request) } catch { throw commandLineError(error) }
}

/// What is wrong with options alone is a wrong command line.
func commandLineError(_ error: InvalidInput) -> any Error {
  let text = error.problems.map(\.commandLineText).joined(separator: "\n")
  return error.problems.allSatisfy { $0.origin.part != nil }
    ? UsageError(text) : CommandFailure(text)
}

extension Problem {
  /// Parts of a request are options here.
  var commandLineText: String { text(at: origin.part.map(\.option) ?? "\(origin)") }
}

extension DesiredStateRequest.Part {
  fileprivate var option: String {
    switch self {
    case .kubernetesVersion: "--kubernetes-version"
    case .chartVersion: "--chart-version"
    case .clusterUID: "--cluster-uid"
    case .adoptedInstance: "--adopt"
    case .annotations: "--annotation"
    case .ownerReference: "--owner-reference"
    case .monitoringObjects, .collectedNamespaces: "--monitoring"
    case .namespaceObjects: "--namespaces"
    case .valueTrees: "--values"
    default: "--\(rawValue)"
    }
  }
}

/// The same, unchecked.
/// - Throws: ``CommandFailure`` for a file that cannot be read.
func desiredStateRequest(
  _ call: Invocation, namespace: String
) throws -> DesiredStateRequest {
  let files = ["--values", "--monitoring", "--namespaces"].flatMap { call.values($0) }
  guard files.count(where: { $0 == "-" }) < 2 else {
    throw UsageError("- is given twice, and standard input can be read once")
  }
  var request = DesiredStateRequest(release: call.required("--release"), namespace: namespace)
  for path in call.values("--values") { request.values.append(try inputFile(path)) }
  request.sets = try assignments(call)
  for path in call.values("--monitoring") { request.monitoring.append(try inputFile(path)) }
  for path in call.values("--namespaces") { request.namespaces.append(try inputFile(path)) }
  request.kubernetesVersion = try versionOption(call)
  if call.has("--adopt") { request.adoptedInstance = DesiredStateRequest.upstreamInstance }
  request.clusterUID = call.value("--cluster-uid")
  request.annotations = try annotations(call)
  request.ownerReference = try ownerReference(call)
  if let version = call.value("--chart-version") { request.chartVersion = version }
  return request
}

private func annotations(_ call: Invocation) throws(UsageError) -> [String: String] {
  var annotations: [String: String] = [:]
  for argument in call.values("--annotation") {
    guard let mark = argument.firstIndex(of: "=") else {
      throw UsageError("--annotation: found \"\(argument)\", expected key=text")
    }
    annotations[String(argument[..<mark])] = String(argument[argument.index(after: mark)...])
  }
  return annotations
}

private func ownerReference(_ call: Invocation) throws(UsageError) -> JSONValue? {
  guard let text = call.value("--owner-reference") else { return nil }
  guard let reference = try? JSONValue(parsing: Array(text.utf8)) else {
    throw UsageError("--owner-reference: found text that is not JSON, expected an object")
  }
  return reference
}

/// In Helm's order, whatever their order on the command line.
private func assignments(_ call: Invocation) throws -> [ValueAssignment] {
  let files = try pairs(call, "--set-file", "file").map {
    ValueAssignment.file(key: $0.key, try inputFile($0.value))
  }
  let literals = try pairs(call, "--set-literal", "text").map {
    ValueAssignment.literal(key: $0.key, $0.value)
  }
  return call.values("--set-json").map { .json($0) } + call.values("--set").map { .parsed($0) }
    + call.values("--set-string").map { .text($0) } + files + literals
}

/// What stands before and behind the first equals sign of an option's values.
private func pairs(
  _ call: Invocation, _ option: String, _ value: String
) throws(UsageError) -> [(key: String, value: String)] {
  var pairs: [(key: String, value: String)] = []
  for argument in call.values(option) {
    guard let mark = argument.firstIndex(of: "=") else {
      throw UsageError("\(option): found \"\(argument)\", expected key.path=\(value)")
    }
    pairs.append((String(argument[..<mark]), String(argument[argument.index(after: mark)...])))
  }
  return pairs
}

/// - Throws: ``UsageError`` for a text that is not a version.
func versionOption(_ call: Invocation) throws -> KubernetesVersion? {
  guard let text = call.value("--kubernetes-version") else { return nil }
  guard let version = KubernetesVersion(text) else {
    throw UsageError("--kubernetes-version: found \"\(text)\", expected a version like 1.31")
  }
  return version
}

private func inputFile(_ path: String) throws(CommandFailure) -> InputFile {
  if path.hasPrefix("https://") || path.hasPrefix("http://") {
    throw CommandFailure(
      "\(path): expected a file; fetch it first, for instance curl -fsSL \(path), which - reads from a "
        + "pipe")
  }
  return InputFile(name: path == "-" ? "stdin" : path, bytes: try File.read(path))
}
