internal import FilelogEncodings
public import FilelogJSON

/// What sends requests to an API server for tests, and the requests that they send most.
public protocol TestRequests {
  /// What comes back.
  associatedtype Reply

  /// - Parameter token: nil sends the request as the administrator; an empty one sends none.
  func send(
    _ method: String, _ target: String, _ body: [UInt8], type: String?, accept: String?,
    token: String?, headers: [(name: String, value: String)]
  ) -> Reply
}

extension TestRequests {
  public func send(
    _ method: String, _ target: String, _ body: JSONValue, type: String? = nil,
    accept: String? = nil, token: String? = nil
  ) -> Reply {
    send(
      method, target, JSONWriter.compact.bytes(body), type: type, accept: accept, token: token,
      headers: [])
  }

  public func get(_ target: String, token: String? = nil) -> Reply {
    send("GET", target, [UInt8](), type: nil, accept: nil, token: token, headers: [])
  }

  public func post(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("POST", target, body, type: "application/json", token: token)
  }

  public func put(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PUT", target, body, type: "application/json", token: token)
  }

  public func merge(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PATCH", target, body, type: "application/merge-patch+json", token: token)
  }

  public func patch(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PATCH", target, body, type: "application/json-patch+json", token: token)
  }

  public func strategic(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PATCH", target, body, type: "application/strategic-merge-patch+json", token: token)
  }

  public func apply(_ target: String, _ body: JSONValue, token: String? = nil) -> Reply {
    send("PATCH", target, body, type: "application/apply-patch+yaml", token: token)
  }
}

/// Config maps in the namespace that tests use.
public enum Maps {
  public static let all = "/api/v1/namespaces/default/configmaps"

  public static func path(_ name: String) -> String { "\(all)/\(name)" }

  public static func object(_ name: String, _ members: JSONValue = [:]) -> JSONValue {
    var object = members
    object["apiVersion"] = "v1"
    object["kind"] = "ConfigMap"
    object["metadata"] = ["name": .string(name)]
    return object
  }

  /// Base64 of that many zero bytes.
  public static func base64(zeros count: Int) -> JSONValue {
    let rest = Base64.encode([UInt8](repeating: 0, count: count % 3))
    return .string(String(repeating: "A", count: count / 3 * 4) + rest)
  }
}

/// Daemon sets for tests.
public enum Daemons {
  public static let all = "/apis/apps/v1/namespaces/default/daemonsets"

  public static func object(
    _ name: String = "d", containers: JSONValue = [["name": "c", "image": "i:1"]]
  ) -> JSONValue {
    [
      "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": ["name": .string(name)],
      "spec": [
        "selector": ["matchLabels": ["app": "x"]],
        "template": [
          "metadata": ["labels": ["app": "x"]], "spec": ["containers": containers],
        ],
      ],
    ]
  }
}
