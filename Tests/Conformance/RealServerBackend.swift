import FilelogHTTPClient
import FilelogJSON
import FilelogKubernetesAPI
import FilelogText
import FoundationEssentials
import Glibc
import HTTPServer
import Synchronization

/// A real API server, named by a kubeconfig in `CONFORMANCE_KUBECONFIG`. The tables' namespaces get
/// names of this run there, are emptied before each test, and are deleted in the end.
final class RealServerBackend: ConformanceBackend {
  /// The server of the environment; nil when the tables are played at the emulator.
  static let shared: RealServerBackend? = {
    guard let path = ProcessInfo.processInfo.environment["CONFORMANCE_KUBECONFIG"], !path.isEmpty
    else { return nil }
    do {
      return RealServerBackend(try ClusterConfiguration.kubeconfig(path: path))
    } catch {
      preconditionFailure("CONFORMANCE_KUBECONFIG: \(error)")
    }
  }()

  private let configuration: ClusterConfiguration
  /// Stands before the name of each namespace that the tables use.
  private let prefix: String
  private let isReady = Mutex(false)
  private let administrator = Mutex<HTTPClient?>(nil)

  /// Namespaces of the tables that are really made. Others ("none") must stay missing.
  private static let namespaces = ["default", "monitoring", "going"]

  private static let collections = [
    "/api/v1|configmaps", "/api/v1|pods", "/api/v1|secrets",
    "/apis/apps/v1|daemonsets", "/apis/rbac.authorization.k8s.io/v1|roles",
    "/apis/rbac.authorization.k8s.io/v1|rolebindings", "/api/v1|serviceaccounts",
  ]

  private init(_ configuration: ClusterConfiguration) {
    self.configuration = configuration
    let digits = (0..<6).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined()
    prefix = "conformance-\(digits)-"
  }

  /// Empties the namespaces, and makes the one that every table uses.
  func reset() throws {
    for namespace in Self.namespaces {
      for collection in Self.collections {
        let parts = collection.split(separator: "|")
        _ = try send(
          "DELETE", "\(parts[0])/namespaces/\(namespace)/\(parts[1])?gracePeriodSeconds=0")
      }
    }
    let isFirst = isReady.withLock { ready in
      defer { ready = true }
      return !ready
    }
    if isFirst {
      _ = try send("POST", "/api/v1/namespaces", ["metadata": ["name": "default"]])
      // After the first exchange, so that it runs before OpenSSL's own end.
      atexit { RealServerBackend.shared?.cleanUp() }
    }
    // A service account controller may be faster.
    _ = try send(
      "POST", "/api/v1/namespaces/default/serviceaccounts", ["metadata": ["name": "default"]])
  }

  /// Deletes the namespaces. One that no controller finishes is finished here: it is this run's own,
  /// and empty.
  func cleanUp() {
    try? reset()
    for plural in ["validatingadmissionpolicybindings", "validatingadmissionpolicies"] {
      let path =
        "/apis/admissionregistration.k8s.io/v1/\(plural)/\(prefix)default.rel-filelogoffsets"
      _ = try? send("DELETE", path)
    }
    for namespace in Self.namespaces {
      _ = try? send("DELETE", "/api/v1/namespaces/\(namespace)")
    }
    for _ in 0..<10 {
      let isGone = Self.namespaces.allSatisfy { name in
        (try? send("GET", "/api/v1/namespaces/\(name)"))?.status == 404
      }
      if isGone { return }
      usleep(500_000)
    }
    for namespace in Self.namespaces {
      let object: JSONValue = [
        "apiVersion": "v1", "kind": "Namespace", "spec": ["finalizers": []],
        "metadata": ["name": .string(prefix + namespace)],
      ]
      _ = try? send("PUT", "/api/v1/namespaces/\(namespace)/finalize", object)
    }
  }

  private func send(
    _ method: String, _ target: String, _ body: JSONValue? = nil
  ) throws -> TestCluster.Reply {
    let bytes = body.map { JSONWriter.compact.bytes($0) } ?? []
    return try send(
      ConformanceRequest(
        method: method, target: target, headers: [("Content-Type", "application/json")],
        body: bytes), token: nil)
  }

  func send(_ request: ConformanceRequest, token: String?) throws -> TestCluster.Reply {
    let isWrite = ["PATCH", "PUT"].contains(request.method)
    let path = String(request.target.prefix { $0 != "?" })
    let before = isWrite ? try version(of: path) : nil
    let response = try exchange(request, token: token)
    var reply = TestCluster.Reply(
      status: response.status, headers: response.headers, bytes: toTables(response.body),
      changed: true)
    if isWrite { reply.changed = try version(of: path) != before }
    return reply
  }

  private func version(of path: String) throws -> String? {
    let request = ConformanceRequest(method: "GET", target: path, headers: [], body: [])
    return TestCluster.Reply(
      status: 200, headers: HTTPHeaders(), bytes: try exchange(request, token: nil).body,
      changed: false
    ).resourceVersion
  }

  private func exchange(
    _ request: ConformanceRequest, token: String?
  ) throws -> HTTPResponse {
    let trust: TLSTrust =
      switch configuration.authorities {
      case .system: .system
      case .pem(let pem): .authorities(pem: pem)
      case .file(let path): .authorities(pem: Array(try Data(contentsOf: URL(filePath: path))))
      case .insecure: .insecure
      }
    var options = HTTPClient.Options(trust: trust)
    if token == nil { options.clientCertificate = configuration.clientCertificate }
    var outgoing = HTTPRequest(
      method: request.method, url: configuration.server + toServer(request.target),
      headers: request.headers.map { ($0.name, toServer(account: $0.value)) },
      timeout: .seconds(60), responseLimit: 16 << 20,
      errorBodyLimit: 16 << 20)
    if let shown = try token ?? adminToken(), !shown.isEmpty {
      outgoing.headers.append(("Authorization", "Bearer \(shown)"))
    }
    if !request.headers.contains(where: { $0.name == "User-Agent" }) {
      outgoing.headers.append(("User-Agent", "conformance"))
    }
    if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
      outgoing.body = toServer(request.body, request)
    }
    // The administrator's requests share a connection: there are thousands.
    guard token == nil else { return try HTTPClient(options).send(outgoing) }
    return try administrator.withLock { [outgoing, options] client in
      let kept = client ?? HTTPClient(options)
      client = kept
      return try kept.send(outgoing)
    }
  }

  private func adminToken() throws -> String? {
    switch configuration.token {
    case .none: nil
    case .fixed(let text): text
    case .file(let path):
      String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        .filter { !$0.isWhitespace }
    }
  }

  func token(serviceAccount name: String, namespace: String, pod: String?) throws -> String {
    var spec: JSONValue = ["expirationSeconds": 3600]
    if let pod {
      let found = try send("GET", "/api/v1/namespaces/\(namespace)/pods/\(pod)").json
      spec["boundObjectRef"] = [
        "kind": "Pod", "apiVersion": "v1", "name": .string(pod),
        "uid": found["metadata"]?["uid"] ?? "",
      ]
    }
    let reply = try send(
      "POST", "/api/v1/namespaces/\(namespace)/serviceaccounts/\(name)/token", ["spec": spec])
    guard let token = reply.json["status"]?["token"]?.string else {
      throw NoToken(text: reply.text)
    }
    return token
  }

  struct NoToken: Error {
    let text: String
  }

  func namespace(_ name: String) -> String { prefix + name }

  /// Until the server's clock shows another second.
  func moveTime(by seconds: Double) {
    func second() -> String? {
      let request = ConformanceRequest(method: "GET", target: "/version", headers: [], body: [])
      return (try? exchange(request, token: nil))?.headers["Date"]
    }
    let before = second()
    while second() == before { usleep(50_000) }
  }

  /// Twenty seconds: for ten of them a token is remembered to have been good.
  let patience = 200

  // MARK: Names

  private func toServer(_ target: String) -> String {
    Self.namespaces.reduce(target) { target, name in
      var parts = target.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      for index in parts.indices.dropFirst() where parts[index - 1] == "namespaces" {
        let word = parts[index].prefix { $0 != "?" }
        if word == name { parts[index] = prefix + parts[index] }
      }
      return parts.joined(separator: "/")
    }
  }

  private func toServer(account text: String) -> String {
    Self.namespaces.reduce(text) { text, name in
      text.replacing(
        "system:serviceaccount:\(name):", with: "system:serviceaccount:\(prefix)\(name):")
    }
  }

  private func toServer(_ body: [UInt8], _ request: ConformanceRequest) -> [UInt8] {
    // Large bodies name no namespace.
    guard body.count < 100_000, var text = String(validating: body, as: UTF8.self) else {
      return body
    }
    let key = request.target == "/api/v1/namespaces" ? "name" : "namespace"
    for name in Self.namespaces {
      text = text.replacing("\"\(key)\":\"\(name)\"", with: "\"\(key)\":\"\(prefix)\(name)\"")
    }
    return Array(text.utf8)
  }

  private func toTables(_ body: [UInt8]) -> [UInt8] {
    guard let text = String(validating: body, as: UTF8.self), text.contains(prefix) else {
      return body
    }
    return Array(text.replacing(prefix, with: "").utf8)
  }
}
