internal import JSON

/// The operator's part: namespaces and manifests.
enum ClusterSetUp {
  /// - Returns: what the DaemonSet is called.
  /// - Throws: ``SimulationError`` when there is none, or the API server refuses an object.
  static func apply(
    _ manifests: [JSONValue], to api: ClusterAPI
  ) throws -> (name: String, namespace: String) {
    guard let daemonSet = manifests.first(where: { $0["kind"]?.string == "DaemonSet" }),
      let name = daemonSet["metadata"]?["name"]?.string,
      let namespace = daemonSet["metadata"]?["namespace"]?.string
    else { throw SimulationError("the manifests have no DaemonSet") }
    for namespace in [namespace] + SimulationOptions.applicationNamespaces {
      try api.create([
        "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)],
      ])
    }
    for manifest in manifests { try api.apply(manifest) }
    return (name, namespace)
  }
}
