import FilelogCommandLine
import FilelogJSON
import FilelogText
import OffsetsInspection

/// `operator-sim offsets`: what is stored, read without changing anything.
let offsetsCommand = Command(
  name: "offsets",
  summary: "show stored offsets: log files, how far each was read, how full the map is",
  discussion: """
    Reads the offsets map of a cluster, or a file: a snapshot as it stands in the map (gzip, or \
    base64 as kubectl prints it), config maps saved with kubectl get -o yaml or json, a bbolt \
    database, or a directory of them; a collector may be writing these meanwhile. Without --drop nothing \
    is changed and no lock is taken.

    Without --node a map is shown as a table of its nodes; with it, every log file of that node, from \
    both places where its offsets lie in two (the layout was switched). Maps \
    of single nodes (the layout perNode) are shown beside the shared one, their parts put together. In \
    a saved list they are known by their labels, the shared one by its name.

    --drop takes one file out of what is stored of a node, such as the database of a receiver that is \
    gone. It asks first, and is refused while a pod of the release runs on the node, whose sync \
    container would store the file again; what another client stores meanwhile is not written over.

    Files are plain ones of at most 64 MiB, YAML of 16 MiB; databases may be larger. The exit code is 1 when anything \
    cannot be read; the rest is shown all the same.
    """,
  options: [
    .value(
      "--file", short: "-f", "PATH",
      help: "A snapshot, saved config maps, database or directory; - is stdin."),
    .value("--node", "NAME", help: "Show this node's log files."),
    namespaceOption,
    .value(
      "--release", "NAME",
      help: "The Helm release whose map is shown; of what attach attached: the object's name."),
    .value("--drop", "NODE/FILE", help: "Take this file out of the node's stored offsets."),
    .flag("--yes", help: "With --drop: do not ask."),
    dryRunOption("With --drop: only show what would be dropped."),
  ] + clusterOptions + [
    jsonOption, formatOption,
  ],
  examples: [
    Command.Example(
      "offsets --release dash0 --namespace monitoring", "How full the map is, node by node"),
    Command.Example(
      "offsets --release dash0 --namespace monitoring --node node-1", "One node's log files"),
    Command.Example(
      "offsets --release dash0 -n monitoring --drop node-1/receiver_filelog_old",
      "Drop the database of a receiver that is gone"),
    Command.Example("offsets --file /var/otelcol/filelogreceiver_offsets", "A live directory"),
  ]
) { call in
  if let target = call.value("--drop") { return try OffsetsDrop(call, target).run() }
  for option in ["--yes", "--dry-run"] where call.has(option) {
    throw UsageError("\(option) goes with --drop")
  }
  switch try OffsetsSource(call) {
  case .offsets(let offsets):
    guard call.value("--node") == nil else {
      throw UsageError("--node: only a map holds several nodes")
    }
    return try show(offsets, call)
  case .maps(let maps):
    if let node = call.value("--node") { return try show(node, in: maps, call) }
    call.console.write(
      try reportFormat(call).text(of: maps.json) ?? OffsetsText.overview(maps))
    return maps.isSound ? .success : .failure
  }
}

private func show(_ offsets: StoredOffsets, _ call: Invocation) throws -> ExitCode {
  call.console.write(
    try reportFormat(call).text(of: offsets.json) ?? OffsetsText.details(offsets))
  return offsets.isSound ? .success : .failure
}

/// Where a node's offsets lie: in its own map, in the shared one, or, while the layout changes or was
/// changed back, in both.
private func show(_ node: String, in maps: SavedMaps, _ call: Invocation) throws -> ExitCode {
  let own = maps.nodeMaps.nodes.first { $0.name == node }?.content
  let shared = maps.shared?.nodes.first { $0.name == node }?.content
  guard let own, let shared else {
    guard let content = own ?? shared else {
      throw CommandFailure(
        "node \(node.printable): nothing is stored; without --node the nodes are listed that have offsets"
      )
    }
    switch content {
    case .offsets(let offsets): return try show(offsets, call)
    case .damaged(let reason): throw CommandFailure("node \(node.printable): \(reason.printable)")
    }
  }
  call.console.write(
    try reportFormat(call).text(of: ["nodeMap": json(own), "sharedMap": json(shared)])
      ?? "node \(node.printable) has offsets in two places; its pod takes the newer ones\n\n"
      + "in its own map:\n\(text(own))\nin the shared map:\n\(text(shared))")
  return own.isSound && shared.isSound ? .success : .failure
}

private func text(_ content: OffsetsMapContent.Node.Content) -> String {
  switch content {
  case .offsets(let offsets): OffsetsText.details(offsets)
  case .damaged(let reason): "damaged: \(reason.printable)\n"
  }
}

private func json(_ content: OffsetsMapContent.Node.Content) -> JSONValue {
  switch content {
  case .offsets(let offsets): offsets.json
  case .damaged(let reason): ["damage": .string(reason)]
  }
}
