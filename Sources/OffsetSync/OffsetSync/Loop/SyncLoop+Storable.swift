/// What of a scan may be stored.
extension SyncLoop {
  mutating func storable(_ scan: VolumeScan) -> SnapshotState {
    var state = SnapshotState(scan.snapshot, digests: scan.digests)
    let current = self.stored
    var known: SnapshotState??
    func stored() -> SnapshotState? {
      if known == nil { known = .some(current?.state) }
      return known ?? nil
    }
    for name in scan.unreadable.keys { state.take(name, from: stored()) }
    if let confirmed { state = confirmed.storable(state) { stored() } }
    let withheld = emptied.withheld(in: state, at: scan.ended) { stored() }
    for name in withheld { state.take(name, from: stored()) }
    note(.emptied(withheld))
    // A receiver's offsets are past the records that wait in a queue. Stored without the queue, a
    // pod that is killed then would lose them.
    let isQueueUnreadable = scan.unreadable.keys.contains(where: FileName.mayHoldRecords)
    if isQueueUnreadable {
      for name in state.snapshot.files.keys where FileName.mayHoldCheckpoints(name) {
        state.take(name, from: stored())
      }
    }
    note(.queueUnreadable(isQueueUnreadable))
    return state
  }
}
