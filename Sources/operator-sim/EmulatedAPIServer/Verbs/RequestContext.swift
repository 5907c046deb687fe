internal import FilelogJSON
internal import FilelogText
internal import HTTPServer
internal import Synchronization

/// One request for a resource, understood and permitted.
struct RequestContext: Sendable {
  let request: HTTPServerRequest
  let target: ResourceTarget
  let kind: ResourceKind
  let identity: Identity
  let now: Timestamp
  let notes: RequestNotes

  func key(_ name: String) -> ObjectKey {
    ObjectKey(
      resource: kind.qualifiedPlural, namespace: kind.isNamespaced ? target.namespace : "",
      name: name)
  }

  /// Where a real API server keeps the object in etcd.
  var storageKey: String {
    let directory =
      kind.kind == "Node" ? "minions" : kind.kind == "Service" ? "services/specs" : kind.plural
    let namespace = kind.isNamespaced ? "\(target.namespace)/" : ""
    return "/registry/\(directory)/\(namespace)\(target.name)"
  }

  /// What admission policies are asked about.
  func write(
    _ operation: String, _ name: String, _ object: JSONValue?, over oldObject: JSONValue?,
    _ isDryRun: Bool
  ) -> PolicyAdmission.Write {
    PolicyAdmission.Write(
      operation: operation, kind: kind, subresource: target.subresource,
      namespace: kind.isNamespaced ? target.namespace : "", name: name, identity: identity,
      object: object, oldObject: oldObject, isDryRun: isDryRun)
  }

  /// Who is to be written down as the owner of fields.
  func manager(_ options: WriteOptions) -> String {
    if !options.fieldManager.isEmpty { return options.fieldManager }
    let agent = request.headers["User-Agent"] ?? ""
    return String(agent.prefix { $0 != "/" }.prefix(128))
  }
}

/// What a request's handlers find out on the way, for its response and for observers.
final class RequestNotes: Sendable {
  private let state = Mutex((warnings: [String](), changed: false, storedBytes: 0))

  func warn(_ text: String) {
    state.withLock { state in
      if !state.warnings.contains(text) { state.warnings.append(text) }
    }
  }

  /// - Parameter storedBytes: of the object in etcd; 0 for one that is gone.
  func markChanged(storedBytes: Int) {
    state.withLock { state in
      state.changed = true
      state.storedBytes = storedBytes
    }
  }

  var warnings: [String] { state.withLock { $0.warnings } }
  var changed: Bool { state.withLock { $0.changed } }
  var storedBytes: Int { state.withLock { $0.storedBytes } }
}
