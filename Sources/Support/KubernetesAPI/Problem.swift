/// What a refusal by the API server means to the one who asked.
public enum KubernetesProblem: String, Hashable, Sendable, CaseIterable {
  /// The request itself is wrong (400, 405, 406, 415, a redirect).
  case badRequest
  /// The token or certificate is not accepted.
  case unauthenticated
  /// The role lacks a permission.
  case forbidden
  /// An admission policy or webhook refused, or the namespace is being deleted; the causes say why.
  case denied
  /// The object does not exist.
  case notFound
  /// The namespace does not exist; only creating tells this, reading and patching get ``notFound``.
  case namespaceNotFound
  /// The object changed meanwhile, or another manager owns a field.
  case conflict
  /// An object of that name exists.
  case alreadyExists
  /// The resource version asked for is gone.
  case expired
  /// The values of a config map would exceed 1,048,576 bytes together.
  case mapFull
  /// The object is not valid for another reason.
  case invalid
  /// The body exceeds 3,145,728 bytes, or the object what etcd takes.
  case tooLarge
  /// The server asks for patience.
  case throttled
  /// The server gave up waiting; whether a write was done is unknown.
  case serverTimedOut
  /// The server, or something before it, cannot answer now.
  case unavailable
}

extension KubernetesStatus {
  /// Which problem this is, from the code, the reason and the causes.
  public var problem: KubernetesProblem {
    switch code {
    case 401: .unauthenticated
    case 403: causes.isEmpty ? .forbidden : .denied
    case 404: kind == "namespaces" ? .namespaceNotFound : .notFound
    case 408, 504: .serverTimedOut
    case 409: reason == "AlreadyExists" ? .alreadyExists : .conflict
    case 410: .expired
    case 413: .tooLarge
    case 422: isMapFull ? .mapFull : .invalid
    case 429: .throttled
    case 500: serverFault
    case 501...599: .unavailable
    default: .badRequest
    }
  }

  private var isMapFull: Bool {
    causes.contains { $0.reason == "FieldValueTooLong" && $0.field == "[]" }
  }

  /// Faults of the request that the server reports as its own, known by their text only.
  private var serverFault: KubernetesProblem {
    if message.contains("request is too large") { return .tooLarge }
    if message.contains("strconv.ParseUint") { return .badRequest }
    if message.contains("failed to create typed patch object") { return .invalid }
    return .unavailable
  }
}
