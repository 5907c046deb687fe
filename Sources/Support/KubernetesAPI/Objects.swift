public import FilelogJSON

/// How a write is meant.
public struct WriteMode: Hashable, Sendable {
  /// The name under which the server notes who owns which field.
  public var fieldManager: String
  /// Takes fields over that others own; otherwise those are refused with a conflict.
  public var isForced: Bool
  /// Everything is checked and answered, nothing is stored.
  public var isDryRun: Bool

  /// A write as this manager.
  public init(fieldManager: String, isForced: Bool = false, isDryRun: Bool = false) {
    self.fieldManager = fieldManager
    self.isForced = isForced
    self.isDryRun = isDryRun
  }

  fileprivate var query: [(name: String, value: String)] {
    var query = [(name: "fieldManager", value: fieldManager)]
    if isForced { query.append((name: "force", value: "true")) }
    if isDryRun { query.append((name: "dryRun", value: "All")) }
    return query
  }
}

/// Objects of any kind.
extension KubernetesClient {
  /// Reads an object.
  /// - Parameters:
  ///   - reference: which object.
  ///   - metadataOnly: leaves out the content; the answer's kind is then `PartialObjectMetadata`.
  /// - Returns: nil when there is no such object.
  public func object(
    _ reference: ObjectReference, metadataOnly: Bool = false
  ) throws(KubernetesError) -> JSONValue? {
    let accept = metadataOnly ? MediaType.metadataOnly : MediaType.json
    do {
      return try send(APIRequest("GET", reference.path, accept: accept)).json()
    } catch .status(let status) where status.code == 404 {
      return .none
    }
  }

  /// Creates or changes an object by server-side apply.
  /// - Parameters:
  ///   - configuration: the fields that the manager wants, and no others: those that it applied
  ///     before and that are missing now are removed.
  ///   - reference: which object.
  ///   - mode: as whom, and how.
  ///   - metadataOnly: leaves the content out of the answer.
  /// - Returns: the object as it is then, or would be.
  @discardableResult
  public func apply(
    _ configuration: JSONValue, to reference: ObjectReference, _ mode: WriteMode,
    metadataOnly: Bool = false
  ) throws(KubernetesError) -> JSONValue {
    try send(
      APIRequest(
        "PATCH", reference.path, query: mode.query,
        accept: metadataOnly ? MediaType.metadataOnly : MediaType.json,
        contentType: MediaType.apply, body: JSONWriter.compact.bytes(configuration))
    ).json()
  }

  /// Changes an object by a JSON patch, and answers its metadata.
  @discardableResult
  public func patch(
    _ reference: ObjectReference, operations: [JSONValue], _ mode: WriteMode
  ) throws(KubernetesError) -> JSONValue {
    try send(
      APIRequest(
        "PATCH", reference.path, query: mode.query, accept: MediaType.metadataOnly,
        contentType: MediaType.jsonPatch, body: JSONWriter.compact.bytes(.array(operations)))
    ).json()
  }

  /// The metadata of the objects that carry all these labels.
  /// - Parameters:
  ///   - type: of which type.
  ///   - namespace: nil for types of the whole cluster, and for all namespaces.
  ///   - labels: names and values.
  /// - Returns: nil when the server does not serve the type.
  public func listMetadata(
    _ type: ResourceType, namespace: String?, labels: [String: String]
  ) throws(KubernetesError) -> [JSONValue]? {
    try pages(type, namespace: namespace, labels: labels, accept: MediaType.metadataListOnly)
  }

  /// The whole objects that carry all these labels; otherwise as
  /// ``listMetadata(_:namespace:labels:)``.
  public func list(
    _ type: ResourceType, namespace: String?, labels: [String: String]
  ) throws(KubernetesError) -> [JSONValue]? {
    try pages(type, namespace: namespace, labels: labels, accept: MediaType.json)
  }

  private func pages(
    _ type: ResourceType, namespace: String?, labels: [String: String], accept: String
  ) throws(KubernetesError) -> [JSONValue]? {
    let selector = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      .joined(separator: ",")
    var items: [JSONValue] = []
    var next: String?
    repeat {
      var query = [(name: "labelSelector", value: selector), (name: "limit", value: "500")]
      if let next { query.append((name: "continue", value: next)) }
      let page: JSONValue
      do {
        page = try send(
          APIRequest(
            "GET", type.path(namespace: namespace), query: query, accept: accept,
            responseLimit: 16 << 20)
        ).json()
      } catch .status(let status) where status.code == 404 {
        return nil
      }
      items += page["items"]?.array ?? []
      next = page["metadata"]?["continue"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    } while next != nil
    return items
  }

  /// Deletes an object; what depends on it goes in the background.
  ///
  /// - Parameters:
  ///   - reference: which object.
  ///   - uid: the server refuses with a conflict when the object was deleted and made anew.
  ///   - resourceVersion: likewise when it has changed.
  ///   - isDryRun: everything is checked, nothing is deleted.
  public func delete(
    _ reference: ObjectReference, uid: String?, resourceVersion: String?, isDryRun: Bool = false
  ) throws(KubernetesError) {
    var preconditions: [String: JSONValue] = [:]
    preconditions["uid"] = uid.map { .string($0) }
    preconditions["resourceVersion"] = resourceVersion.map { .string($0) }
    var options: JSONValue = [
      "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
      "preconditions": .object(preconditions),
    ]
    if isDryRun { options["dryRun"] = ["All"] }
    _ = try send(
      APIRequest(
        "DELETE", reference.path, contentType: MediaType.json,
        body: JSONWriter.compact.bytes(options)))
  }
}
