public import FilelogKubernetesAPI

/// The `shared` layout: one config map for all nodes of a release, one key a node.
///
/// A store writes its own key by merge patch and asks for the object's metadata back, so that
/// neither the request nor the answer grows with the number of nodes.
public final class SharedMapStore: FormerOffsetStore {
  private let client: KubernetesClient
  private let namespace: String
  private let map: String
  private let node: String
  public private(set) var used: Int?
  private var usageAdvice: String?
  private var storesSinceUsage = 0

  /// The entry of `maps.node` in the shared map. Nothing is sent yet.
  public init(client: KubernetesClient, maps: OffsetMaps) {
    self.client = client
    namespace = maps.namespace
    map = maps.sharedMap
    node = maps.node
  }

  public var name: String { "configmap \(namespace)/\(map), key \(node)" }

  public func load() throws(StoreError) -> StoredPayload? {
    do {
      let found = try client.configMap(
        namespace: namespace, name: map, reading: ConfigMapSelection(binaryData: [node]))
      used = found.usage.bytes
      return found.binaryData[node].map { StoredPayload($0) }
    } catch {
      // No map yet means no offsets yet: a release's first pods may come before its map.
      if error.status?.isMissingConfigMap == true { return nil }
      throw storeError(error)
    }
  }

  public func save(_ offer: PayloadOffer) throws(StoreError) -> Saved {
    storesSinceUsage += 1
    let payload = try offer.whole()
    do {
      try patch(payload)
      return Saved(whole: payload)
    } catch {
      if error.problem == .mapFull, usageAdvice == nil || storesSinceUsage > Self.storesPerUsage {
        usageAdvice = usage()
        storesSinceUsage = 0
      }
      throw storeError(error, bytes: payload.count)
    }
  }

  public func remove() throws(StoreError) {
    do {
      try patch(nil)
    } catch {
      if error.status?.isMissingConfigMap == true { return }
      throw storeError(error)
    }
  }

  private func patch(_ payload: [UInt8]?) throws(KubernetesError) {
    let patch = ConfigMapPatch(binaryData: [node: payload])
    try client.patchConfigMap(namespace: namespace, name: map, mergePatch: patch.body)
  }

  /// How many stores go by until it is asked again how full the map is: about ten minutes. In a map
  /// that is just full, nodes are refused and let in by turns, as others' payloads shrink and grow by
  /// a few bytes.
  private static let storesPerUsage = 120

  /// How full the map is and which nodes fill it. Asked rarely: the answer is the whole map.
  private func usage() -> String? {
    guard
      let found = try? client.configMap(
        namespace: namespace, name: map, reading: ConfigMapSelection())
    else { return nil }
    used = found.usage.bytes
    let largest = found.usage.largest.prefix(3).map { "\($0.key) \($0.bytes)" }
    return "it holds \(found.usage.bytes) of \(ConfigMapUsage.limit) bytes in "
      + "\(found.usage.keyCount) keys, the largest: \(largest.joined(separator: ", "))"
  }

  private func storeError(_ error: KubernetesError, bytes: Int = 0) -> StoreError {
    StoreError(
      error,
      StoreError.Advice(
        namespace: namespace,
        notFound: "config map \(namespace)/\(map) not found: is the operator running?",
        forbidden:
          "the pod's service account needs get and patch on config map \(namespace)/\(map)",
        full: (usageAdvice.map { "\($0); " } ?? "")
          + "this node's offsets take \(bytes) bytes; what helps: a map for each node "
          + "(operator.collectors.filelogOffsetSyncLayout: perNode), fewer log files a node, or a "
          + "volume of your own (operator.collectors.filelogOffsetSyncStorageVolume)"))
  }
}
