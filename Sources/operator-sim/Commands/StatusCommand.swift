import FilelogCommandLine
import FilelogJSON
import FilelogKubernetesAPI
import FilelogText
import OffsetsInspection
import Reconciler

/// `operator-sim status`: one release, as the cluster shows it.
let statusCommand = Command(
  name: "status", synonyms: ["describe", "history"],
  summary: "show a release: pods, layout, images, how full its maps are, what others changed",
  discussion: """
    Reads the release's DaemonSet, its pods, the events of its controller, the offsets maps and who \
    wrote each object; nothing is changed. What of it may not be read is named on standard error. \
    What an apply would change diff tells.
    """,
  options: [.required("--release", "NAME", help: "The name of the release."), namespaceOption]
    + clusterOptions + [formatOption],
  examples: [
    Command.Example("status --release dash0 -n monitoring", "Is the release well?"),
    Command.Example("status --release dash0 -o json", "The same, for machines"),
  ],
  exitCodes: "0 every pod is ready and every map readable; 1 not so, or there is no such release; "
    + "2 wrong command line."
) { call in
  let format = try call.choice("--format", default: ReportFormat.text)
  return try naming {
    let cluster = try clusterConfiguration(call)
    let namespace = try releaseNamespace(call, cluster)
    let reconciler = makeReconciler(call, cluster, namespace: namespace) {
      printEvent($0, isDryRun: true, call.console)
    }
    let client = commandClient(cluster)
    let release = call.required("--release")
    let found = try ReleaseSummary.list(client, namespace: namespace)
    guard let summary = found.first(where: { $0.release == release }) else {
      throw CommandFailure(
        "release \(release): not found in namespace \(namespace); operator-sim list shows what "
          + "there is")
    }
    let (drift, unseen) = try reconciler.drift(from: summary.appliers)
    if !unseen.isEmpty {
      call.console.writeError(
        "note: \(unseen.map(\.plural).joined(separator: ", ")) may not be listed, so that changes "
          + "of them are not shown")
    }
    var maps: SavedMaps?
    if summary.layout != "volume" {
      do { maps = try clusterMaps(call) } catch let error as CommandFailure {
        call.console.writeError("note: \(error)")
      }
    }
    let (problems, unseenPods) = try reconciler.podProblems(summary.daemonSet)
    for plural in unseenPods {
      call.console.writeError("note: \(Reconciler.reasonsUnseen(plural, reconciler.scope))")
    }
    let status = ReleaseReport(summary: summary, problems: problems, drift: drift, maps: maps)
    call.console.write(format.text(of: status.json) ?? status.text)
    return status.isWell ? .success : .failure
  }
}

private struct ReleaseReport {
  let summary: ReleaseSummary
  let problems: [PodProblem]
  let drift: [Drift]
  let maps: SavedMaps?

  var isWell: Bool { summary.rollout.isComplete && maps?.isSound ?? true }

  /// The fullest map, of which each holds at most 1 MiB; parts of a node's payload lie in several.
  private var fullest: (name: String, bytes: Int)? {
    let shared = maps?.shared.map { (name: $0.name, bytes: $0.usedBytes) }
    let node = maps?.nodeMaps.nodes.max { $0.fullestMapBytes < $1.fullestMapBytes }.map {
      (name: "node \($0.name)", bytes: $0.fullestMapBytes)
    }
    return [shared, node].compactMap(\.self).max { $0.bytes < $1.bytes }
  }

  private var storedNodes: Int {
    Set((maps?.shared?.nodes.map(\.name) ?? []) + (maps?.nodeMaps.nodes.map(\.name) ?? [])).count
  }

  var text: String {
    let rollout = summary.rollout
    var lines = [
      "release    \(summary.namespace)/\(summary.release)",
      "pods       \(rollout.ready) of \(rollout.desired) ready, \(rollout.updated) updated"
        + (rollout.isObserved && rollout.desired == 0 ? "; no node is fit for one" : ""),
      "collector  \(summary.collectorImage)",
      "sync       \(summary.syncImage ?? "none: offsets are kept on a volume")",
      "layout     \(summary.layout)",
    ]
    if !summary.restoresOffsets {
      lines.append("init       none: new pods read their log files from the beginning")
    }
    if summary.appliers != [fieldManager] {
      lines.append("applied by \(summary.appliers.joined(separator: ", "))")
    }
    if maps != nil {
      lines.append("offsets    of \(storedNodes.grouped) node\(storedNodes == 1 ? "" : "s")")
    }
    if let fullest {
      let percent = fullest.bytes * 100 / OffsetsMapContent.limit
      lines.append("fullest    \(fullest.name): \(fullest.bytes.grouped) bytes, \(percent) %")
    }
    if let damaged = maps?.damagedNodes, !damaged.isEmpty {
      lines.append(
        "damaged    offsets of \(damaged.joined(separator: ", ")); operator-sim offsets shows why")
    }
    lines += problems.map { "not ready  \($0)" }
    lines += drift.map { "drift      \($0)" }
    return lines.map { $0.printable + "\n" }.joined()
  }

  var json: JSONValue {
    var json = summary.json
    json["restoresOffsets"] = .bool(summary.restoresOffsets)
    json["appliedBy"] = .array(summary.appliers.map { .string($0) })
    json["problems"] = .array(problems.map { .string("\($0)") })
    json["drift"] = .array(
      drift.map {
        [
          "object": .string("\($0.reference)"), "manager": .string($0.manager),
          "time": $0.time.map { .string($0) } ?? .null,
        ]
      })
    if maps != nil {
      json["offsets"] = [
        "nodes": .integer(storedNodes), "fullestBytes": .integer(fullest?.bytes ?? 0),
        "limitBytes": .integer(OffsetsMapContent.limit),
        "damagedNodes": .array((maps?.damagedNodes ?? []).map { .string($0) }),
      ]
    }
    return json
  }
}
