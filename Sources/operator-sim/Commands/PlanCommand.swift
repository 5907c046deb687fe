import CapacityPlan
import CommandLine
import Contract
import DesiredState
import JSON
import KubernetesAPI

/// `operator-sim plan`: which layout of config maps fits a cluster.
let planCommand = Command(
  name: "plan",
  summary: "predict what storing offsets costs a cluster, and which layout fits",
  discussion: """
    Predicts for both layouts, one shared config map and one for each node: the payload of a node, the \
    share of the 1 MiB that a map holds, writes and bytes a second into etcd, from and to clients and \
    to watchers, and up to how many nodes the layout fits. A layout fits while its maps hold \
    everything and the API server writes offsets for at most half of its time.

    Without --nodes, nodes and pods are counted in the cluster of --kubeconfig; with --release and \
    --namespace also what its offsets take now, which then counts in place of an estimate.

    The model is fitted to measurements, and says its error against them. How large payloads are \
    depends on how well the first 1,000 bytes of the log files compress.
    """,
  options: [
    .value("--nodes", "N", help: "Nodes that run a collector, 1 to 15000."),
    .value(
      "--pods-per-node", "P", help: "Pods on each node whose logs are collected (default 30)."),
    .value("--files-per-pod", "N", help: "Log files of each pod (default 1)."),
    .value(
      "--log-bytes-per-second", "B", help: "What all pods of a node log (default 10000)."),
    .value(
      "--churn", "PODS_PER_HOUR", help: "Pods that come and go in the whole cluster (default 0)."),
    .value("--interval", "TIME", help: "How often sidecars look for changes (default 5s)."),
    .value("--watchers", "N", help: "Clients that watch the namespace's config maps (default 1)."),
    .value(
      "--server-speed", "FACTOR",
      help: "How many times as fast as two cores the API server writes (default 1)."),
    .value("--kubeconfig", "FILE", help: "Count in this cluster."),
    .value("--context", "NAME", help: "The context of the kubeconfig."),
    .value("--namespace", "NS", help: "The operator's own namespace."),
    .value("--release", "NAME", help: "The Helm release whose offsets are measured."),
    .value("--report", "FILE", help: "Write an HTML page with curves from 1 to 15,000 nodes."),
    .flag("--json", help: "Print JSON."),
  ],
  examples: [
    Command.Example("plan --nodes 200 --pods-per-node 40", "Does one shared map do?"),
    Command.Example(
      "plan --nodes 1000 --pods-per-node 60 --server-speed 8 --report plan.html",
      "A large cluster, as a page with curves"),
    Command.Example(
      "plan --kubeconfig kubeconfig --release dash0 --namespace monitoring", "A live cluster"),
  ]
) { invocation in
  var workload = try countedWorkload(invocation)
  workload.filesPerPod = try positiveNumber(invocation, "--files-per-pod", workload.filesPerPod)
  workload.logBytesPerSecond = try number(
    invocation, "--log-bytes-per-second", workload.logBytesPerSecond)
  workload.churnPerHour = try number(invocation, "--churn", workload.churnPerHour)
  workload.watchers = try number(invocation, "--watchers", workload.watchers)
  workload.serverSpeed = try positiveNumber(invocation, "--server-speed", workload.serverSpeed)
  let interval = try invocation.duration("--interval", default: .seconds(5))
  guard interval > .zero else { throw UsageError("--interval: expected a time above zero") }
  workload.interval = interval / .seconds(1)
  let plan = CapacityPlan(workload)
  if let path = invocation.value("--report") {
    try File.write(Array(PlanPage.page(plan).utf8), to: path)
  }
  invocation.console.write(
    invocation.has("--json") ? JSONWriter.pretty.string(plan.json) : PlanText.overview(plan))
  return plan.advice == nil ? .failure : .success
}

/// Nodes and pods from the command line, or from the cluster.
private func countedWorkload(_ invocation: Invocation) throws -> Workload {
  guard invocation.value("--nodes") == nil else {
    let nodes = try invocation.integer("--nodes", in: 1...CapacityPlan.mostNodes, default: 1)
    return Workload(
      nodes: nodes, podsPerNode: try positiveNumber(invocation, "--pods-per-node", 30))
  }
  guard let path = invocation.value("--kubeconfig") else {
    throw UsageError("expected --nodes, or --kubeconfig of a cluster to count in")
  }
  let cluster = LiveCluster(
    client: KubernetesClient(
      try ClusterConfiguration.kubeconfig(path: path, context: invocation.value("--context")),
      userAgent: "operator-sim"))
  let nodes = try cluster.count("nodes")
  guard nodes > 0 else { throw CommandFailure("the cluster has no nodes") }
  let pods = Double(try cluster.count("pods")) / Double(nodes)
  var workload = Workload(
    nodes: min(nodes, CapacityPlan.mostNodes),
    podsPerNode: try positiveNumber(invocation, "--pods-per-node", pods))
  if let release = invocation.value("--release"), let namespace = invocation.value("--namespace") {
    let stored = try cluster.stored(release: release, namespace: namespace)
    invocation.console.writeError(
      "the offsets of \(stored.nodes) nodes take \(stored.bytes) bytes now")
    if stored.nodes > 0 { workload.payloadBytes = Double(stored.bytes) / Double(stored.nodes) }
  }
  return workload
}

private func number(
  _ invocation: Invocation, _ option: String, _ fallback: Double
) throws(UsageError) -> Double {
  guard let text = invocation.value(option) else { return fallback }
  guard let number = Double(text), (0...1e12).contains(number) else {
    throw UsageError("\(option): expected a number that is not negative, found \"\(text)\"")
  }
  return number
}

private func positiveNumber(
  _ invocation: Invocation, _ option: String, _ fallback: Double
) throws(UsageError) -> Double {
  let number = try number(invocation, option, fallback)
  guard number > 0 || invocation.value(option) == nil else {
    throw UsageError("\(option): expected a number above zero")
  }
  return number
}

/// What a plan asks a cluster.
private struct LiveCluster {
  let client: KubernetesClient

  /// Objects of a kind of the core group, in all namespaces; only their metadata travel.
  func count(_ plural: String) throws -> Int {
    var (count, token) = (0, "")
    repeat {
      var query = [(name: "limit", value: "500")]
      if !token.isEmpty { query.append((name: "continue", value: token)) }
      let list = try client.send(
        APIRequest(
          "GET", APIRequest.path("api", "v1", plural), query: query,
          accept:
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
          responseLimit: 128 << 20)
      ).json()
      count += list["items"]?.array?.count ?? 0
      token = list["metadata"]?["continue"]?.string ?? ""
    } while !token.isEmpty
    return count
  }

  /// How many nodes have offsets in maps of either layout, and how large they are together.
  func stored(release: String, namespace: String) throws -> (nodes: Int, bytes: Int) {
    var (nodes, bytes) = (0, 0)
    do {
      let shared = try client.configMap(
        namespace: namespace, name: Contract.offsetsConfigMapName(release: release),
        reading: ConfigMapSelection())
      (nodes, bytes) = (shared.usage.keyCount, shared.usage.bytes)
    } catch {
      guard error.problem == .notFound else { throw error }
    }
    let folder = APIRequest.path("api", "v1", "namespaces", namespace, "configmaps")
    for map in try nodeMaps(client, folder, release: release) {
      let sizes = (map["binaryData"]?.object ?? [:]).values.map { size(base64: $0.string ?? "") }
      bytes += sizes.reduce(0, +)
      let isNode =
        map["metadata"]?["labels"]?[Contract.NodeMap.kindLabel]?.string
        == Contract.NodeMap.nodeKind
      if isNode, !sizes.isEmpty || map["data"] != nil { nodes += 1 }
    }
    return (nodes, bytes)
  }

  private func size(base64 text: String) -> Int {
    text.utf8.count / 4 * 3 - text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
  }
}
