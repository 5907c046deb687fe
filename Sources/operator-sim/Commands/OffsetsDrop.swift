import FilelogCommandLine
import FilelogContract
import FilelogJSON
import FilelogKubernetesAPI
import FilelogText
import Glibc
import OffsetSync
import OffsetsInspection

/// `offsets --drop NODE/FILE`: takes one file out of what is stored of a node, the database of a
/// receiver that is gone for instance.
struct OffsetsDrop {
  private let call: Invocation
  private let client: KubernetesClient
  private let namespace: String
  private let sharedMap: String
  private let node: String
  private let file: String

  init(_ call: Invocation, _ target: String) throws {
    self.call = call
    let parts = target.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw UsageError("--drop: expected NODE/FILE, found \"\(target)\"")
    }
    for option in ["--file", "--node", "--json", "--format"] where call.has(option) {
      throw UsageError("\(option) does not go with --drop")
    }
    guard let release = call.value("--release") else {
      throw UsageError("--drop: expected --release, whose offsets they are")
    }
    (node, file) = (String(parts[0]), String(parts[1]))
    sharedMap = Contract.offsetsConfigMapName(release: release)
    let cluster = try naming { try clusterConfiguration(call) }
    namespace = try releaseNamespace(call, cluster)
    // Fields of the sidecar's stay the sidecar's.
    client = commandClient(cluster, userAgent: Contract.sidecarFieldManager)
  }

  func run() throws -> ExitCode {
    try naming {
      let places = try Place.all(client, namespace: namespace, sharedMap: sharedMap, node: node)
      guard !places.isEmpty else {
        throw CommandFailure(
          "node \(node.printable): nothing is stored; operator-sim offsets lists what is")
      }
      let drops = try places.compactMap { try $0.dropping(file) }
      guard !drops.isEmpty else {
        let names = Set(try places.flatMap { try $0.files() }).sorted()
        throw CommandFailure(
          "node \(node.printable): no file \(file.printable) is stored (found "
            + names.map(\.printable).joined(separator: ", ") + ")")
      }
      for drop in drops { call.console.writeLine(drop.text) }
      try requireStoppedPods()
      guard !call.has("--dry-run") else {
        call.console.writeLine("nothing is dropped (dry run)")
        return .success
      }
      try confirm()
      for drop in drops {
        try drop.save()
        call.console.writeLine("\(drop.place.name): \(file.printable) dropped")
      }
      return .success
    }
  }

  /// A sync container would store the file again from its volume, with its next change.
  private func requireStoppedPods() throws {
    let pods: [JSONValue]
    do throws(KubernetesError) {
      pods = try podsOfNode()
    } catch {
      guard error.problem == .forbidden else { throw error }
      call.console.writeError(
        "note: pods may not be listed, so it is not known whether one runs on the node; its sync "
          + "container would store the file again")
      return
    }
    guard let pod = pods.first(where: isOfRelease) else { return }
    let owner = pod["metadata"]?["ownerReferences"]?.array?.first { $0["kind"] == "DaemonSet" }
    let daemonSet = owner?["name"]?.string ?? "DAEMONSET"
    throw CommandFailure(
      """
      node \(node.printable): pod \((pod["metadata"]?["name"]?.string ?? "").printable) runs there, and \
      its sync container would store \(file.printable) again from its volume; stop the pods first, drop, \
      and let them go on:
      kubectl --namespace \(namespace) patch daemonset \(daemonSet.printable) --patch \
      '{"spec": {"template": {"spec": {"nodeSelector": {"dash0.com/stopped": "true"}}}}}'
      kubectl --namespace \(namespace) patch daemonset \(daemonSet.printable) --patch \
      '{"spec": {"template": {"spec": {"nodeSelector": {"dash0.com/stopped": null}}}}}'
      """)
  }

  private func podsOfNode() throws(KubernetesError) -> [JSONValue] {
    let list = try client.send(
      APIRequest(
        "GET", APIRequest.path("api", "v1", "namespaces", namespace, "pods"),
        query: [(name: "fieldSelector", value: "spec.nodeName=\(node)")],
        responseLimit: 64 << 20)
    ).json()
    return list["items"]?.array ?? []
  }

  /// A pod with a sync container that stores into these maps.
  private func isOfRelease(_ pod: JSONValue) -> Bool {
    guard !["Succeeded", "Failed"].contains(pod["status"]?["phase"]?.string) else { return false }
    let containers =
      (pod["spec"]?["containers"]?.array ?? []) + (pod["spec"]?["initContainers"]?.array ?? [])
    return containers.contains { container in
      container["name"]?.string == Contract.ContainerName.sync
        && container["env"]?.array?.contains([
          "name": .string(Contract.Variable.configMapName.rawValue), "value": .string(sharedMap),
        ]) == true
    }
  }

  private func confirm() throws {
    guard !call.has("--yes") else { return }
    guard isatty(STDIN_FILENO) == 1 else {
      throw CommandFailure(
        "nothing is dropped unless you confirm it: give --yes, or --dry-run to look")
    }
    call.console.write("drop it? A collector with that receiver reads its files anew. [y/N] ")
    guard ["y", "yes"].contains(readLine()?.lowercased()) else {
      throw CommandFailure("nothing is dropped")
    }
  }

  // MARK: Where offsets lie

  /// One of the places where a node's payload may lie.
  private struct Place {
    let name: String
    let payload: [UInt8]
    /// Puts another payload in its place, or takes it away, unless it has changed since it was read.
    let replace: (_ payload: [UInt8]?) throws -> Void

    static func all(
      _ client: KubernetesClient, namespace: String, sharedMap: String, node: String
    ) throws -> [Place] {
      [
        try shared(client, namespace: namespace, map: sharedMap, node: node),
        try perNode(client, namespace: namespace, map: sharedMap, node: node),
      ].compactMap(\.self)
    }

    private static func shared(
      _ client: KubernetesClient, namespace: String, map: String, node: String
    ) throws -> Place? {
      func read() throws(KubernetesError) -> ConfigMapSnapshot? {
        do {
          return try client.configMap(
            namespace: namespace, name: map, reading: ConfigMapSelection(binaryData: [node]))
        } catch {
          guard error.problem == .notFound else { throw error }
          return nil
        }
      }
      guard let payload = try read()?.binaryData[node] else { return nil }
      let name = "configmap \(namespace)/\(map), key \(node)"
      return Place(name: name, payload: payload) { new in
        // Other nodes write the same map all the time.
        for _ in 0..<20 {
          guard let found = try read(), found.binaryData[node] == payload else {
            throw CommandFailure("\(name): changed meanwhile, nothing is dropped; run it again")
          }
          let patch = ConfigMapPatch(
            binaryData: [node: new], resourceVersion: found.resourceVersion)
          do throws(KubernetesError) {
            try client.patchConfigMap(namespace: namespace, name: map, mergePatch: patch.body)
            return
          } catch {
            guard case .status(let status) = error, status.code == 409 else { throw error }
          }
        }
        throw CommandFailure("\(name): the map changes too often, nothing is dropped; run it again")
      }
    }

    private static func perNode(
      _ client: KubernetesClient, namespace: String, map: String, node: String
    ) throws -> Place? {
      let maps = OffsetMaps(
        namespace: namespace, sharedMap: map, node: node,
        labels: try labels(client, namespace: namespace, map: map, node: node))
      let store = PerNodeMapStore(client: client, maps: maps, log: Log(output: { _ in }))
      store.beginsAnewOnConflict = false
      func orFail<Result>(_ body: () throws(StoreError) -> Result) throws -> Result {
        do throws(StoreError) { return try body() } catch { throw CommandFailure("\(error)") }
      }
      guard let stored = try orFail({ () throws(StoreError) in try store.load() }) else {
        return nil
      }
      let payload: [UInt8]
      do throws(PayloadError) { payload = try Payload.whole(stored) } catch {
        throw CommandFailure("\(store.name): \(error)")
      }
      return Place(name: store.name, payload: payload) { new in
        try orFail { () throws(StoreError) in
          if let new { try store.save(new) } else { try store.remove() }
        }
      }
    }

    /// Those of the node's map, so that maps of parts get the same.
    private static func labels(
      _ client: KubernetesClient, namespace: String, map: String, node: String
    ) throws -> [String: String] {
      guard let type = ResourceType.named("ConfigMap") else { return [:] }
      let kind = Contract.NodeMap.kindLabel
      let found = try client.listMetadata(
        type, namespace: namespace, labels: [kind: Contract.NodeMap.nodeKind])
      let own = found?.map { $0["metadata"] ?? [:] }.first { metadata in
        metadata["annotations"]?[Contract.NodeMap.nodeAnnotation]?.string == node
          && metadata["name"]?.string?.hasPrefix(Contract.NodeMap.prefix(sharedMap: map)) == true
      }
      var labels = (own?["labels"]?.object ?? [:]).compactMapValues(\.string)
      labels[kind] = nil
      return labels
    }

    func files() throws -> [String] {
      var names: [String] = []
      _ = try unpack { names.append($0.name) }
      return names.sorted()
    }

    /// Nil where the file is not in it.
    func dropping(_ file: String) throws -> Drop? {
      var dropped: PackedFile?
      var damaged: [String] = []
      var snapshot = try unpack { packed in
        if packed.name == file {
          dropped = packed
        } else if case .failure = packed.content {
          damaged.append(packed.name)
        }
      }
      guard let dropped else { return nil }
      guard damaged.isEmpty else {
        throw CommandFailure(
          "\(name): \(damaged.joined(separator: ", ")) is damaged and would go too; drop it first")
      }
      snapshot.files[file] = nil
      return Drop(place: self, file: dropped, rest: snapshot)
    }

    private func unpack(note: (PackedFile) -> Void) throws -> Snapshot {
      do { return try Payload.unpack(payload, note: note) } catch {
        throw CommandFailure("\(name): \(error)")
      }
    }
  }

  /// What is to be taken out of a place, and what stays.
  private struct Drop {
    let place: Place
    let file: PackedFile
    let rest: Snapshot

    var text: String {
      "\(place.name): \(file.name.printable), \(file.bytes.grouped) bytes of "
        + "\(rest.files.count + 1) file\(rest.files.isEmpty ? "" : "s")"
    }

    func save() throws {
      try place.replace(
        rest.isEmpty ? nil : Payload.pack(rest, directory: Payload.contractDirectory))
    }
  }
}
