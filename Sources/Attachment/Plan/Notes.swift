internal import FilelogJSON

/// What is not changed but costs records, or surprises.
struct WorkloadNotes {
  let workload: Workload
  let config: CollectorConfig
  let receivers: [CollectorConfig.Receiver]
  let user: CollectorUserDecision

  var all: [AttachMessage] { podNotes + receiverNotes + deliveryNotes }

  private var podNotes: [AttachMessage] {
    var notes: [AttachMessage] = []
    if !user.readsLogFiles(workload) {
      notes.append(
        "log files are root:root with mode 0640, and user \(user.user ?? 0) has no group 0; unless the "
          + "nodes differ, set runAsGroup: 0")
    }
    if workload.serviceAccount == "default" {
      notes.append(
        "the pods run as the service account default, which gets the role: every pod of the namespace "
          + "that has no other account may write offsets")
    }
    if workload.collector["securityContext"]?["privileged"]?.bool == true {
      notes.append(
        "the collector is privileged; with offsets in a config map it need not be for them")
    }
    let labels =
      workload.object.value[path: ["spec", "template", "metadata", "labels"]]?.object ?? [:]
    if labels["cloud.google.com/matching-allowlist"] != nil {
      notes.append(
        "the pods have a WorkloadAllowlist (cloud.google.com/matching-allowlist), which matches "
          + "containers exactly: GKE Autopilot may refuse the added ones")
    }
    return notes
  }

  private var receiverNotes: [AttachMessage] {
    func ids(where condition: (JSONValue) -> Bool) -> String {
      receivers.filter { condition($0.settings) }.map(\.id).joined(separator: ", ")
    }
    let kinds: [(receivers: String, note: AttachMessage)] = [
      (
        ids { $0["retry_on_failure"]?["enabled"]?.bool != true },
        "no retry_on_failure is set, so records that an exporter refuses are dropped"
      ),
      (
        ids { $0["polls_to_archive"]?.integer ?? 0 > 0 },
        "polls_to_archive makes each poll write, and offsets larger"
      ),
    ]
    var notes = kinds.filter { !$0.receivers.isEmpty }.map { kind -> AttachMessage in
      "\(kind.receivers): \(kind.note)"
    }
    let creators = config.receiverCreators
    if !creators.isEmpty {
      notes.append(
        "\(creators.joined(separator: ", ")) starts receivers of its own, which are left as they are"
      )
    }
    let others = config.fileLogReceivers.compactMap { receiver -> AttachMessage? in
      guard case .other(let storage) = receiver.storage else { return nil }
      return "\(receiver.id) keeps its offsets in \(storage) and is left as it is"
    }
    return notes + others
  }

  private var deliveryNotes: [AttachMessage] {
    var notes: [AttachMessage] = []
    let queues = config.queueExtensions.sorted()
    if !queues.isEmpty {
      notes.append("exporters' queues stay in \(queues.joined(separator: ", ")), on its volume")
    }
    let inMemory = reachedExporters.filter { id in
      guard !["debug", "logging", "nop", "file"].contains(CollectorConfig.type(of: id)) else {
        return false
      }
      let queue = config.tree["exporters"]?[id]?["sending_queue"]
      return queue?["enabled"]?.bool != false && queue?["storage"]?.string == nil
    }
    if !inMemory.isEmpty {
      notes.append(
        "\(inMemory.joined(separator: ", ")): the queue is in memory; records in it are lost when a pod "
          + "stops before they are delivered (docs/delivery.md)")
    }
    return notes
  }

  /// Where the receivers' records go, through connectors too; sorted.
  private var reachedExporters: [String] {
    let pipelines = (config.tree["service"]?["pipelines"]?.object ?? [:]).values
    let connectors = Set((config.tree["connectors"]?.object ?? [:]).keys)
    func ids(_ pipeline: JSONValue, _ member: String) -> [String] {
      (pipeline[member]?.array ?? []).compactMap(\.string)
    }
    var reached: Set<String> = []
    var sources = Set(receivers.map(\.id))
    while !sources.isEmpty {
      let targets = pipelines.filter { !sources.isDisjoint(with: ids($0, "receivers")) }
        .flatMap { ids($0, "exporters") }
      sources = connectors.intersection(targets).subtracting(reached)
      reached.formUnion(targets)
    }
    return reached.subtracting(connectors).sorted()
  }
}
