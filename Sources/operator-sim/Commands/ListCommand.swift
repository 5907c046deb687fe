import FilelogCommandLine
import FilelogJSON
import FilelogKubernetesAPI
import FilelogText
import Reconciler

/// `operator-sim list`: the releases of a cluster.
let listCommand = Command(
  name: "list", synonyms: ["ls", "get"],
  summary: "list the releases of a cluster",
  discussion: """
    Finds releases by the labels of their DaemonSets, whatever applied them, and prints for each how \
    many pods are ready, where offsets are kept, and the images. Takes the permission to list \
    DaemonSets; nothing is changed.
    """,
  options: [
    .value(
      "--namespace", short: "-n", "NS", help: "Only this namespace; default: all of them."),
    .flag("--all-namespaces", short: "-A", help: "All of them, as without --namespace."),
  ] + clusterOptions + [formatOption],
  examples: [
    Command.Example("list", "The releases of the cluster that kubectl talks to"),
    Command.Example("list -n monitoring -o json", "Those of one namespace, for machines"),
  ]
) { call in
  let format = try call.choice("--format", default: ReportFormat.text)
  let namespace = call.value("--namespace")
  guard namespace == nil || !call.has("--all-namespaces") else {
    throw UsageError("--namespace and --all-namespaces exclude each other")
  }
  let releases = try naming {
    let client = commandClient(try clusterConfiguration(call))
    do {
      return try ReleaseSummary.list(client, namespace: namespace)
    } catch let error as KubernetesError where error.problem == .forbidden && namespace == nil {
      throw CommandFailure("\(error); --namespace lists the releases of one namespace")
    }
  }
  if let text = format.text(of: .array(releases.map(\.json))) {
    call.console.write(text)
  } else if releases.isEmpty {
    call.console.writeError(
      "no release found" + (namespace.map { " in namespace \($0)" } ?? " in any namespace"))
  } else {
    let rows = releases.map { release in
      [
        release.namespace, release.release,
        "\(release.rollout.ready)/\(release.rollout.desired)", release.layout,
        release.syncImage ?? "–", release.collectorImage,
      ].map(\.printable)
    }
    let heading = ["NAMESPACE", "RELEASE", "READY", "LAYOUT", "SYNC IMAGE", "COLLECTOR IMAGE"]
    for line in TextTable.lines([heading] + rows, leftAligned: [0, 1, 3, 4, 5]) {
      call.console.writeLine(line)
    }
  }
  return .success
}

extension ReleaseSummary {
  var json: JSONValue {
    [
      "namespace": .string(namespace), "release": .string(release),
      "daemonSet": .string(daemonSet.name), "layout": .string(layout),
      "pods": [
        "desired": .integer(rollout.desired), "updated": .integer(rollout.updated),
        "ready": .integer(rollout.ready), "available": .integer(rollout.available),
      ],
      "syncImage": syncImage.map { .string($0) } ?? .null,
      "collectorImage": .string(collectorImage),
    ]
  }
}
