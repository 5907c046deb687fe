/// Where the payload of one node is kept between the lives of its pods.
public protocol OffsetStore {
  /// How messages name it.
  var name: String { get }

  /// The stored payload; nil when this node has none yet.
  func load() throws(StoreError) -> [UInt8]?

  /// The bytes that the whole map held when it was last read, all nodes together; nil if unknown.
  var used: Int? { get }

  /// Replaces the stored payload.
  func save(_ payload: [UInt8]) throws(StoreError)
}

/// A store that did not do what it was asked to.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A closed set, for metrics and for telling whether the trouble is still the same.
  public enum Code: String, Sendable {
    case notFound = "not_found"
    case forbidden
    case unauthorized
    case full
    case refused
    case unavailable
  }

  public let code: Code
  /// What happened and what to do about it, in one sentence each.
  public let description: String
  /// How long the store asked to be left alone.
  public let retryAfter: Duration?

  public init(_ code: Code, _ description: String, retryAfter: Duration? = nil) {
    self.code = code
    self.description = description
    self.retryAfter = retryAfter
  }
}
