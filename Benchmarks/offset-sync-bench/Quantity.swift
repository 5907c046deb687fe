/// What is measured.
enum Quantity: String, CaseIterable {
  case imagePacked
  case imageUnpacked
  case program
  case snapshot
  case pack
  case snapshotAndPack
  case unpack
  case restore
  case compact
  case unchangedCycle
  case payload
  case startAndInit
  case peakMemory
  case memoryGrowth
  case wakeUps
  case idleRequests
  case idleBytesRead

  var title: String {
    switch self {
    case .imagePacked: "to pull"
    case .imageUnpacked: "unpacked"
    case .program: "program"
    case .snapshot: "snapshot"
    case .pack: "pack"
    case .snapshotAndPack: "snapshot + pack"
    case .unpack: "unpack"
    case .restore: "restore"
    case .compact: "read + compact"
    case .unchangedCycle: "cycle without change"
    case .payload: "payload"
    case .startAndInit: "process start to init done"
    case .peakMemory: "peak memory of a sync process"
    case .memoryGrowth: "… its growth after 100 syncs"
    case .wakeUps: "idle: wake-ups an interval"
    case .idleRequests: "idle: requests"
    case .idleBytesRead: "idle: read an interval"
    }
  }

  var unit: String {
    switch self {
    case .snapshot, .pack, .snapshotAndPack, .unpack, .restore, .compact, .unchangedCycle: "ms CPU"
    case .startAndInit: "ms"
    case .imagePacked, .imageUnpacked, .program, .peakMemory, .memoryGrowth: "MB"
    case .payload, .idleBytesRead: "kB"
    case .wakeUps, .idleRequests: ""
    }
  }

  /// Should be zero, so that no multiple of it means anything.
  var isAboutZero: Bool { self == .memoryGrowth || self == .idleRequests }

  /// A busy machine adds to it.
  var isTime: Bool { unit.hasPrefix("ms") }
}

/// Of what something is measured.
enum Subject: Hashable {
  case image
  /// A node with so many log files.
  case node(logFiles: Int)
  /// The same with `FILELOG_DELIVERY=atLeastOnce`.
  case atLeastOnce(logFiles: Int)
  /// One tree of entries of 1 kB, as a persistent queue has them.
  case tree(megabytes: Int)

  var name: String {
    switch self {
    case .image: "image"
    case .node(let logFiles): "\(logFiles) log files"
    case .atLeastOnce(let logFiles): "\(logFiles), at least once"
    case .tree(let megabytes): "\(megabytes) MB in one tree"
    }
  }
}
