import CommandFrame
import DesiredState
import FoundationEssentials
import JSON
import KubernetesAPI
import OffsetsInspection
import YAML

/// `operator-sim offsets`: what is stored, read without changing anything.
let offsetsCommand = Command(
  name: "offsets",
  summary: "show stored offsets: log files, how far each was read, how full the map is",
  discussion: """
    Reads the offsets map of a cluster, or a file: a snapshot as it stands in the map (gzip, or \
    base64 as kubectl prints it), a ConfigMap saved with kubectl get -o yaml or json, a bbolt \
    database, or a folder of them; a collector may be writing these meanwhile. Nothing is changed and \
    no lock is taken.

    Without --node a map is shown as a table of its nodes; with it, every log file of that node.
    """,
  options: [
    .value("--file", "PATH", help: "A snapshot, saved ConfigMap, database or folder; - is stdin."),
    .value("--node", "NAME", help: "Show this node's log files."),
    .value("--kubeconfig", "FILE", help: "The cluster (default: where kubectl looks)."),
    .value("--context", "NAME", help: "The context of the kubeconfig."),
    .value("--namespace", "NS", help: "The operator's own namespace."),
    .value("--release", "NAME", help: "The Helm release whose map is shown."),
    .flag("--json", help: "Print JSON."),
  ],
  examples: [
    Command.Example(
      "offsets --release dash0 --namespace monitoring", "How full the map is, node by node"),
    Command.Example(
      "offsets --release dash0 --namespace monitoring --node node-1", "One node's log files"),
    Command.Example("offsets --file /var/otelcol/filelogreceiver_offsets", "A live directory"),
  ]
) { invocation in
  let console = invocation.console
  let printsJSON = invocation.has("--json")
  func show(_ offsets: StoredOffsets) {
    console.write(
      printsJSON ? JSONWriter.pretty.string(offsets.json) : OffsetsText.details(offsets))
  }
  switch try offsetsSource(invocation) {
  case .offsets(let offsets):
    guard invocation.value("--node") == nil else {
      throw UsageError("--node: only a map holds several nodes")
    }
    show(offsets)
  case .map(let map):
    guard let name = invocation.value("--node") else {
      console.write(printsJSON ? JSONWriter.pretty.string(map.json) : OffsetsText.overview(map))
      return map.isSound ? .success : .failure
    }
    guard let node = map.nodes.first(where: { $0.name == name }) else {
      throw CommandFailure("configmap \(map.namespace)/\(map.name) holds nothing for node \(name)")
    }
    switch node.content {
    case .offsets(let offsets): show(offsets)
    case .damaged(let reason): throw CommandFailure("node \(name): \(reason)")
    }
  }
  return .success
}

private enum OffsetsSource {
  case offsets(StoredOffsets)
  case map(OffsetsMapContent)
}

private func offsetsSource(_ invocation: Invocation) throws -> OffsetsSource {
  guard let path = invocation.value("--file") else {
    return .map(try OffsetsMapContent(try configMap(invocation)))
  }
  var isFolder = false
  if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder {
    return .offsets(try StoredOffsets(folder: path))
  }
  let bytes = try File.read(path)
  if OffsetsFileKind.isDatabase(bytes) { return .offsets(StoredOffsets(database: path)) }
  if OffsetsFileKind.isObject(bytes), let object = try YAML.parse(bytes, file: path).first?.value {
    return .map(try OffsetsMapContent(object))
  }
  do {
    return .offsets(try StoredOffsets(payload: bytes))
  } catch {
    throw CommandFailure("\(path): \(error)")
  }
}

/// Reads the map from the cluster.
private func configMap(_ invocation: Invocation) throws -> JSONValue {
  guard let release = invocation.value("--release"),
    let namespace = invocation.value("--namespace")
  else { throw UsageError("expected --file, or --release and --namespace") }
  let environment = ProcessInfo.processInfo.environment
  let paths =
    invocation.value("--kubeconfig").map { [$0] }
    ?? ClusterConfiguration.kubeconfigPaths(environment: environment)
  let client = KubernetesClient(
    try ClusterConfiguration.kubeconfig(paths: paths, context: invocation.value("--context")),
    userAgent: "operator-sim")
  let name = Contract.offsetsConfigMapName(release: release)
  return try client.send(
    APIRequest("GET", APIRequest.path("api", "v1", "namespaces", namespace, "configmaps", name))
  ).json()
}
