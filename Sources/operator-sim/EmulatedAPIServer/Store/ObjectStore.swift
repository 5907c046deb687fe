internal import FilelogJSON
internal import HTTPServer
internal import Synchronization

/// Where an object is kept.
struct ObjectKey: Hashable, Comparable, Sendable {
  /// `configmaps` or `daemonsets.apps`
  let resource: String
  /// Empty for what belongs to no namespace.
  let namespace: String
  let name: String

  static func < (one: ObjectKey, other: ObjectKey) -> Bool {
    one.namespace == other.namespace ? one.name < other.name : one.namespace < other.namespace
  }
}

/// One version of an object. Its value holds no resourceVersion: that is the revision.
final class StoredObject: Sendable {
  let value: JSONValue
  let revision: Int

  init(value: JSONValue, revision: Int) {
    self.value = value
    self.revision = revision
  }

  /// The object as clients see it.
  var shown: JSONValue {
    var shown = value
    shown["metadata"]?["resourceVersion"] = .string(String(revision))
    return shown
  }

  var uid: String? { value["metadata"]?["uid"]?.string }

  /// The UIDs of its owners.
  var owners: [String] {
    (value["metadata"]?["ownerReferences"]?.array ?? []).compactMap { $0["uid"]?.string }
  }
}

/// A change of the store.
struct StoreEvent: Sendable {
  let revision: Int
  let key: ObjectKey
  /// Nil: created by this event.
  let before: StoredObject?
  /// Nil: deleted by this event.
  let after: StoredObject?
}

/// The objects, all versions of them that are recent enough, and who waits for new ones.
final class ObjectStore: Sendable {
  /// Why a change was not made.
  enum CommitFailure: Error {
    /// The object is not in the state on which the change was based.
    case stale
    /// The file that keeps the state took no more.
    case fileIsFull
  }

  /// What lies behind the history that is kept.
  struct Compacted: Error {
    let oldest: Int
  }

  private struct State {
    var revision = 1
    private(set) var objects: [String: [ObjectKey: StoredObject]] = [:]
    /// What an owner has, by its UID: the garbage collector asks at every deletion.
    private(set) var dependents: [String: Set<ObjectKey>] = [:]
    var history: [StoreEvent] = []
    /// Events at this revision and before are gone.
    var compacted = 0
    var watchers: [ObjectIdentifier: HTTPWaker] = [:]
    var journal: Journal?
    /// Counts how often all watches were cut off.
    var cuts = 0

    mutating func set(_ key: ObjectKey, to object: StoredObject?) {
      for owner in objects[key.resource]?[key]?.owners ?? [] {
        dependents[owner]?.remove(key)
        if dependents[owner]?.isEmpty == true { dependents[owner] = nil }
      }
      for owner in object?.owners ?? [] { dependents[owner, default: []].insert(key) }
      objects[key.resource, default: [:]][key] = object
    }
  }

  private let state = Mutex(State())
  /// How many events are kept for watches and consistent lists.
  private let historyLimit: Int

  init(historyLimit: Int) {
    self.historyLimit = historyLimit
  }

  /// Takes over what a journal holds, and writes every later change into it.
  func restore(_ journal: Journal) {
    state.withLock { state in
      state.revision = journal.contents.revision
      state.compacted = journal.contents.revision
      for (key, object) in journal.contents.objects {
        state.set(key, to: object)
      }
      state.journal = journal
    }
  }

  var revision: Int { state.withLock { $0.revision } }

  func object(_ key: ObjectKey) -> StoredObject? {
    state.withLock { $0.objects[key.resource]?[key] }
  }

  /// The objects that an owner has, by its UID, in a fixed order.
  func dependents(of owner: String) -> [(key: ObjectKey, object: StoredObject)] {
    state.withLock { state in
      (state.dependents[owner] ?? []).compactMap { key in
        state.objects[key.resource]?[key].map { (key, $0) }
      }
    }.sorted { ($0.key.resource, $0.key) < ($1.key.resource, $1.key) }
  }

  /// Stores a new version of an object.
  /// - Parameters:
  ///   - expected: the version on which the new one is based, nil when there must be none.
  ///   - value: nil deletes the object.
  /// - Returns: the new version; for a deletion the last one, with the deletion's revision.
  /// - Throws: ``CommitFailure``
  func commit(
    _ key: ObjectKey, from expected: StoredObject?, to value: JSONValue?
  ) throws(CommitFailure) -> StoredObject {
    let outcome: Result<StoredObject, CommitFailure> = state.withLock { state in
      let before = state.objects[key.resource]?[key]
      guard before === expected, before != nil || value != nil else { return .failure(.stale) }
      let revision = state.revision + 1
      let after = value.map { StoredObject(value: $0, revision: revision) }
      if let journal = state.journal, !journal.record(key, after, revision: revision) {
        return .failure(.fileIsFull)
      }
      state.revision = revision
      state.set(key, to: after)
      state.history.append(
        StoreEvent(revision: revision, key: key, before: before, after: after))
      if state.history.count > historyLimit * 2 {
        state.compacted = state.history[state.history.count - historyLimit - 1].revision
        state.history.removeFirst(state.history.count - historyLimit)
      }
      for waker in state.watchers.values { waker.wake() }
      return .success(after ?? StoredObject(value: before?.value ?? [:], revision: revision))
    }
    return try outcome.get()
  }

  /// Every object of a resource, in one namespace or in all, ordered by namespace and name.
  /// - Parameter revision: as of then; nil for now.
  /// - Throws: ``Compacted`` when that is too long ago.
  func list(
    _ resource: String, namespace: String?, at revision: Int? = nil
  ) throws(Compacted) -> (objects: [(key: ObjectKey, object: StoredObject)], revision: Int) {
    let (now, objects, newer, compacted) = state.withLock { state in
      (
        state.revision, state.objects[resource] ?? [:],
        revision.map { revision in state.history.reversed().prefix { $0.revision > revision } },
        state.compacted
      )
    }
    var all = objects
    if let revision, let newer {
      if revision < compacted { throw Compacted(oldest: compacted) }
      for event in newer where event.key.resource == resource { all[event.key] = event.before }
    }
    let wanted = all.filter { namespace == nil || $0.key.namespace == namespace }
    return (
      wanted.sorted { $0.key < $1.key }.map { (key: $0.key, object: $0.value) }, revision ?? now
    )
  }

  /// Every object of a resource as it is now, ordered by namespace and name.
  /// - Parameter namespace: nil: of all namespaces.
  func all(
    _ resource: String, namespace: String? = nil
  ) -> [(key: ObjectKey, object: StoredObject)] {
    // The present is never compacted.
    (try? list(resource, namespace: namespace))?.objects ?? []
  }

  /// The events of a resource after a revision.
  /// - Throws: ``Compacted`` when some of them are gone.
  func events(
    after revision: Int, of resource: String
  ) throws(Compacted) -> (events: [StoreEvent], revision: Int) {
    let (events, now, compacted) = state.withLock { state in
      (
        Array(state.history.reversed().prefix { $0.revision > revision }), state.revision,
        state.compacted
      )
    }
    if revision < compacted { throw Compacted(oldest: compacted) }
    return (events.reversed().filter { $0.key.resource == resource }, now)
  }

  /// Wakes the waker at every change until it is removed.
  func addWatcher(_ waker: HTTPWaker) {
    state.withLock { $0.watchers[ObjectIdentifier(waker)] = waker }
  }

  func removeWatcher(_ waker: HTTPWaker) {
    state.withLock { $0.watchers[ObjectIdentifier(waker)] = nil }
  }

  /// Ends every watch that runs now in the middle.
  func cutWatches() {
    state.withLock { state in
      state.cuts += 1
      for waker in state.watchers.values { waker.wake() }
    }
  }

  /// How often watches were cut off: a watch that sees another number than at its start ends.
  var watchCuts: Int { state.withLock { $0.cuts } }

  /// Forgets the history, so that older watches and lists get a 410.
  func compact() {
    state.withLock { state in
      state.history = []
      state.compacted = state.revision
    }
  }
}
