import FilelogJSON
import HTTPServer

/// A server that the tables are played at: the emulated one within this process, or a real one.
protocol ConformanceBackend: Sendable {
  /// Sends a request as it is.
  /// - Parameter token: nil for the administrator's, empty for none.
  func send(_ request: ConformanceRequest, token: String?) throws -> TestCluster.Reply

  /// A token of a service account, bound to a pod where one is named.
  func token(serviceAccount name: String, namespace: String, pod: String?) throws -> String

  /// The name that a namespace of the tables really has.
  func namespace(_ name: String) -> String

  /// Lets time pass, so that a timestamp would change.
  func moveTime(by seconds: Double)

  /// How often a condition is asked for that takes this server a moment.
  var patience: Int { get }
}

/// A request, in the names that the tables use.
struct ConformanceRequest: Sendable {
  var method: String
  /// Path and query.
  var target: String
  var headers: [(name: String, value: String)]
  var body: [UInt8]
}
