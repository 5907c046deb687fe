/// What is measured.
enum Quantity: String, CaseIterable {
  case snapshot
  case pack
  case snapshotAndPack
  case unpack
  case restore
  case unchangedCycle
  case startAndInit
  case peakMemory
  case memoryGrowth
  case payload

  var title: String {
    switch self {
    case .snapshot: "snapshot"
    case .pack: "pack"
    case .snapshotAndPack: "snapshot + pack"
    case .unpack: "unpack"
    case .restore: "restore"
    case .unchangedCycle: "cycle without change"
    case .startAndInit: "process start to init done"
    case .peakMemory: "peak memory of a sync process"
    case .memoryGrowth: "… its growth after 100 syncs"
    case .payload: "payload"
    }
  }

  var unit: String {
    switch self {
    case .snapshot, .pack, .snapshotAndPack, .unpack, .restore, .unchangedCycle: "ms CPU"
    case .startAndInit: "ms"
    case .peakMemory, .memoryGrowth: "MB"
    case .payload: "kB"
    }
  }
}

/// One measured value, and the most that it may be where something is demanded.
struct Measurement {
  let scenario: Scenario
  let quantity: Quantity
  let value: Double

  var target: Double? {
    // A process that keeps a byte of each sync would grow by more within nine hundred.
    quantity == .memoryGrowth ? 1 : scenario.targets[quantity]
  }

  enum Verdict: String {
    case met
    /// Over the target, within the tolerance.
    case close
    case missed
  }

  /// - Parameter tolerance: the share of a time that a busy machine may add. Memory has none.
  func verdict(tolerance: Double) -> Verdict? {
    guard let target else { return nil }
    if value <= target { return .met }
    guard quantity.unit != "MB" else { return .missed }
    return value <= target * (1 + tolerance) ? .close : .missed
  }
}
