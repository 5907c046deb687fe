internal import FilelogJSON
internal import FilelogKubernetesAPI

/// The operator's part: namespaces and manifests.
enum ClusterSetUp {
  /// Whose objects a simulation makes.
  struct Release {
    /// The DaemonSet's name.
    var daemonSet: String
    var namespace: String
    /// By which the release's objects are found.
    var labels: [String: String]

    /// - Throws: ``SimulationError`` when the manifests have no DaemonSet.
    init(_ manifests: [JSONValue]) throws {
      guard
        let metadata = manifests.first(where: { $0["kind"]?.string == "DaemonSet" })?["metadata"],
        let name = metadata["name"]?.string, let namespace = metadata["namespace"]?.string
      else { throw SimulationError("the manifests have no DaemonSet") }
      daemonSet = name
      self.namespace = namespace
      labels = (metadata["labels"]?.object ?? [:]).compactMapValues(\.string).filter {
        $0.key == "app.kubernetes.io/name" || $0.key == "app.kubernetes.io/instance"
      }
    }
  }

  /// - Throws: ``SimulationError`` when the API server refuses an object.
  static func apply(_ manifests: [JSONValue], of release: Release, to api: ClusterAPI) throws {
    for namespace in [release.namespace] + SimulationOptions.applicationNamespaces {
      try api.create([
        "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)],
      ])
    }
    for manifest in manifests { try api.apply(manifest) }
  }

  /// A simulation writes over what is there, and removes it in the end: not what is in use.
  static func refuseExisting(
    _ manifests: [JSONValue], of release: Release, nodes: [String], in api: ClusterAPI
  ) throws {
    for manifest in manifests {
      guard let kind = manifest["kind"]?.string, let name = manifest["metadata"]?["name"]?.string,
        try api.get(kind, name, namespace: manifest["metadata"]?["namespace"]?.string) != nil
      else { continue }
      throw SimulationError(.releaseExists, "\(kind) \(name) exists")
    }
    if let map = try api.nodeMaps(of: nil, release).first {
      throw SimulationError(
        .releaseExists, "ConfigMap \(map.reference.name) holds offsets of a node")
    }
    for node in nodes where try api.get("Node", node, namespace: nil) != nil {
      throw SimulationError(
        .nodeExists, "node \(node) exists, as a simulated one would be called")
    }
    try refuseLabelledNodes(in: api)
  }
}
