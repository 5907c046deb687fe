internal import FilelogText

/// What a refusal by the API server means to the one who asked.
public enum KubernetesProblem: String, Hashable, Sendable, CaseIterable {
  /// The request itself is wrong (400, 405, 406, 415, a redirect).
  case badRequest
  /// The token or certificate is not accepted.
  case unauthenticated
  /// The role lacks a permission.
  case forbidden
  /// An admission policy, a webhook or a quota refused, or the namespace is being deleted; see
  /// ``KubernetesStatus/admissionWebhook``, ``KubernetesStatus/quota``, and the causes.
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
    case 403: causes.isEmpty && admissionWebhook == nil && quota == nil ? .forbidden : .denied
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

  /// Whether the API server says that a config map does not exist. Any other 404 comes from something
  /// between here and there, or from an API server that does not serve the path, and says nothing of
  /// the map.
  public var isMissingConfigMap: Bool {
    code == 404 && reason == "NotFound" && kind == "configmaps"
  }

  /// The webhook that refused, where one did. The server words its refusal
  /// `admission webhook "NAME" denied the request: …`, with the code that the webhook chose, 403 where
  /// it chose none.
  public var admissionWebhook: String? { quoted(after: "admission webhook \"", until: "\"") }

  /// The ResourceQuota that is used up, where that is why: `exceeded quota: NAME, requested: …` or
  /// `failed quota: NAME: must specify …`.
  public var quota: String? {
    quoted(after: "exceeded quota: ", until: ",") ?? quoted(after: "failed quota: ", until: ":")
  }

  private func quoted(after start: String, until end: Character) -> String? {
    guard let name = message.rest(after: start)?.prefix(while: { $0 != end }), !name.isEmpty else {
      return nil
    }
    return String(name)
  }

  private var isMapFull: Bool {
    causes.contains { $0.reason == "FieldValueTooLong" && $0.field == "[]" }
  }

  /// Faults of the request that the server reports as its own, known by their text only.
  private var serverFault: KubernetesProblem {
    if message.holds("request is too large") { return .tooLarge }
    if message.holds("strconv.ParseUint") { return .badRequest }
    if message.holds("failed to create typed patch object") { return .invalid }
    return .unavailable
  }
}
