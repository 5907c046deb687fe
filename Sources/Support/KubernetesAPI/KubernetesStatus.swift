/// What the API server answered instead of doing what was asked.
///
/// Source: the `Status` object of the Kubernetes API. `reason` and `details` may be absent, and a
/// body may be no Status at all (429 comes as plain text): then only ``code`` and what is known from
/// it remain.
public struct KubernetesStatus: Error, Hashable, Sendable {
  /// The HTTP status.
  public let code: Int

  /// `NotFound`, `Invalid`, …; nil when the server gave none.
  public let reason: String?

  /// The server's text: values that it repeats from the request are left out, and it is cut at
  /// ``messageLimit`` bytes. Empty when the server gave none.
  public let message: String

  /// Name, group and plural kind of the object, where given.
  public let name: String?
  /// Of `details`: the API group; nil for the core group and where none is given.
  public let group: String?
  /// Of `details`: the plural kind, `configmaps` for instance.
  public let kind: String?

  /// At most ``causeLimit``, each cut and cleaned as ``message`` is.
  public let causes: [Cause]

  /// How long to wait before trying again, from the `Retry-After` header or the details.
  public let retryAfter: Duration?

  /// One of the reasons in `details.causes`.
  public struct Cause: Hashable, Sendable {
    /// `FieldValueTooLong`, `FieldManagerConflict`, …
    public let reason: String?
    /// What is wrong, for people; cut as ``KubernetesStatus/message`` is.
    public let message: String
    /// `binaryData[a/b]`; `[]` for the whole object.
    public let field: String?

    /// A cause with these parts.
    public init(reason: String? = nil, message: String = "", field: String? = nil) {
      self.reason = reason
      self.message = message
      self.field = field
    }
  }

  /// UTF-8 bytes of a message that are kept: several refusals repeat the whole object.
  public static let messageLimit = 1024
  /// How many causes are kept.
  public static let causeLimit = 16

  /// A status with these parts; nothing is cut.
  public init(
    code: Int, reason: String? = nil, message: String = "", name: String? = nil,
    group: String? = nil, kind: String? = nil, causes: [Cause] = [], retryAfter: Duration? = nil
  ) {
    self.code = code
    self.reason = reason
    self.message = message
    self.name = name
    self.group = group
    self.kind = kind
    self.causes = causes
    self.retryAfter = retryAfter
  }
}

extension KubernetesStatus: CustomStringConvertible {
  /// `403 Forbidden: configmaps "m" is forbidden: …`
  public var description: String {
    let heading = "\(code) \(reason ?? Self.phrase(of: code))"
    return message.isEmpty || message == reason ? heading : "\(heading): \(message)"
  }

  private static func phrase(of code: Int) -> String {
    switch code {
    case 301...308: "Redirected"
    case 400: "BadRequest"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "NotFound"
    case 409: "Conflict"
    case 413: "RequestEntityTooLarge"
    case 422: "Invalid"
    case 429: "TooManyRequests"
    case 500: "InternalError"
    case 502: "BadGateway"
    case 503: "ServiceUnavailable"
    case 504: "Timeout"
    default: "Unexpected"
    }
  }
}
