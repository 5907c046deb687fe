/// Something that goes wrong on purpose: which requests it meets, when, and what happens to them.
public struct Fault: Hashable, Sendable {
  /// Which requests are met. A pattern may hold `*`; nil matches everything.
  public struct Requests: Hashable, Sendable {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`; the method in lower case for
    /// what is not a resource.
    public var verb: String?
    /// `configmaps`, `serviceaccounts/token`
    public var resource: String?
    /// The namespace, `monitoring` for instance.
    public var namespace: String?
    /// The object's name.
    public var name: String?
    /// The user, `system:serviceaccount:monitoring:*` for instance.
    public var user: String?
    /// The node that the token names.
    public var node: String?
    /// The path of the URL.
    public var path: String?

    /// Every request.
    public init() {}
  }

  /// What happens to a request that is met.
  public enum Effect: Hashable, Sendable {
    /// Nothing but ``Fault/latency``.
    case none
    /// Responded to with that status; 429 is plain text, as from a real API server.
    case status(Int, retryAfter: Int?)
    /// A 401, as if the token had expired.
    case expiredToken
    /// The connection is reset; there is no response.
    case reset
    /// The connection ends after that many bytes of the response's body.
    case cut(afterBytes: Int)
    /// A watch is cut off when it has run so long.
    case cutWatch(after: Duration)
    /// The port is closed. Meets every request, whatever ``Fault/requests`` says.
    case outage
  }

  /// Which requests are met.
  public var requests = Requests()
  /// What happens to them.
  public var effect = Effect.none
  /// How long the request waits before anything else happens.
  public var latency = Duration.zero
  /// The request is carried out before it fails, so that its sender cannot know.
  public var isCommitted = false
  /// From when on, counted from the moment when the fault is set.
  public var delay = Duration.zero
  /// For how long; nil without end.
  public var duration: Duration?
  /// How often; nil without end.
  public var times: Int?
  /// Which part of the matching requests is met, evenly spread: 0.25 is every fourth.
  public var rate = 1.0

  /// A fault that does nothing yet.
  public init() {}
}

/// What a fault may match of a request.
struct FaultSubject: Sendable {
  var verb: String
  var resource: String
  var namespace: String
  var name: String
  var user: String
  var node: String
  var path: String
}

extension Fault.Requests {
  func match(_ subject: FaultSubject) -> Bool {
    let pairs = [
      (verb, subject.verb), (resource, subject.resource), (namespace, subject.namespace),
      (name, subject.name), (user, subject.user), (node, subject.node), (path, subject.path),
    ]
    return pairs.allSatisfy { pattern, text in
      pattern.map { Self.matches($0[...], text[...]) } ?? true
    }
  }

  /// `*` stands for any text.
  private static func matches(_ pattern: Substring, _ text: Substring) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
      let rest = pattern.dropFirst()
      return text.indices.contains { matches(rest, text[$0...]) } || matches(rest, "")
    }
    return text.first == first && matches(pattern.dropFirst(), text.dropFirst())
  }
}
