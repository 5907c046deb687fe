public import DesiredState
public import FilelogJSON
public import FilelogKubernetesAPI

/// What is meant to happen beyond the plain case.
public struct ApplyOptions: Hashable, Sendable {
  /// Fields that other managers own are taken over.
  public var forcesConflicts = false
  /// Offsets that are not needed any more are deleted.
  public var prunesOffsets = false
  /// Objects of the release are deleted although this manager never wrote them.
  public var prunesForeign = false
  /// A release that collects logs may become one that collects none.
  public var stopsCollecting = false
  /// Everything is checked and reported, nothing is stored.
  public var isDryRun = false

  /// The plain case.
  public init() {}
}

/// What an apply would do to one object.
public struct PlannedObject: Sendable {
  /// What is wanted.
  public let manifest: Manifest
  /// Which object.
  public let reference: ObjectReference
  /// As it is; nil when it does not exist. Of an offsets map, the metadata only.
  public let live: JSONValue?
  /// As it would be; nil when that cannot be known before it is done.
  public let result: JSONValue?
  /// What would become of it.
  public let outcome: Outcome
  /// Why, where that is not plain.
  public let detail: String?
  /// The caller decided that every conflict is. Drift is decided anew when it is repaired: the fields
  /// may belong to another manager by then than the dry run met.
  let isForced: Bool
}

extension Manifest {
  /// The manifest's object in a cluster.
  /// - Precondition: the kind is one of ``ResourceType/known``.
  var reference: ObjectReference {
    guard let type = ResourceType.named(kind) else {
      preconditionFailure("the API path of kind \(kind) is not known")
    }
    return ObjectReference(type, namespace: namespace, name: name)
  }
}
