internal import FilelogHTTPClient
internal import FilelogJSON
internal import FilelogKubernetesAPI

/// The calls that a simulation makes as an administrator: what the operator, the scheduler and the
/// kubelet do in a cluster.
final class ClusterAPI {
  static let userAgent = "operator-sim"
  private static let fieldManager = "operator-sim"

  let client: KubernetesClient
  /// What was not there before and has not been deleted since, in the order in which it was made.
  private(set) var made: [Made] = []

  /// The very object, not another one with the same name.
  struct Made: Hashable {
    var reference: ObjectReference
    var uid: String?
  }

  init(
    _ configuration: ClusterConfiguration,
    makeTransport: @escaping (HTTPClient.Options) -> any HTTPTransport = { HTTPClient($0) }
  ) {
    client = KubernetesClient(
      configuration, userAgent: Self.userAgent, makeTransport: makeTransport)
  }

  /// Creates or updates an object by server-side apply.
  func apply(_ object: JSONValue) throws {
    let reference = try Self.reference(to: object)
    let response = try send(
      "apply \(Self.title(object))",
      APIRequest(
        "PATCH", reference.path,
        query: [(name: "fieldManager", value: Self.fieldManager), (name: "force", value: "true")],
        contentType: MediaType.apply, body: JSONWriter.compact.bytes(object)))
    if response.status == 201 {
      made.append(Made(reference: reference, uid: try Self.uid(response)))
    }
  }

  /// Creates an object; one that is there already is left as it is.
  /// - Returns: the object, or nil when there was one.
  @discardableResult
  func create(_ object: JSONValue) throws -> JSONValue? {
    let reference = try Self.reference(to: object)
    do {
      let response = try client.send(
        APIRequest(
          "POST", reference.type.path(namespace: reference.namespace),
          contentType: MediaType.json, body: JSONWriter.compact.bytes(object)))
      made.append(Made(reference: reference, uid: try Self.uid(response)))
      return try response.json()
    } catch .status(let status) where status.reason == "AlreadyExists" {
      return nil
    } catch {
      throw SimulationError("cannot create \(Self.title(object)): \(error)")
    }
  }

  /// Changes an object by a merge patch.
  func patch(_ kind: String, _ name: String, namespace: String?, _ change: JSONValue) throws {
    try send(
      "patch \(kind) \(name)",
      APIRequest(
        "PATCH", try Self.reference(kind, name, namespace: namespace).path,
        accept: MediaType.metadataOnly, contentType: MediaType.mergePatch,
        body: JSONWriter.compact.bytes(change)))
  }

  /// Reads an object; nil when there is none.
  func get(_ kind: String, _ name: String, namespace: String?) throws -> JSONValue? {
    do {
      return try client.send(
        APIRequest("GET", try Self.reference(kind, name, namespace: namespace).path)
      ).json()
    } catch let error as KubernetesError {
      if case .status(let status) = error, status.code == 404 { return nil }
      throw SimulationError("cannot get \(kind) \(name): \(error)")
    }
  }

  /// Reads of a config map what is selected, and how full it is; nil when there is none.
  func configMap(
    _ name: String, namespace: String, reading selection: ConfigMapSelection
  ) throws -> ConfigMapSnapshot? {
    do {
      return try client.configMap(namespace: namespace, name: name, reading: selection)
    } catch {
      if case .status(let status) = error, status.code == 404 { return nil }
      throw SimulationError("cannot get ConfigMap \(name): \(error)")
    }
  }

  /// Deletes an object at once; one that is gone already is not a mistake.
  func delete(_ kind: String, _ name: String, namespace: String?) throws {
    let reference = try Self.reference(kind, name, namespace: namespace)
    made.removeAll { $0.reference == reference }
    do {
      try delete(Made(reference: reference))
    } catch {
      throw SimulationError("cannot delete \(kind) \(name): \(error)")
    }
  }

  /// Deletes an object at once, as no kubelet is there that could end a pod in order; with its UID
  /// that very one.
  func delete(_ object: Made) throws(KubernetesError) {
    let options: JSONValue = [
      "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0,
      "preconditions": .object(object.uid.map { ["uid": .string($0)] } ?? [:]),
    ]
    do {
      _ = try client.send(
        APIRequest(
          "DELETE", object.reference.path, contentType: MediaType.json,
          body: JSONWriter.compact.bytes(options)))
    } catch .status(let status) where status.code == 404 {
    }
  }

  /// A token of a service account that is bound to a pod, as the kubelet gets one for it.
  func token(serviceAccount: String, namespace: String, podName: String, podUID: String) throws
    -> String
  {
    let request: JSONValue = [
      "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
      "spec": [
        "expirationSeconds": 3600,
        "boundObjectRef": [
          "apiVersion": "v1", "kind": "Pod", "name": .string(podName), "uid": .string(podUID),
        ],
      ],
    ]
    let path =
      try Self.reference("ServiceAccount", serviceAccount, namespace: namespace).path + "/token"
    let response = try send(
      "get a token for service account \(serviceAccount)",
      APIRequest(
        "POST", path, contentType: MediaType.json, body: JSONWriter.compact.bytes(request))
    ).json()
    guard let token = response["status"]?["token"]?.string else {
      throw SimulationError("TokenRequest: the response has no token")
    }
    return token
  }

  @discardableResult
  private func send(_ what: String, _ request: APIRequest) throws -> APIResponse {
    do {
      return try client.send(request)
    } catch {
      throw SimulationError("cannot \(what): \(error)")
    }
  }

  private static func title(_ object: JSONValue) -> String {
    "\(object["kind"]?.string ?? "object") \(object["metadata"]?["name"]?.string ?? "")"
  }

  private static func uid(_ response: APIResponse) throws(KubernetesError) -> String? {
    try response.json()["metadata"]?["uid"]?.string
  }

  private static func reference(to object: JSONValue) throws -> ObjectReference {
    guard let kind = object["kind"]?.string, let name = object["metadata"]?["name"]?.string else {
      throw SimulationError("an object has no kind or no name")
    }
    return try reference(kind, name, namespace: object["metadata"]?["namespace"]?.string)
  }

  private static func reference(
    _ kind: String, _ name: String, namespace: String?
  ) throws -> ObjectReference {
    guard let type = ResourceType.named(kind) else {
      throw SimulationError("the API path of kind \(kind) is not known")
    }
    return ObjectReference(type, namespace: namespace, name: name)
  }
}
