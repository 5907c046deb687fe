import CommandLine
import DesiredState

/// The options of every command that renders manifests for a cluster.
let desiredStateOptions: [CommandOption] = renderingOptions(namespace: namespaceOption)

/// - Parameter namespace: the option `--namespace`.
func renderingOptions(namespace: CommandOption) -> [CommandOption] {
  [
    .repeated(
      "--values", short: "-f", "FILE",
      help: "Helm values, YAML or JSON; later files win. - is stdin."),
    .repeated("--set", "KEY=VALUE", help: "Set one value, in Helm's notation; wins over files."),
    .required(
      "--release", "NAME", help: "The name of the Helm release; object names begin with it."),
    namespace,
    .repeated(
      "--monitoring", "FILE",
      help: "Dash0Monitoring objects: the namespaces to collect. Without it, none."),
    .value(
      "--kubernetes-version", "VERSION",
      help: "The cluster's version; from 1.29 on the sync container becomes a native sidecar."),
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
  error.problems.allSatisfy(\.origin.isOption) ? UsageError("\(error)") : error
}

/// The same, unchecked.
/// - Throws: ``CommandFailure`` for a file that cannot be read.
func desiredStateRequest(
  _ call: Invocation, namespace: String
) throws(CommandFailure) -> DesiredStateRequest {
  var request = DesiredStateRequest(release: call.required("--release"), namespace: namespace)
  for path in call.values("--values") { request.values.append(try inputFile(path)) }
  request.sets = call.values("--set")
  for path in call.values("--monitoring") { request.monitoring.append(try inputFile(path)) }
  request.kubernetesVersion = call.value("--kubernetes-version")
  request.clusterUID = call.value("--cluster-uid")
  if let version = call.value("--chart-version") { request.chartVersion = version }
  return request
}

private func inputFile(_ path: String) throws(CommandFailure) -> InputFile {
  InputFile(name: path == "-" ? "stdin" : path, bytes: try File.read(path))
}
