public import KubernetesAPI

/// The store of the layout that the container was started with, over the one of the layout before.
public func makeOffsetStore(
  client: KubernetesClient, settings: Settings, log: Log
) -> any OffsetStore {
  let shared = SharedMapStore(client: client, settings: settings)
  let perNode = PerNodeMapStore(client: client, settings: settings, log: log)
  switch (settings.layout, settings.previousLayout) {
  case (.perNode, _):
    // Every fleet that stores one map for each node may once have shared one.
    return MigratingStore(perNode, replacing: shared, directory: settings.directory, log: log)
  case (.shared, .perNode):
    return MigratingStore(shared, replacing: perNode, directory: settings.directory, log: log)
  case (.shared, .shared), (.shared, nil): return shared
  }
}
