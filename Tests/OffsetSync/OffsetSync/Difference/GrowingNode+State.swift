import TestSupport

@testable import OffsetSync

extension GrowingNode {
  var snapshot: Snapshot { Snapshot(files: ["receiver_filelog_": .database(content)]) }
  var state: SnapshotState { SnapshotState(snapshot) }
}
