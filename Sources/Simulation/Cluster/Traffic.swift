internal import EmulatedAPIServer
internal import Synchronization

/// What the nodes' pods wrote to the API server.
final class Traffic: Sendable {
  struct Count {
    /// Patches of config maps.
    var patches = 0
    /// Bytes of their bodies.
    var patchBytes = 0
    /// Requests of any kind that were refused or failed.
    var refused = 0
  }

  private let counts = Mutex<[String: Count]>([:])

  /// Called on the server's threads.
  func note(_ request: RequestRecord) {
    // Tokens of pods name their node; nobody else's do.
    guard let node = request.nodeName else { return }
    counts.withLock { counts in
      if request.verb == "patch", request.resource == "configmaps" {
        counts[node, default: Count()].patches += 1
        counts[node, default: Count()].patchBytes += request.requestBytes
      }
      if request.status >= 400 { counts[node, default: Count()].refused += 1 }
    }
  }

  func count(node: String) -> Count { counts.withLock { $0[node] ?? Count() } }
}
