internal import FilelogContract
public import FilelogKubernetesAPI

/// The store of the layout that the container was started with, over the one of the layout before.
/// - Parameters:
///   - client: of the cluster that holds the maps.
///   - maps: which maps, in which layout.
///   - directory: the offsets directory, which the entries of payloads may name.
///   - log: hears of what moves and of damage.
public func makeOffsetStore(
  client: KubernetesClient, maps: OffsetMaps, directory: String, log: Log
) -> any OffsetStore {
  let shared = SharedMapStore(client: client, maps: maps)
  let perNode = PerNodeMapStore(client: client, maps: maps, directory: directory, log: log)
  switch (maps.layout, maps.previousLayout) {
  case (.perNode, _):
    // Every fleet that stores one map for each node may once have shared one.
    return MigratingStore(perNode, replacing: shared, directory: directory, log: log)
  case (.shared, .perNode):
    return MigratingStore(shared, replacing: perNode, directory: directory, log: log)
  case (.shared, .shared), (.shared, nil): return shared
  }
}
