/// What a cluster's nodes log, and how the sidecars are set.
public struct Workload: Hashable, Sendable {
  /// Nodes that run a collector.
  public var nodes: Int
  /// Pods whose logs are collected, on each node.
  public var podsPerNode: Double
  /// Log files that a receiver knows for each pod: one a container, and rotated ones.
  public var filesPerPod = 1.0
  /// Bytes a second that all pods of a node log.
  public var logBytesPerSecond = 10_000.0
  /// Pods that come, and others that go, in an hour, in the whole cluster.
  public var churnPerHour = 0.0
  /// Seconds between two looks of a sidecar (`SYNC_INTERVAL`).
  public var interval = 5.0
  /// Clients that watch all config maps of the namespace.
  public var watchers = 1.0
  /// How many times as fast as the two cores that were measured the API server writes.
  public var serverSpeed = 1.0
  /// Bytes of a node's payload, where they are known; nil: from the number of log files.
  public var payloadBytes: Double?

  /// A busy cluster of that size.
  public init(nodes: Int, podsPerNode: Double) {
    self.nodes = nodes
    self.podsPerNode = podsPerNode
  }

  /// The bytes of a log line, as the average of many clusters.
  static let lineBytes = 150.0

  var filesPerNode: Double { podsPerNode * filesPerPod }

  /// A node stores when anything was logged, or a log file came or went, since its last look: lines
  /// that come one by one leave an interval empty with a chance of `exp(-lines)`.
  var storesPerSecond: Double {
    let perNode =
      logBytesPerSecond / Self.lineBytes + 2 * churnPerHour / 3600 / Double(max(nodes, 1))
    return Double(nodes) * (1 - Self.exponential(-perNode * interval)) / interval
  }

  /// Log files of a node that grow between two stores, at most.
  var growingFiles: Double { min(filesPerNode, logBytesPerSecond / Self.lineBytes * interval) }

  /// Log files that come to a node between two stores, in the mean.
  var newFilesPerStore: Double {
    let stores = storesPerSecond / Double(max(nodes, 1))
    guard stores > 0 else { return 0 }
    return churnPerHour / 3600 / Double(max(nodes, 1)) * filesPerPod / stores
  }

  /// `e` to a power that is not positive, without the C library.
  private static func exponential(_ power: Double) -> Double {
    // Halved until the series converges at once, then squared as often.
    guard power > -700 else { return 0 }
    var (halved, squarings) = (power, 0)
    while halved < -0.01 { (halved, squarings) = (halved / 2, squarings + 1) }
    var value = 1 + halved * (1 + halved / 2 * (1 + halved / 3 * (1 + halved / 4)))
    for _ in 0..<squarings { value *= value }
    return value
  }
}
