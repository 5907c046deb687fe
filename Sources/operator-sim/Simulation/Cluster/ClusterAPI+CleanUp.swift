internal import FilelogContract
internal import FilelogJSON
internal import FilelogKubernetesAPI

/// Leaving an existing cluster as it was.
extension ClusterAPI {
  /// A namespace disappears when the cluster has emptied it.
  private static let patience = 100

  /// Deletes what this has made, the latest first, and what pods made for the given nodes. Objects
  /// that were made anew under the same name stay, and so do namespaces that hold such.
  /// - Parameter sleep: waits for some time.
  /// - Returns: how many objects were deleted, and what is left, a line each.
  func deleteEverythingMade(
    nodes: [String], _ release: ClusterSetUp.Release, sleep: (Duration) -> Void
  ) -> (deleted: Int, left: [String]) {
    var (deleted, left) = (0, [String]())
    func attempt(_ work: () throws -> Void) {
      do { try work() } catch { left.append("\(error)") }
    }
    func delete(_ object: Made) {
      attempt {
        try deleteExactly(object)
        deleted += 1
      }
    }
    attempt { for map in try nodeMaps(of: nodes, release) { delete(map) } }
    let all = made
    for object in all.reversed() where object.reference.type.kind != "Namespace" { delete(object) }
    for object in all.reversed() where object.reference.type.kind == "Namespace" {
      attempt {
        if let other = try firstObject(in: object.reference.name) {
          throw SimulationError(
            "namespace \(object.reference.name): holds \(other), which this run did not make; "
              + "kubectl delete namespace \(object.reference.name) deletes both")
        }
        try deleteExactly(object)
        deleted += 1
        try awaitEnd(of: object.reference.name, sleep)
      }
    }
    return (deleted, left)
  }

  /// A command line of kubectl that deletes what this has made: the namespaces, the rest of them with
  /// them, and what lies in none.
  var removal: String {
    let namespaces = Set(made.map(\.reference).filter { $0.type.kind == "Namespace" }.map(\.name))
    var commands = ["kubectl delete"]
    for reference in made.reversed().map(\.reference) {
      guard let namespace = reference.namespace else {
        commands[0] += " \(reference)"
        continue
      }
      if !namespaces.contains(namespace) {
        commands.append("kubectl delete -n \(namespace) \(reference)")
      }
    }
    return commands.joined(separator: " && ")
  }

  private func deleteExactly(_ object: Made) throws {
    do {
      try delete(object)
    } catch {
      throw SimulationError("\(object.reference): \(error)")
    }
  }

  private func awaitEnd(of namespace: String, _ sleep: (Duration) -> Void) throws {
    for _ in 0..<Self.patience {
      if try get("Namespace", namespace, namespace: nil) == nil { return }
      sleep(.milliseconds(100))
    }
    throw SimulationError("namespace \(namespace) is still being deleted")
  }

  /// Something in a namespace that the cluster does not put into each by itself: service accounts, and
  /// config maps such as authorities' certificates, of which the namespace `default` has a copy.
  private func firstObject(in namespace: String) throws -> String? {
    for type in ResourceType.known where type.isNamespaced {
      let objects: [JSONValue]
      do {
        objects = try client.listMetadata(type, namespace: namespace, labels: [:]) ?? []
      } catch {
        throw SimulationError("namespace \(namespace): \(type.plural) cannot be listed: \(error)")
      }
      for object in objects where object["metadata"]?["deletionTimestamp"] == nil {
        let name = object["metadata"]?["name"]?.string ?? ""
        switch (type.kind, name) {
        case ("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt"): continue
        case ("ConfigMap", _) where try hasCopy(type, name, of: namespace): continue
        default: return "\(type.title) \(name)"
        }
      }
    }
    return nil
  }

  private func hasCopy(_ type: ResourceType, _ name: String, of namespace: String) throws -> Bool {
    func content(in namespace: String) throws -> [JSONValue?]? {
      try get(type.kind, name, namespace: namespace).map { [$0["data"], $0["binaryData"]] }
    }
    guard let copy = try content(in: "default") else { return false }
    return try content(in: namespace) == copy
  }

  /// The config maps that sidecars of the release made for these nodes; nil: for any.
  func nodeMaps(of nodes: [String]?, _ release: ClusterSetUp.Release) throws -> [Made] {
    guard let type = ResourceType.named("ConfigMap") else { return [] }
    let maps: [JSONValue]
    do {
      maps = try [Contract.NodeMap.nodeKind, Contract.NodeMap.partKind].flatMap { kind in
        try client.listMetadata(
          type, namespace: release.namespace,
          labels: release.labels.merging([Contract.NodeMap.kindLabel: kind]) { _, kind in kind })
          ?? []
      }
    } catch {
      throw SimulationError("config maps of nodes cannot be listed: \(error)")
    }
    return maps.compactMap { map in
      let metadata = map["metadata"]
      let node = metadata?["annotations"]?[Contract.NodeMap.nodeAnnotation]?.string ?? ""
      guard let name = metadata?["name"]?.string, nodes?.contains(node) ?? true else {
        return nil
      }
      return Made(
        reference: ObjectReference(type, namespace: release.namespace, name: name),
        uid: metadata?["uid"]?.string)
    }
  }
}
