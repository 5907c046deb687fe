import FilelogHTTPClient
import FilelogJSON
import FilelogKubernetesAPI
import FilelogText
import HTTPServer

@testable import EmulatedAPIServer
@testable import OffsetSync

/// An emulated API server without a network, with nodes, and pods whose role may get, create and
/// patch config maps and do nothing else.
final class LayoutCluster {
  let server: EmulatedAPIServer
  let namespace = "monitoring"
  /// Everything that pods asked: `GET name` or `PATCH name`, and whether it changed anything.
  private(set) var requests: [(what: String, status: Int, changed: Bool)] = []

  init(nodes: [String] = ["node-a"]) throws {
    server = try EmulatedAPIServer(EmulatedAPIOptions())
    try post("/api/v1/namespaces", ["kind": "Namespace", "metadata": ["name": "monitoring"]])
    let place = "/api/v1/namespaces/monitoring"
    let roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/monitoring"
    try post("\(place)/serviceaccounts", ["metadata": ["name": "collector"]])
    try post(
      "\(roles)/roles",
      [
        "metadata": ["name": "role"],
        "rules": [
          ["apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "create", "patch"]]
        ],
      ])
    try post(
      "\(roles)/rolebindings",
      [
        "metadata": ["name": "binding"],
        "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "role"],
        "subjects": [
          ["kind": "ServiceAccount", "name": "collector", "namespace": "monitoring"]
        ],
      ])
    try post("\(place)/configmaps", ["metadata": ["name": "rel-filelogoffsets-cm"]])
    for node in nodes { try addNode(node) }
  }

  func addNode(_ name: String) throws {
    try post("/api/v1/nodes", ["metadata": ["name": .string(name)]])
    try post(
      "/api/v1/namespaces/monitoring/pods",
      [
        "metadata": ["name": .string("pod-on-\(name.prefix(60))")],
        "spec": [
          "serviceAccountName": "collector", "nodeName": .string(name),
          "containers": [["name": "c", "image": "i"]],
        ],
      ])
  }

  /// Removes a node and its pod, and what they owned.
  func removeNode(_ name: String) throws {
    for path in [
      "/api/v1/namespaces/monitoring/pods/pod-on-\(name.prefix(60))?gracePeriodSeconds=0",
      "/api/v1/nodes/\(name)",
    ] { _ = try admin("DELETE", path) }
  }

  // MARK: Pods

  /// What stands between a pod and the API server.
  struct Interference {
    /// Called before a request is carried out, with its number from 0; throwing loses it.
    var before: (Int) throws(HTTPFailure) -> Void = { (_) throws(HTTPFailure) in }
    /// Called before its answer is given; throwing loses the answer.
    var after: (Int) throws(HTTPFailure) -> Void = { (_) throws(HTTPFailure) in }
  }

  func maps(_ node: String = "node-a") -> OffsetMaps {
    OffsetMaps(
      namespace: namespace, sharedMap: "rel-filelogoffsets-cm", node: node,
      labels: [
        "app.kubernetes.io/instance": "rel", "app.kubernetes.io/managed-by": "dash0-operator",
      ])
  }

  /// The client of a node's pod.
  /// - Parameter bound: whether the token names its node, as from Kubernetes 1.30 on.
  func client(
    _ node: String = "node-a", bound: Bool = true, _ interference: Interference = Interference()
  ) throws -> KubernetesClient {
    let token = try server.issueToken(
      serviceAccount: "collector", namespace: namespace,
      pod: bound ? "pod-on-\(node.prefix(60))" : nil)
    var count = 0
    let transport = Transport { [self] request throws(HTTPFailure) in
      let number = count
      count += 1
      try interference.before(number)
      let response = answer(request)
      try interference.after(number)
      return response
    }
    return KubernetesClient(
      ClusterConfiguration(server: "http://emulated", token: .fixed(token)),
      makeTransport: { _ in transport })
  }

  func store(
    _ node: String = "node-a", bound: Bool = true, log: Log = CapturedLog().log,
    limits: PerNodeMapStore.Limits = .init(), _ interference: Interference = Interference()
  ) throws -> PerNodeMapStore {
    PerNodeMapStore(
      client: try client(node, bound: bound, interference), maps: maps(node), log: log,
      limits: limits)
  }

  private final class Transport: HTTPTransport {
    let answer: (HTTPRequest) throws(HTTPFailure) -> HTTPResponse
    init(_ answer: @escaping (HTTPRequest) throws(HTTPFailure) -> HTTPResponse) {
      self.answer = answer
    }
    func send(
      _ request: HTTPRequest, isCancelled: () -> Bool
    ) throws(HTTPFailure) -> HTTPResponse { try answer(request) }
  }

  private func answer(_ request: HTTPRequest) -> HTTPResponse {
    let target = String(request.url.dropFirst("http://emulated".count))
    let outcome = server.handler.outcome(
      HTTPServerRequest(
        method: request.method, target: target, headers: HTTPHeaders(request.headers),
        body: request.body ?? []), isOversized: false)
    let name = target.split(separator: "?")[0].split(separator: "/").last ?? ""
    requests.append(
      ("\(request.method) \(name)", outcome.response.status, outcome.changed))
    guard case .bytes(let bytes) = outcome.response.body else {
      return HTTPResponse(status: 500, body: [])
    }
    return HTTPResponse(status: outcome.response.status, body: bytes)
  }

  /// The requests since the last call.
  func takeRequests() -> [String] {
    defer { requests = [] }
    return requests.map(\.what)
  }

  // MARK: The administrator

  @discardableResult
  func admin(_ method: String, _ path: String, _ body: JSONValue? = nil) throws -> JSONValue? {
    var fields = HTTPHeaders([
      (
        "Authorization",
        "Bearer \(server.issueToken(user: "admin", groups: ["system:masters"]))"
      )
    ])
    fields.append(
      "Content-Type", method == "PATCH" ? MediaType.mergePatch : MediaType.json)
    let outcome = server.handler.outcome(
      HTTPServerRequest(
        method: method, target: path, headers: fields,
        body: body.map { JSONWriter.compact.bytes($0) } ?? []), isOversized: false)
    guard case .bytes(let bytes) = outcome.response.body else { return nil }
    let answer = try JSONValue(parsing: bytes)
    if method != "GET", !(200..<300).contains(outcome.response.status) {
      throw Refused(description: "\(method) \(path): \(answer)")
    }
    guard outcome.response.status < 300 else { return .none }
    return answer
  }

  struct Refused: Error, CustomStringConvertible { let description: String }

  private func post(_ path: String, _ object: JSONValue) throws {
    try admin("POST", path, object)
  }

  /// A config map as it is; nil when there is none.
  func map(_ name: String) throws -> JSONValue? {
    try admin("GET", "/api/v1/namespaces/monitoring/configmaps/\(name)")
  }

  func patchMap(_ name: String, _ change: JSONValue) throws {
    try admin("PATCH", "/api/v1/namespaces/monitoring/configmaps/\(name)", change)
  }

  /// Removes what nodes stored, so that the next try begins as the first: a cluster takes long to
  /// make.
  func clear() throws {
    let list = try admin("GET", "/api/v1/namespaces/monitoring/configmaps")
    for map in list?["items"]?.array ?? [] {
      guard let name = map["metadata"]?["name"]?.string, name != "rel-filelogoffsets-cm" else {
        continue
      }
      try admin("DELETE", "/api/v1/namespaces/monitoring/configmaps/\(name)")
    }
  }

  /// How many bytes of base64 each map of the release holds, those that hold none left out.
  func filledMaps() throws -> [String: Int] {
    let list = try admin("GET", "/api/v1/namespaces/monitoring/configmaps")
    var sizes: [String: Int] = [:]
    for map in list?["items"]?.array ?? [] {
      let bytes = (map["binaryData"]?.object ?? [:]).values.reduce(0) {
        $0 + ($1.string?.utf8.count ?? 0)
      }
      if bytes > 0 { sizes[map["metadata"]?["name"]?.string ?? ""] = bytes }
    }
    return sizes
  }
}
