internal import FilelogContract
internal import FilelogKubernetesAPI

/// The requests that the `perNode` layout is made of: on the node's own map and on its part maps.
///
/// Everything is written with the version that it is meant to replace: a conflict means that another
/// writer came first, and that what is known has to be loaded anew.
final class NodeMaps {
  /// In whose name metadata is applied. Values are patched, never applied: an apply that leaves out
  /// a value that the same manager applied before takes it away.
  static let fieldManager = Contract.sidecarFieldManager

  let client: KubernetesClient
  let maps: OffsetMaps
  let names: NodeMapNames
  private let log: Log
  private var hasReportedOwnerless = false

  init(client: KubernetesClient, maps: OffsetMaps, log: Log) {
    self.client = client
    self.maps = maps
    self.log = log
    names = maps.names
  }

  /// Whom the cluster removes a map with.
  enum Ownership: Hashable {
    /// This node, as the pod's token names it, or none where it names none.
    case settled
    /// No owner, although the token names a node.
    case missing
    /// A node that went by the same name before: the cluster is about to remove the map.
    case former
  }

  /// The node's own map.
  struct Content {
    var uid: String
    var resourceVersion: String
    var ownership: Ownership
    var usedBytes: Int
    /// The payload, where it lies in this map.
    var payload: [UInt8]?
    /// The text of the list of parts, where there is one.
    var manifest: String?
  }

  /// - Parameter withPayload: whether to decode the payload.
  /// - Returns: nil when there is no such map.
  /// - Throws: ``StoreError/Code/damaged`` when the map is another node's.
  func read(withPayload: Bool) throws(StoreError) -> Content? {
    let selection = ConfigMapSelection(
      binaryData: withPayload ? [maps.node] : [], data: [PartsManifest.key],
      annotations: [Contract.NodeMap.nodeAnnotation])
    guard let found = try find(names.map, selection) else { return nil }
    return Content(
      uid: found.uid, resourceVersion: found.resourceVersion, ownership: ownership(of: found),
      usedBytes: found.usage.bytes, payload: found.binaryData[maps.node],
      manifest: found.data[PartsManifest.key])
  }

  /// - Returns: nil when there is no such part, or when it is empty.
  func readPart(_ number: Int) throws(StoreError) -> [UInt8]? {
    let selection = ConfigMapSelection(
      binaryData: [maps.node], annotations: [Contract.NodeMap.nodeAnnotation])
    return try find(names.part(number), selection)?.binaryData[maps.node]
  }

  /// What changed since the node's map was written, as it lies in its own map.
  struct DifferenceContent {
    var resourceVersion: String
    /// Whether it goes with the node's map.
    var isOwned: Bool
    var bytes: [UInt8]?
  }

  /// - Parameter uid: of the node's map.
  /// - Returns: nil when there is no such map.
  func readDifference(to uid: String) throws(StoreError) -> DifferenceContent? {
    guard
      let found = try find(names.difference, ConfigMapSelection(binaryData: [maps.node]))
    else { return nil }
    return DifferenceContent(
      resourceVersion: found.resourceVersion, isOwned: found.owners == [mapOwner(uid)],
      bytes: found.binaryData[maps.node])
  }

  /// Creates the map for the difference; nothing is in it.
  /// - Returns: its version.
  func createDifference(to uid: String) throws(StoreError) -> String {
    let metadata = AppliedMetadata(labels: differenceLabels, owners: [mapOwner(uid)])
    do {
      return try client.applyConfigMap(
        namespace: maps.namespace, name: names.difference, metadata,
        fieldManager: Self.fieldManager
      ).resourceVersion
    } catch { throw storeError(error, names.difference) }
  }

  /// Stores a difference.
  /// - Parameters:
  ///   - bytes: nil takes it away.
  ///   - uid: of the node's map, where metadata is to be written, too; nil leaves it as it is.
  /// - Returns: the map's new version.
  func patchDifference(
    _ bytes: [UInt8]?, resourceVersion: String, adoptedBy uid: String? = nil
  ) throws(StoreError) -> String {
    var patch = ConfigMapPatch(binaryData: [maps.node: bytes], resourceVersion: resourceVersion)
    if let uid {
      patch.labels = differenceLabels
      patch.owners = [mapOwner(uid)]
      patch.dropsManagedFields = true
    }
    return try patchMap(names.difference, patch, bytes: bytes?.count ?? 0)
  }

  /// It goes with the node's map and not with the Node: a map that is taken over by a node that was
  /// made anew would otherwise lose what changed since it was written.
  private func mapOwner(_ uid: String) -> OwnerReference {
    OwnerReference(apiVersion: "v1", kind: "ConfigMap", name: names.map, uid: uid)
  }

  /// No more than what finds it.
  private var differenceLabels: [String: String] {
    var labels = [Contract.NodeMap.kindLabel: Contract.NodeMap.differenceKind]
    labels[Contract.NodeMap.releaseLabel] = maps.labels[Contract.NodeMap.releaseLabel]
    return labels
  }

  private func find(
    _ name: String, _ selection: ConfigMapSelection
  ) throws(StoreError) -> ConfigMapSnapshot? {
    let found: ConfigMapSnapshot
    do {
      found = try client.configMap(namespace: maps.namespace, name: name, reading: selection)
    } catch {
      if error.status?.isMissingConfigMap == true { return nil }
      throw storeError(error, name)
    }
    if let node = found.annotations[Contract.NodeMap.nodeAnnotation], node != maps.node {
      throw StoreError(
        .damaged, "config map \(maps.namespace)/\(name) belongs to another node, by its annotation")
    }
    return found
  }

  /// Which version of a part map there is; nil when there is none.
  func versionOfPart(_ number: Int) throws(StoreError) -> String? {
    try version(of: names.part(number))
  }

  /// Which version of the node's map there is; nil when there is none.
  func version() throws(StoreError) -> String? { try version(of: names.map) }

  /// Which version of the map of the difference there is; nil when there is none.
  func versionOfDifference() throws(StoreError) -> String? { try version(of: names.difference) }

  private func version(of name: String) throws(StoreError) -> String? {
    do {
      return try client.configMapVersion(namespace: maps.namespace, name: name).resourceVersion
    } catch {
      if error.status?.isMissingConfigMap == true { return nil }
      throw storeError(error, name)
    }
  }

  /// Creates the node's map, or makes it this node's.
  func establish() throws(StoreError) {
    _ = try apply(names.map, kind: Contract.NodeMap.nodeKind)
  }

  /// Creates a part map, or makes it this node's.
  /// - Returns: its version.
  func establishPart(_ number: Int) throws(StoreError) -> String {
    try apply(names.part(number), kind: Contract.NodeMap.partKind)
  }

  private func apply(_ name: String, kind: String) throws(StoreError) -> String {
    var labels = maps.labels
    labels[Contract.NodeMap.kindLabel] = kind
    let metadata = AppliedMetadata(
      labels: labels, annotations: [Contract.NodeMap.nodeAnnotation: maps.node],
      owners: owner.map { [$0] } ?? [])
    do {
      return try client.applyConfigMap(
        namespace: maps.namespace, name: name, metadata, fieldManager: Self.fieldManager
      ).resourceVersion
    } catch { throw storeError(error, name) }
  }

  /// Changes the node's map.
  /// - Returns: its new version.
  func patch(_ patch: ConfigMapPatch, bytes: Int) throws(StoreError) -> String {
    try patchMap(names.map, patch, bytes: bytes)
  }

  /// Fills a part map, or empties it.
  /// - Returns: its new version.
  func patchPart(
    _ number: Int, _ bytes: [UInt8]?, resourceVersion: String
  ) throws(StoreError) -> String {
    try patchMap(
      names.part(number),
      ConfigMapPatch(binaryData: [maps.node: bytes], resourceVersion: resourceVersion),
      bytes: bytes?.count ?? 0)
  }

  private func patchMap(
    _ name: String, _ patch: ConfigMapPatch, bytes: Int
  ) throws(StoreError) -> String {
    do {
      return try client.patchConfigMap(
        namespace: maps.namespace, name: name, mergePatch: patch.body
      ).resourceVersion
    } catch { throw storeError(error, name, bytes: bytes) }
  }

  // MARK: The node

  /// The node that the pod's token names, if it is the one that we work for.
  private var owner: OwnerReference? {
    let found = client.boundNode
    if let found, found.name == maps.node {
      return OwnerReference(apiVersion: "v1", kind: "Node", name: found.name, uid: found.uid)
    }
    if !hasReportedOwnerless {
      hasReportedOwnerless = true
      log.warn(
        "the pod's token names no UID of its node (Kubernetes before 1.30), so its config maps have "
          + "no owner: they stay when the node goes",
        ["configmap": .string("\(maps.namespace)/\(names.map)")])
    }
    return nil
  }

  private func ownership(of map: ConfigMapSnapshot) -> Ownership {
    guard let node = client.boundNode, node.name == maps.node else { return .settled }
    let nodes = map.owners.filter { $0.kind == "Node" }
    if nodes.contains(where: { $0.uid == node.uid }) { return .settled }
    return nodes.isEmpty ? .missing : .former
  }

  // MARK: Errors

  private func storeError(
    _ error: KubernetesError, _ name: String, bytes: Int = 0
  ) -> StoreError {
    StoreError(
      error,
      StoreError.Advice(
        namespace: maps.namespace,
        forbidden: "the pod's service account needs get, create and patch on config maps in the "
          + "namespace \(maps.namespace)",
        full: "config map \(maps.namespace)/\(name) holds something else than this node's "
          + "offsets, which take \(bytes) bytes"))
  }
}
