internal import BoltFile

/// What of a scan may be stored.
extension SyncLoop {
  /// Where too little was seen of a receiver to tell when it last looked at its files, the look that is
  /// stored was before that; where none is, its last poll is taken for one that took long.
  func takeEarlierLooks(_ scan: inout VolumeScan) {
    for name in scan.unseenLooks {
      guard case .database(var content)? = scan.snapshot.files[name],
        let earlier = stored?.times[name] ?? content.unseenLook
      else { continue }
      content.writtenAt = min(content.writtenAt ?? earlier, earlier)
      scan.snapshot.files[name] = .database(content)
    }
  }

  mutating func storable(_ scan: VolumeScan) -> SnapshotState {
    var state = SnapshotState(scan.snapshot, digests: scan.digests)
    let current = self.stored
    var known: SnapshotState??
    func stored() -> SnapshotState? {
      if known == nil { known = .some(current?.state) }
      return known ?? nil
    }
    for name in scan.unreadable.keys { state.take(name, from: stored()) }
    if let confirmed, settings.delivery == .atLeastOnce || current?.payload != nil {
      state = confirmed.storable(state) { stored() }
    }
    let withheld = emptied.withheld(in: state, at: scan.ended) { stored() }
    for name in withheld { state.take(name, from: stored()) }
    note(.emptied(withheld))
    // A receiver's offsets are past the records that wait in a queue. Stored without the queue, a
    // pod that is killed then would lose them.
    let isQueueUnreadable = scan.unreadable.contains { name, error in
      FileName.mayHoldRecords(name) && error.code != .notAFile
    }
    if isQueueUnreadable {
      for name in state.snapshot.files.keys where FileName.mayHoldCheckpoints(name) {
        state.take(name, from: stored())
      }
    }
    note(.queueUnreadable(isQueueUnreadable))
    return state
  }
}
