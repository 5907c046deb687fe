/// What figures are held against: what is demanded, and what the Go sidecar takes.
enum Demands {
  /// The most that something may be; nil where nothing is demanded.
  static func most(_ quantity: Quantity, of subject: Subject) -> Double? {
    switch (subject, quantity) {
    case (.image, .imageUnpacked): 26
    case (.node(200), .startAndInit): 30
    case (.node(200), .peakMemory): 12
    case (.node(200), .payload): 44
    case (.node(2000), .unchangedCycle): 15
    case (.node(2000), .snapshotAndPack): 150
    case (.node(2000), .startAndInit): 60
    case (.node(2000), .peakMemory): 24
    // The container's limit is 32 MiB.
    case (.atLeastOnce(2000), .peakMemory): 32
    // A linear algorithm takes a fraction; the quadratic one took 9,300 ms.
    case (.tree(8), .compact): 200
    // A process that keeps 32 bytes of each of 10,000 syncs grows by more.
    case (_, .memoryGrowth): 0.3
    // One for the timer; how long it waits is drawn by chance, around the interval.
    case (_, .wakeUps): 1.1
    case (_, .idleRequests): 0
    default: nil
    }
  }

  /// What the Go sidecar took, measured with a real collector and API server on 2 cores, August 2026.
  static func goSidecar(_ quantity: Quantity, of subject: Subject) -> Double? {
    switch (subject, quantity) {
    case (.image, .program): 25.7
    case (.node(200), .payload): 88.646
    case (.node(200), .peakMemory): 25
    case (.node(2000), .unchangedCycle): 200
    case (.node(2000), .startAndInit): 80
    case (.node(2000), .peakMemory): 32.5
    default: nil
    }
  }
}
