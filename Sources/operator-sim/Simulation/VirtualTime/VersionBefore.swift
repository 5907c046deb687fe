internal import BoltFile
internal import OffsetSync

/// What a sidecar of the version before stores: payloads that do not tell when their databases were
/// last written.
final class VersionBeforeStore: OffsetStore {
  private let store: any OffsetStore
  private let directory: String

  init(_ store: any OffsetStore, directory: String) {
    self.store = store
    self.directory = directory
  }

  var name: String { store.name }
  var used: Int? { store.used }
  var mustBeSaved: Bool { store.mustBeSaved }

  func load() throws(StoreError) -> StoredPayload? { try store.load() }

  func save(_ offer: PayloadOffer) throws(StoreError) -> Saved {
    let payload = try offer.whole()
    var snapshot: Snapshot
    do { snapshot = try Payload.unpack(payload) } catch {
      throw StoreError(.damaged, "\(error)")
    }
    for case (let name, .database(var content)) in snapshot.files {
      content.writtenAt = nil
      snapshot.files[name] = .database(content)
    }
    return try store.save(PayloadOffer(packed: Payload.pack(snapshot, directory: directory)))
  }
}
