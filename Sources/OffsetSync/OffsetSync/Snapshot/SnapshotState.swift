/// A snapshot with what each of its files says, so that nothing is hashed twice.
struct SnapshotState {
  private(set) var snapshot: Snapshot
  private(set) var digests: [String: ContentDigest]

  /// - Parameter digests: of each file of the snapshot.
  init(_ snapshot: Snapshot, digests: [String: ContentDigest]) {
    self.snapshot = snapshot
    self.digests = digests
  }

  init(_ snapshot: Snapshot = Snapshot()) {
    self.init(snapshot, digests: snapshot.digests)
  }

  var isEmpty: Bool { snapshot.isEmpty }

  mutating func set(_ name: String, _ file: Snapshot.File, _ digest: ContentDigest) {
    snapshot.files[name] = file
    digests[name] = digest
  }

  /// Takes a file as another state has it; without it where that has none.
  mutating func take(_ name: String, from other: SnapshotState?) {
    snapshot.files[name] = other?.snapshot.files[name]
    digests[name] = other?.digests[name]
  }
}
