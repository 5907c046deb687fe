import CommandLine
import JSON
import KubernetesAPI
import Reconciler
import Text

/// `operator-sim list`: the releases of a cluster.
let listCommand = Command(
  name: "list",
  summary: "list the releases of a cluster",
  discussion: """
    Finds releases by the labels of their DaemonSets, whatever applied them, and prints for each how \
    many pods are ready, where offsets are kept, and the images. Takes the permission to list \
    DaemonSets; nothing is changed.
    """,
  options: [
    .value(
      "--namespace", short: "-n", "NS", help: "Only this namespace; default: all of them.")
  ] + clusterOptions + [formatOption],
  examples: [
    Command.Example("list", "The releases of the cluster that kubectl talks to"),
    Command.Example("list -n monitoring -o json", "Those of one namespace, for machines"),
  ]
) { call in
  let format = try call.choice("--format", default: ReportFormat.text)
  let releases = try naming {
    let client = KubernetesClient(try clusterConfiguration(call), userAgent: fieldManager)
    return try ReleaseSummary.list(client, namespace: call.value("--namespace"))
  }
  switch format {
  case .json:
    call.console.write(terminalJSON(.array(releases.map(\.json))))
  case .text where releases.isEmpty:
    call.console.writeError("no release found")
  case .text:
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

/// What `list` and `status` print.
enum ReportFormat: String, CaseIterable {
  case text
  case json
}

let formatOption = CommandOption.value(
  "--format", short: "-o", "FORMAT", choices: ReportFormat.allCases.map(\.rawValue),
  help: "text (the default) or json.")

/// Whether a command that has `--json` and ``formatOption`` prints JSON.
func printsJSON(_ call: Invocation) throws(UsageError) -> Bool {
  try call.choice("--format", default: ReportFormat.text) == .json || call.has("--json")
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
