internal import BoltFile

/// What reading the whole offsets directory once found.
struct VolumeScan {
  /// Before the first byte was read.
  let began: Duration
  /// After everything below was asked.
  let ended: Duration
  /// What it took, see ``HostEnvironment/cost(since:)``.
  let cost: Duration
  /// The files that could be read. The time of a receiver's database tells of its last look at files,
  /// see ``ReceiverLooks``.
  var snapshot: Snapshot
  /// What each file of `snapshot` says.
  let digests: [String: ContentDigest]
  /// Files that could not be read now, with the reason.
  let unreadable: [String: BoltError]
  /// Receivers of which too little was seen to tell when they last looked at their files.
  var unseenLooks: [String] = []
  /// What the directory takes on its file system.
  let usage: VolumeUsage
  /// Files beyond what a payload may hold; they are not stored.
  let leftOut: Int

  /// False when another scan might find what this one could not read.
  var isComplete: Bool {
    !unreadable.values.contains { $0.code == .unreadable || $0.code == .changing }
  }
}

/// What a glance at a receiver's database found that reads its two meta pages and nothing else. It
/// costs next to nothing, whatever the size of the database.
struct DatabasePeek {
  let name: String
  /// The one in force.
  let transaction: BoltFormat.TransactionID
}
