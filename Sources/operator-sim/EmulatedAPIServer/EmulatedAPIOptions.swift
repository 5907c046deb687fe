internal import FilelogEncodings
public import FoundationEssentials
public import HTTPServer

/// How an emulated API server is set up.
public struct EmulatedAPIOptions: Sendable {
  /// 0: one that is free.
  public var port: UInt16 = 0
  /// HTTPS with a generated authority; otherwise plain HTTP.
  public var isTLS = true
  /// Where the state survives the process; nil: in memory only. The file holds secrets.
  public var dataFile: String?
  /// The version that `/version` tells.
  public var gitVersion = "v1.36.0"
  /// How many changes watches and consistent lists may go back.
  public var historyLimit = 1000
  /// The time, for timestamps and the expiry of tokens.
  public var now: @Sendable () -> Date = { Date() }
  /// New identifiers, for objects and tokens.
  public var newID: @Sendable () -> UUID = { UUID() }
  /// Gets every request after its response, on that request's own thread.
  public var observer: @Sendable (RequestRecord) -> Void = { _ in }
  /// What stands before the server and responds in its place; nil: it does not.
  public var answer: @Sendable (HTTPServerRequest) -> HTTPServerResponse? = { _ in nil }

  /// HTTPS on a free port, in memory only.
  public init() {}
}

/// How to reach a server.
public struct EmulatedAPIEndpoint: Sendable {
  /// An address of this machine, `127.0.0.1`.
  public let host: String
  /// The port that it listens on.
  public let port: UInt16
  /// What a client must trust; nil for plain HTTP.
  public let caPEM: String?
  /// May do anything.
  public let adminToken: String

  /// `https://127.0.0.1:6443`
  public var url: String { "\(caPEM == nil ? "http" : "https")://\(host):\(port)" }
}

extension EmulatedAPIEndpoint {
  /// A kubeconfig for a user of this server.
  /// - Parameters:
  ///   - token: the user's bearer token.
  ///   - namespace: of the context.
  public func kubeconfig(token: String, namespace: String = "default") -> String {
    let authority = caPEM.map { pem in
      "    certificate-authority-data: \(Base64.encode(Array(pem.utf8)))\n"
    }
    return """
      apiVersion: v1
      kind: Config
      clusters:
      - name: operator-sim
        cluster:
          server: \(url)
      \(authority ?? "")contexts:
      - name: operator-sim
        context: {cluster: operator-sim, user: operator-sim, namespace: \(namespace)}
      current-context: operator-sim
      users:
      - name: operator-sim
        user:
          token: \(token)

      """
  }
}

/// An object that a token was to be bound to does not exist.
public struct EmulatedObjectMissing: Error, Hashable, Sendable, CustomStringConvertible {
  /// The plural kind, `pods` for instance.
  public let resource: String
  /// Empty for objects of the whole cluster.
  public let namespace: String
  /// The object's name.
  public let name: String

  public var description: String {
    let place = namespace.isEmpty ? "" : " in namespace \(namespace)"
    return "\(resource) \(name): does not exist\(place)"
  }
}

/// One request and its response, for experiments that count.
public struct RequestRecord: Sendable {
  /// Empty when the user is unknown.
  public let user: String
  /// The node that the token names (`authentication.kubernetes.io/node-name`).
  public let nodeName: String?
  /// `get`, `patch`, …; the method in lower case for what is not a resource.
  public let verb: String
  /// `configmaps` or `serviceaccounts/token`; empty for what is not a resource.
  public let resource: String
  /// Empty for what is of the whole cluster.
  public let namespace: String
  /// The object's name; empty for lists and creations.
  public let name: String
  /// The path of the URL, without its query.
  public let path: String
  /// Bytes of the bodies. A watch counts what it sent until it ended.
  public let requestBytes: Int
  /// Bytes of the response's body.
  public let responseBytes: Int
  /// The HTTP status.
  public let status: Int
  /// The connection was reset on purpose, or the response cut off.
  public let isBroken: Bool
  /// From the request's end to the response's.
  public let duration: Duration
  /// Something was stored: false for reads, refusals, dry runs and writes that changed nothing.
  public let changed: Bool
  /// What the object that was stored takes in etcd, key and all: what a server has to write. 0 where
  /// nothing was stored.
  public let storedBytes: Int
}
