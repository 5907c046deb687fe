import FilelogHTTPClient
import FilelogKubernetesAPI
import Synchronization

/// What went to an API server and came back, of many clients.
final class Traffic: Sendable {
  struct Counts {
    /// Patches, of values or of metadata.
    var writes = 0
    var reads = 0
    /// Of bodies.
    var requestBytes = 0
    var responseBytes = 0

    static func - (one: Counts, other: Counts) -> Counts {
      Counts(
        writes: one.writes - other.writes, reads: one.reads - other.reads,
        requestBytes: one.requestBytes - other.requestBytes,
        responseBytes: one.responseBytes - other.responseBytes)
    }
  }

  private let state = Mutex(Counts())

  var counts: Counts { state.withLock { $0 } }

  fileprivate func note(_ request: HTTPRequest, _ response: HTTPResponse) {
    state.withLock { counts in
      if request.method == "GET" { counts.reads += 1 } else { counts.writes += 1 }
      counts.requestBytes += request.body?.count ?? 0
      counts.responseBytes += response.body.count
    }
  }

  /// libcurl, counted.
  func transport(_ options: HTTPClient.Options) -> any HTTPTransport {
    Counted(transport: HTTPClient(options), traffic: self)
  }

  private struct Counted: HTTPTransport {
    let transport: HTTPClient
    let traffic: Traffic

    func send(
      _ request: HTTPRequest, isCancelled: () -> Bool
    ) throws(HTTPFailure) -> HTTPResponse {
      let response = try transport.send(request, isCancelled: isCancelled)
      traffic.note(request, response)
      return response
    }
  }
}
