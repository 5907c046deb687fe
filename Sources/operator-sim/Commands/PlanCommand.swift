import CapacityPlan
import DesiredState
import FilelogCommandLine
import FilelogContract
import FilelogJSON
import FilelogKubernetesAPI

/// `operator-sim plan`: which layout of config maps fits a cluster.
let planCommand = Command(
  name: "plan",
  summary: "predict what storing offsets costs a cluster, and which layout fits",
  discussion: """
    Predicts for both layouts, one shared config map and one for each node: the payload of a node, the \
    share of the 1 MiB that a map holds, writes and bytes a second into etcd, from and to clients and \
    to watchers, and up to how many nodes the layout fits. A layout fits while its maps hold \
    everything and the API server writes offsets for at most half of its time.

    Without --nodes, nodes and pods are counted in a cluster, the one that kubectl talks to unless options \
    name another, and printed. With --release only pods of the namespaces that it monitors count, and \
    what its offsets take now counts in place of an estimate.

    The model is fitted to measurements; --verbose and the report give its error. How large payloads are \
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
    .value(
      "--release", "NAME",
      help:
        "The Helm release whose monitored namespaces are counted and whose offsets are measured."),
    namespaceOption,
    .value("--report", "FILE", help: "Write an HTML page with curves from 1 to 15,000 nodes."),
    .flag("--verbose", help: "Print how far the model is from its measurements, too."),
    jsonOption, formatOption,
  ] + clusterOptions,
  examples: [
    Command.Example("plan --nodes 200 --pods-per-node 40", "Does one shared map do?"),
    Command.Example(
      "plan --nodes 1000 --pods-per-node 60 --server-speed 8 --report plan.html",
      "A large cluster, as a page with curves"),
    Command.Example(
      "plan --release dash0 -n monitoring", "A live release, as it is and as it would be"),
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
    try reportFormat(invocation).text(of: plan.json)
      ?? PlanText.overview(plan, isVerbose: invocation.has("--verbose")))
  return plan.advice == nil ? .failure : .success
}

/// Pods on each node where nothing tells.
private let defaultPods = 30.0

/// Nodes and pods from the command line, or from the cluster.
private func countedWorkload(_ invocation: Invocation) throws -> Workload {
  guard invocation.value("--nodes") == nil else {
    let counting = clusterOptions.map(\.name) + ["--release", namespaceOption.name]
    if let option = counting.first(where: { invocation.has($0) }) {
      throw UsageError("\(option) does not go with --nodes, with which no cluster is asked")
    }
    let nodes = try invocation.integer("--nodes", in: 1...CapacityPlan.mostNodes, default: 1)
    return Workload(
      nodes: nodes, podsPerNode: try positiveNumber(invocation, "--pods-per-node", defaultPods))
  }
  guard invocation.has("--release") || !invocation.has(namespaceOption.name) else {
    throw UsageError("\(namespaceOption.name) goes with --release")
  }
  let configuration: ClusterConfiguration
  do { configuration = try naming { try clusterConfiguration(invocation) } } catch let error
    as UsageError
  {
    throw UsageError("expected --nodes, or a cluster to count in (\(error))")
  }
  let cluster = LiveCluster(client: commandClient(configuration))
  return try naming { try cluster.workload(invocation, configuration) }
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

  /// Counts, and says what it counted.
  func workload(
    _ invocation: Invocation, _ configuration: ClusterConfiguration
  ) throws -> Workload {
    let nodes = try nodes()
    guard nodes.all > 0 else {
      throw CommandFailure(
        "the cluster has no nodes; --nodes plans for a cluster to come")
    }
    let release = invocation.value("--release")
    let namespace = try release.map { _ in try releaseNamespace(invocation, configuration) }
    var stored = (nodes: 0, bytes: 0)
    var monitored: Set<String> = []
    if let release, let namespace {
      stored = try self.stored(release: release, namespace: namespace)
      monitored = try monitoredNamespaces(release: release, namespace: namespace)
    }
    let pods = try pods(of: monitored)
    invocation.console.writeError("counted: \(nodes.text), \(pods.text)")
    if let release {
      if monitored.isEmpty {
        invocation.console.writeError(
          "note: release \(release) monitors no namespace, so that all pods are counted")
      }
      invocation.console.writeError(
        "the offsets of \(counted(stored.nodes, "node")) take \(counted(stored.bytes, "byte")) now")
    }
    if pods.count == 0, invocation.value("--pods-per-node") == nil {
      invocation.console.writeError(
        "note: no pod is there yet, so that \(Int(defaultPods)) a node are assumed; --pods-per-node says how many"
      )
    }
    var workload = Workload(
      nodes: min(nodes.all, CapacityPlan.mostNodes),
      podsPerNode: try positiveNumber(
        invocation, "--pods-per-node",
        pods.count == 0 ? defaultPods : Double(pods.count) / Double(nodes.all)))
    if stored.nodes > 0 { workload.payloadBytes = Double(stored.bytes) / Double(stored.nodes) }
    return workload
  }

  /// Whose logs the release's collectors read, by their configuration.
  private func monitoredNamespaces(release: String, namespace: String) throws -> Set<String> {
    guard let type = ResourceType.named("ConfigMap") else { return [] }
    let found =
      try client.listMetadata(
        type, namespace: namespace, labels: Contract.releaseLabels(release: release)) ?? []
    // Not those that hold offsets, of which there may be thousands.
    let names = found.filter {
      $0["metadata"]?["labels"]?[Contract.NodeMap.kindLabel] == nil
    }.compactMap { $0["metadata"]?["name"]?.string }.filter {
      $0 != Contract.offsetsConfigMapName(release: release)
    }
    let maps = try names.compactMap {
      try client.object(ObjectReference(type, namespace: namespace, name: $0))
    }
    return Set(maps.flatMap(collectedNamespaces))
  }

  /// A cluster's nodes. A collector runs on each, cordoned or not ready.
  struct Nodes: Equatable {
    var all = 0
    /// Unschedulable ones, and those that are not ready.
    var cordoned = 0
    var notReady = 0

    /// `12 nodes (1 cordoned, 2 not ready)`
    var text: String {
      let parts = [(cordoned, "cordoned"), (notReady, "not ready")].filter { $0.0 > 0 }
      let apart = parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
      return (all == 1 ? "1 node" : "\(all) nodes") + (apart.isEmpty ? "" : " (\(apart))")
    }
  }

  private func nodes() throws -> Nodes {
    var nodes = Nodes()
    try forEach("nodes", accept: "application/json") { node in
      nodes.all += 1
      if node["spec"]?["unschedulable"] == true { nodes.cordoned += 1 }
      let ready = node["status"]?["conditions"]?.array?.first { $0["type"] == "Ready" }
      if let ready, ready["status"] != "True" { nodes.notReady += 1 }
    }
    return nodes
  }

  /// Pods of some namespaces, or of all where none is named; only their metadata travel.
  private func pods(of monitored: Set<String>) throws -> (count: Int, text: String) {
    var (count, all, namespaces) = (0, 0, Set<String>())
    try forEach(
      "pods",
      accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
    ) { pod in
      all += 1
      guard let namespace = pod["metadata"]?["namespace"]?.string else { return }
      namespaces.insert(namespace)
      if monitored.contains(namespace) { count += 1 }
    }
    let total = "\(counted(all, "pod")) in \(counted(namespaces.count, "namespace"))"
    guard !monitored.isEmpty else { return (all, "\(total), monitored or not") }
    return (
      count,
      "\(counted(count, "pod")) in \(counted(monitored.count, "monitored namespace")) of \(total)"
    )
  }

  private func counted(_ number: Int, _ word: String) -> String {
    "\(number) \(word)\(number == 1 ? "" : "s")"
  }

  /// Every object of a kind of the core group, page by page.
  private func forEach(
    _ plural: String, accept: String, _ body: (JSONValue) -> Void
  ) throws {
    var token = ""
    repeat {
      var query = [(name: "limit", value: "500")]
      if !token.isEmpty { query.append((name: "continue", value: token)) }
      let list = try client.send(
        APIRequest(
          "GET", APIRequest.path("api", "v1", plural), query: query, accept: accept,
          responseLimit: 128 << 20)
      ).json()
      for object in list["items"]?.array ?? [] { body(object) }
      token = list["metadata"]?["continue"]?.string ?? ""
    } while !token.isEmpty
  }

  /// How many nodes have offsets in maps of either layout, and how large they are together.
  private func stored(release: String, namespace: String) throws -> (nodes: Int, bytes: Int) {
    var (nodes, bytes) = (0, 0)
    var isThere = false
    do {
      let shared = try client.configMap(
        namespace: namespace, name: Contract.offsetsConfigMapName(release: release),
        reading: ConfigMapSelection())
      (nodes, bytes) = (shared.usage.keyCount, shared.usage.bytes)
      isThere = true
    } catch {
      guard error.problem == .notFound else { throw error }
    }
    let directory = APIRequest.path("api", "v1", "namespaces", namespace, "configmaps")
    for map in try nodeMaps(client, directory, release: release) {
      isThere = true
      let sizes = (map["binaryData"]?.object ?? [:]).values.map { size(base64: $0.string ?? "") }
      bytes += sizes.reduce(0, +)
      let isNode =
        map["metadata"]?["labels"]?[Contract.NodeMap.kindLabel]?.string
        == Contract.NodeMap.nodeKind
      if isNode, !sizes.isEmpty || map["data"] != nil { nodes += 1 }
    }
    guard isThere else {
      throw CommandFailure(
        "namespace \(namespace): no offsets of a release \(release); omit --release to plan for a "
          + "release to come")
    }
    return (nodes, bytes)
  }

  private func size(base64 text: String) -> Int {
    text.utf8.count / 4 * 3 - text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
  }
}
