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

    Without --node a map is shown as a table of its nodes; with it, every log file of that node. Maps \
    of single nodes (the layout perNode) are shown beside the shared one, their parts put together; \
    as files they are read from what kubectl get -o yaml prints of several.
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
  case .maps(let shared, let nodeMaps):
    guard let name = invocation.value("--node") else {
      console.write(
        printsJSON
          ? JSONWriter.pretty.string(mapsJSON(shared, nodeMaps)) : mapsText(shared, nodeMaps))
      return (shared?.isSound ?? true) && nodeMaps.isSound ? .success : .failure
    }
    let content =
      nodeMaps.nodes.first { $0.name == name }?.content
      ?? shared?.nodes.first { $0.name == name }?.content
    switch content {
    case .offsets(let offsets): show(offsets)
    case .damaged(let reason): throw CommandFailure("node \(name): \(reason)")
    case nil:
      let map = shared.map { "configmap \($0.namespace)/\($0.name) holds" } ?? "the maps hold"
      throw CommandFailure("\(map) nothing for node \(name)")
    }
  }
  return .success
}

private enum OffsetsSource {
  case offsets(StoredOffsets)
  case maps(shared: OffsetsMapContent?, nodeMaps: NodeMapsContent)

  /// - Parameter objects: config maps; the shared one is the one that is no node's.
  static func maps(_ objects: [JSONValue]) throws -> OffsetsSource {
    let nodeMaps = NodeMapsContent(objects)
    let shared = objects.first { $0["metadata"]?["labels"]?[NodeMapsContent.kindLabel] == nil }
    return .maps(shared: try shared.map(OffsetsMapContent.init), nodeMaps: nodeMaps)
  }
}

/// The shared map comes first, unless it is empty and others are not.
private func mapsText(_ shared: OffsetsMapContent?, _ nodeMaps: NodeMapsContent) -> String {
  let others = OffsetsText.overview(nodeMaps)
  guard let shared else { return others.isEmpty ? "nothing is stored\n" : others }
  if others.isEmpty { return OffsetsText.overview(shared) }
  return shared.nodes.isEmpty ? others : OffsetsText.overview(shared) + "\n" + others
}

private func mapsJSON(_ shared: OffsetsMapContent?, _ nodeMaps: NodeMapsContent) -> JSONValue {
  var json = shared?.json ?? [:]
  json["nodeMaps"] = nodeMaps.json
  return json
}

private func offsetsSource(_ invocation: Invocation) throws -> OffsetsSource {
  guard let path = invocation.value("--file") else {
    return try clusterMaps(invocation)
  }
  var isFolder = false
  if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder {
    return .offsets(try StoredOffsets(folder: path))
  }
  let bytes = try File.read(path)
  if OffsetsFileKind.isDatabase(bytes) { return .offsets(StoredOffsets(database: path)) }
  if OffsetsFileKind.isObject(bytes), let object = try YAML.parse(bytes, file: path).first?.value {
    let items = object["kind"]?.string?.hasSuffix("List") == true ? object["items"]?.array : nil
    return try .maps(items ?? [object])
  }
  do {
    return .offsets(try StoredOffsets(payload: bytes))
  } catch {
    throw CommandFailure("\(path): \(error)")
  }
}

/// Reads the maps from the cluster.
private func clusterMaps(_ invocation: Invocation) throws -> OffsetsSource {
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
  let folder = APIRequest.path("api", "v1", "namespaces", namespace, "configmaps")
  let nodeMaps = NodeMapsContent(try nodeMaps(client, folder, release: release))
  var shared: OffsetsMapContent?
  do {
    let name = Contract.offsetsConfigMapName(release: release)
    shared = try OffsetsMapContent(
      try client.send(APIRequest("GET", folder + APIRequest.path(name))).json())
  } catch let error as KubernetesError {
    guard error.problem == .notFound, !nodeMaps.nodes.isEmpty else { throw error }
  }
  return .maps(shared: shared, nodeMaps: nodeMaps)
}

/// The maps of single nodes, read in pages: each may hold 1.4 MB of JSON.
func nodeMaps(
  _ client: KubernetesClient, _ folder: String, release: String
) throws -> [JSONValue] {
  var objects: [JSONValue] = []
  var token = ""
  repeat {
    var query = [
      (name: "labelSelector", value: NodeMapsContent.selector(release: release)),
      (name: "limit", value: "50"),
    ]
    if !token.isEmpty { query.append((name: "continue", value: token)) }
    let list = try client.send(
      APIRequest("GET", folder, query: query, responseLimit: 128 << 20)
    ).json()
    // Elements of a list do not say what they are.
    objects += (list["items"]?.array ?? []).map { item in
      var item = item
      item["kind"] = "ConfigMap"
      return item
    }
    token = list["metadata"]?["continue"]?.string ?? ""
  } while !token.isEmpty
  return objects
}
