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

  /// One patch of a config map.
  struct Patch {
    var time: ContinuousClock.Instant
    var node: String
    var bytes: Int
    var status: Int
  }

  private struct State {
    var counts: [String: Count] = [:]
    var patches: [Patch] = []
  }

  /// Patches beyond this number are counted and not listed.
  private static let listLimit = 50_000

  private let state = Mutex(State())

  /// Called on the server's threads.
  func note(_ request: RequestRecord) {
    // Only tokens of pods name a node.
    guard let node = request.nodeName else { return }
    let time = ContinuousClock.now
    state.withLock { state in
      if request.verb == "patch", request.resource == "configmaps" {
        state.counts[node, default: Count()].patches += 1
        state.counts[node, default: Count()].patchBytes += request.requestBytes
        if state.patches.count < Self.listLimit {
          state.patches.append(
            Patch(time: time, node: node, bytes: request.requestBytes, status: request.status))
        }
      }
      if request.status >= 400 { state.counts[node, default: Count()].refused += 1 }
    }
  }

  func count(node: String) -> Count { state.withLock { $0.counts[node] ?? Count() } }

  /// In the order in which they were answered.
  var patches: [Patch] { state.withLock(\.patches) }
}
