internal import BoltFile
internal import FilelogCheckpoint

/// Keeps a list of known files that became empty from being stored over a full one too early.
///
/// A collector that cannot decode its known files exits, and saves an empty list while it does; its
/// database is sound then and says nothing. A receiver that runs commits at every poll, so an empty
/// list counts once the transaction went on between each of three scans, or by so many polls that no
/// start which fails makes them. A list is rightly empty where all log files were rotated and nothing was
/// written since, or are gone: what was read until then would be read again.
struct EmptiedCheckpoints {
  private struct Sighting {
    var transaction: BoltFormat.TransactionID
    var at: Duration
    var moves = 0
    /// In the transaction that was seen first.
    var first: BoltFormat.TransactionID
  }

  private var sightings: [String: Sighting] = [:]

  /// Two scans that are closer together say nothing new.
  private static let spacing = Duration.seconds(1)
  private static let movesNeeded = 2
  /// A start that fails commits up to four times, and the kubelet waits for 10 s before the next.
  private static let pollsNeeded: UInt64 = 10

  /// The databases of a state that must not be stored yet.
  /// - Parameters:
  ///   - state: what a scan found.
  ///   - now: when it ended.
  ///   - stored: what is stored; asked only where a list is empty.
  mutating func withheld(
    in state: SnapshotState, at now: Duration, stored: () -> SnapshotState?
  ) -> [String] {
    var before: SnapshotState??
    var withheld: [String] = []
    for (name, file) in state.snapshot.files where FileName.mayHoldCheckpoints(name) {
      guard case .database(let content) = file, content.listsNoFiles else {
        sightings[name] = nil
        continue
      }
      if before == nil { before = .some(stored()) }
      guard case .database(let full)? = (before ?? nil)?.snapshot.files[name], !full.listsNoFiles
      else {
        sightings[name] = nil
        continue
      }
      if !isConfirmed(name, content, at: now) { withheld.append(name) }
    }
    return withheld.sorted()
  }

  private mutating func isConfirmed(
    _ name: String, _ content: BoltContent, at now: Duration
  ) -> Bool {
    let transaction = content.transaction
    guard var sighting = sightings[name], transaction >= sighting.first else {
      sightings[name] = Sighting(transaction: transaction, at: now, first: transaction)
      return false
    }
    if transaction - sighting.first >= Self.pollsNeeded * content.commitsPerPoll { return true }
    if now - sighting.at >= Self.spacing {
      sighting.moves = transaction > sighting.transaction ? sighting.moves + 1 : 0
      sighting.at = now
      sighting.transaction = transaction
      sightings[name] = sighting
    }
    return sighting.moves >= Self.movesNeeded
  }
}
