import DesiredState
import FilelogCommandLine
import FilelogContract
import FilelogJSON
import FilelogKubernetesAPI
import OffsetsInspection
import Reconciler

/// Reads the offsets maps of a release from a cluster. A user who may only read the shared map sees that.
func clusterMaps(_ call: Invocation) throws -> SavedMaps {
  guard let release = call.value("--release") else {
    throw UsageError("expected --file, or --release")
  }
  let cluster = try naming { try clusterConfiguration(call) }
  let namespace = try releaseNamespace(call, cluster)
  let client = commandClient(cluster)
  let directory = APIRequest.path("api", "v1", "namespaces", namespace, "configmaps")
  let name = Contract.offsetsConfigMapName(release: release)
  var objects: [JSONValue] = []
  do {
    objects = try nodeMaps(client, directory, release: release)
  } catch let error as KubernetesError where error.problem == .forbidden {
    call.console.writeError(
      "note: maps of single nodes are not shown, as they may not be listed; ask for the verb list on "
        + "configmaps in namespace \(namespace)")
  } catch let error as KubernetesError { throw CommandFailure(error.words) }
  let nodeMaps = NodeMapsContent(objects)
  do {
    let shared = try client.send(APIRequest("GET", directory + APIRequest.path(name))).json()
    return SavedMaps(shared: try OffsetsMapContent(shared), nodeMaps: nodeMaps)
  } catch let error as KubernetesError {
    switch error.problem {
    case .notFound where !nodeMaps.nodes.isEmpty:
      return SavedMaps(shared: nil, nodeMaps: nodeMaps)
    case .notFound:
      throw CommandFailure(
        "there is no configmap \(namespace)/\(name) and no map of a single node; is that the name of "
          + "the release, and does it keep its offsets in config maps? To see what there is: "
          + "kubectl get configmaps --namespace \(namespace)")
    case .forbidden:
      throw CommandFailure(
        "configmap \(namespace)/\(name) may not be read; ask for the verbs get and list on configmaps "
          + "in namespace \(namespace): \(error)")
    default: throw CommandFailure(error.words)
    }
  }
}

/// The maps of single nodes, read in pages: each may hold 1.4 MB of JSON.
func nodeMaps(
  _ client: KubernetesClient, _ directory: String, release: String
) throws -> [JSONValue] {
  var objects: [JSONValue] = []
  var token = ""
  repeat {
    var query = [
      (name: "labelSelector", value: NodeMapsContent.selector(release: release)),
      (name: "limit", value: "50"),
    ]
    if !token.isEmpty { query.append((name: "continue", value: token)) }
    let list = try client.send(
      APIRequest("GET", directory, query: query, responseLimit: 128 << 20)
    ).json()
    // Elements of a list do not say what they are.
    objects += (list["items"]?.array ?? []).map { item in
      var item = item
      item["kind"] = "ConfigMap"
      return item
    }
    token = list["metadata"]?["continue"]?.string ?? ""
  } while !token.isEmpty
  return objects + (try unlabelledMaps(client, directory, release: release, besides: objects))
}

/// Maps whose labels were taken away, as a node that may write its own map can: the names stay.
private func unlabelledMaps(
  _ client: KubernetesClient, _ directory: String, release: String, besides known: [JSONValue]
) throws -> [JSONValue] {
  guard let type = ResourceType.named("ConfigMap") else { return [] }
  let namespace = directory.split(separator: "/").dropLast().last.map(String.init)
  let names = Set(known.compactMap { $0["metadata"]?["name"]?.string })
  return try (client.listMetadata(type, namespace: namespace, labels: [:]) ?? []).compactMap {
    metadata in
    guard let name = metadata["metadata"]?["name"]?.string, !names.contains(name),
      let kind = Contract.NodeMap.kind(ofMapNamed: name, release: release)
    else { return nil }
    var map = try client.send(
      APIRequest("GET", directory + APIRequest.path(name), responseLimit: 128 << 20)
    ).json()
    map["metadata"]?["labels"] = [Contract.NodeMap.kindLabel: .string(kind.kind)]
    if map["metadata"]?["annotations"]?[Contract.NodeMap.nodeAnnotation] == nil {
      map["metadata"]?["annotations"] = [Contract.NodeMap.nodeAnnotation: .string(kind.node)]
    }
    return map
  }
}
