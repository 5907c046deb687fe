internal import FilelogJSON
internal import FilelogKubernetesAPI

/// What tells simulated nodes from real ones, on which nothing of a simulation may ever run.
enum SimulatedNodes {
  /// A label that only simulated nodes have.
  static let label = "operator-sim.dash0.com/simulated-node"

  /// A node as its kubelet would register it.
  ///
  /// The taint keeps a DaemonSet controller from making pods of its own for a node that no kubelet
  /// serves; the pods of a simulation need no scheduler.
  static func node(_ name: String) -> JSONValue {
    [
      "apiVersion": "v1", "kind": "Node",
      "metadata": [
        "name": .string(name),
        "labels": [
          label: "true", "kubernetes.io/os": "linux", "kubernetes.io/hostname": .string(name),
        ],
      ],
      "spec": ["taints": [["key": .string(label), "value": "true", "effect": "NoSchedule"]]],
    ]
  }

  /// The owner of a simulated node's pod: its node, as of a mirror pod. A DaemonSet controller
  /// adopts, and so deletes, only pods without an owner.
  static func owner(_ node: JSONValue?) -> JSONValue? {
    guard let name = node?["metadata"]?["name"], let uid = node?["metadata"]?["uid"] else {
      return nil
    }
    return ["apiVersion": "v1", "kind": "Node", "name": name, "uid": uid, "controller": true]
  }
}

extension ClusterSetUp {
  /// A DaemonSet that runs on simulated nodes only; any other object as it is.
  static func keptToSimulatedNodes(_ manifest: JSONValue) -> JSONValue {
    guard manifest["kind"] == "DaemonSet", var spec = manifest["spec"],
      var template = spec["template"], var pod = template["spec"]
    else { return manifest }
    var selector = pod["nodeSelector"]?.object ?? [:]
    selector[SimulatedNodes.label] = "true"
    var manifest = manifest
    pod["nodeSelector"] = .object(selector)
    template["spec"] = pod
    spec["template"] = template
    manifest["spec"] = spec
    return manifest
  }

  /// - Throws: ``SimulationError`` when a node of the cluster has the label that only simulated nodes
  ///   may have, or nodes cannot be listed.
  static func refuseLabelledNodes(in api: ClusterAPI) throws {
    guard let type = ResourceType.named("Node") else { return }
    let nodes: [JSONValue]
    do {
      nodes = try api.client.listMetadata(type, namespace: nil, labels: [:]) ?? []
    } catch {
      throw SimulationError(.unsuitableCluster, "nodes cannot be listed: \(error)")
    }
    for node in nodes where node["metadata"]?["labels"]?[SimulatedNodes.label] != nil {
      throw SimulationError(
        .unsuitableCluster,
        "node \(node["metadata"]?["name"]?.string ?? ""): has the label \(SimulatedNodes.label), "
          + "which is for simulated nodes")
    }
  }

  /// - Throws: ``SimulationError`` when the DaemonSet as the API server has it would run on real
  ///   nodes, an admission webhook may have changed it.
  static func requireSelector(of release: Release, in api: ClusterAPI) throws {
    let object = try api.get("DaemonSet", release.daemonSet, namespace: release.namespace)
    let pod = object?["spec"]?["template"]?["spec"]
    guard pod?["nodeSelector"]?[SimulatedNodes.label] == "true" else {
      throw SimulationError(
        .unsuitableCluster,
        "DaemonSet \(release.daemonSet): the cluster removed its node selector, so that it would "
          + "run on real nodes")
    }
  }
}
