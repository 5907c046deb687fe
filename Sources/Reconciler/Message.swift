/// Something that a person should read, and what would help: a value, so that each program names its
/// own flags.
public struct Message: Hashable, Sendable, CustomStringConvertible {
  /// What is the matter: `<subject>: <problem>`, on one line, without a full stop.
  public let text: String
  /// What would help; nil where the text says it all.
  public let remedy: Remedy?

  /// A message with or without a remedy.
  public init(_ text: String, _ remedy: Remedy? = nil) {
    self.text = text
    self.remedy = remedy
  }

  /// The text alone.
  public var description: String { text }
}

/// What helps, where a caller has to decide something or to call otherwise.
public enum Remedy: String, Hashable, Sendable, CaseIterable {
  /// ``ApplyOptions/forcesConflicts``
  case forceConflicts
  /// ``ApplyOptions/prunesOffsets``
  case pruneOffsets
  /// ``ApplyOptions/prunesForeign``
  case pruneForeign
  /// ``ApplyOptions/stopsCollecting``
  case stopCollecting
  /// An export in the Helm values, or `telemetryCollectionEnabled: false` there.
  case configureExport
  /// ``OffsetsDeletionPolicy``, before anything is deleted.
  case decideAboutOffsets
  /// ``OffsetsDeletionPolicy``, for offsets that came while pods stopped.
  case decideAboutLateOffsets
  /// Other credentials, or another cluster.
  case changeCredentials
  /// The certificate of the authority that signed the server's.
  case trustAuthority
  /// A URL, or a `tls-server-name`, with a name that the server's certificate holds.
  case nameServer
  /// The URL of an API server: what answered is none.
  case checkServer
  /// An API server that can be reached.
  case reachServer
  /// The permission that the message names.
  case askPermission
  /// `DesiredStateRequest.clusterUID`
  case giveClusterUID
  /// `DesiredStateRequest.release`
  case changeRelease
}
