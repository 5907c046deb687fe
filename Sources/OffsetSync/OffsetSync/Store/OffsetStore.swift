/// Where the payload of one node is kept between the lives of its pods.
public protocol OffsetStore {
  /// How messages name it.
  var name: String { get }

  /// The stored payload; nil when this node has none yet.
  /// - Throws: ``StoreError``; with the code `damaged` when something is stored that is not a payload
  ///   any more.
  func load() throws(StoreError) -> StoredPayload?

  /// The bytes that the map held when it was last read, the shared one for all nodes together; nil if
  /// unknown.
  var used: Int? { get }

  /// Whether what ``load()`` gave lies where it will not stay, so that it must be saved although it
  /// has not changed.
  var mustBeSaved: Bool { get }

  /// Replaces the stored payload.
  /// - Returns: what is stored now, and how much of it was written.
  func save(_ offer: PayloadOffer) throws(StoreError) -> Saved

  /// Tells that this pod stops and its last state was saved.
  func finish()

  /// Tells that a new pod goes on from what ``load()`` gave.
  func settle()
}

/// What a store did.
public struct Saved: Sendable {
  /// What is stored now.
  public let payload: StoredPayload
  /// Bytes of offsets that were written.
  public let written: Int

  /// A payload that was written as a whole.
  public init(whole payload: [UInt8]) { self.init(StoredPayload(payload), written: payload.count) }

  init(_ payload: StoredPayload, written: Int) {
    self.payload = payload
    self.written = written
  }
}

extension OffsetStore {
  public var mustBeSaved: Bool { false }
  public func finish() {}
  public func settle() {}

  /// Replaces the stored payload by one that is packed already.
  public func save(_ payload: [UInt8]) throws(StoreError) {
    _ = try save(PayloadOffer(packed: payload))
  }
}

/// A store that another one may take the place of.
public protocol FormerOffsetStore: OffsetStore {
  /// Takes this node's payload away, if there is one.
  func remove() throws(StoreError)
}

/// A store that did not do what it was asked to.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A closed set, for metrics and for telling whether the trouble is still the same.
  public enum Code: String, CaseIterable, Sendable {
    /// The config map or its namespace does not exist.
    case notFound = "not_found"
    /// The role or an admission policy does not allow it.
    case forbidden
    /// The API server does not accept the pod's token.
    case unauthorized
    /// The map's values would exceed 1,048,576 bytes together.
    case full
    /// The API server will not take this request, whenever it is sent.
    case refused
    /// The API server cannot be reached or cannot answer now.
    case unavailable
    /// Another writer came first.
    case conflict
    /// What is stored cannot be put together.
    case damaged
  }

  /// Which of the known troubles it is.
  public let code: Code
  /// What happened and what to do about it, in one sentence each.
  public let description: String
  /// How long the store asked to be left alone.
  public let retryAfter: Duration?
  /// Whether what was asked for may have been done, or may yet be.
  public let isOutcomeUnknown: Bool

  /// An error with these parts.
  public init(
    _ code: Code, _ description: String, retryAfter: Duration? = nil,
    isOutcomeUnknown: Bool = false
  ) {
    self.code = code
    self.description = description
    self.retryAfter = retryAfter
    self.isOutcomeUnknown = isOutcomeUnknown
  }
}
