internal import FilelogJSON
internal import FilelogText
internal import HTTPServer
internal import Synchronization

/// What pods find where the API server should be.
enum APIServerState {
  case there, away
  /// A proxy that answers reads of config maps in its place, and knows none.
  case behindProxy
}

/// Answers of a proxy to reads of config maps, in turn: none of them says that a config map is not
/// there.
final class ProxyAnswers: Sendable {
  /// The nodes that it makes up entries for; nil while it lets everything pass.
  private let state = Mutex<(nodes: [String]?, count: Int)>((nil, 0))

  /// Answers from now on, or no more.
  func set(_ nodes: [String]?) { state.withLock { $0.nodes = nodes } }

  /// - Returns: nil for what passes: all but what pods read.
  func answer(_ request: HTTPServerRequest) -> HTTPServerResponse? {
    guard request.method == "GET", request.path.contains("/configmaps/"),
      request.headers["User-Agent"] != ClusterAPI.userAgent
    else { return nil }
    return state.withLock { state -> HTTPServerResponse? in
      guard let nodes = state.nodes else { return nil }
      defer { state.count += 1 }
      switch state.count % 3 {
      case 0: return Self.page
      case 1: return .json(404, JSONWriter.compact.bytes(Self.status))
      default: return .json(200, JSONWriter.compact.bytes(Self.map(nodes)))
      }
    }
  }

  private static let page = HTTPServerResponse(
    status: 404, headers: HTTPHeaders([("Content-Type", "text/html")]),
    body: .bytes(Array("<html><body><h1>404 Not Found</h1></body></html>\n".utf8)))

  /// Of something else than a config map.
  private static let status: JSONValue = [
    "apiVersion": "v1", "kind": "Status", "status": "Failure", "code": 404, "reason": "NotFound",
    "message": "services \"kubernetes\" not found",
    "details": ["name": "kubernetes", "kind": "services"],
  ]

  /// With values of a type that no config map has.
  private static func map(_ nodes: [String]) -> JSONValue {
    [
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "none"],
      "binaryData": .object(Dictionary(uniqueKeysWithValues: nodes.map { ($0, 404) })),
    ]
  }
}
