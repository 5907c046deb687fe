public import FilelogContract

/// What a layout costs a cluster.
public struct Prediction: Hashable, Sendable {
  /// Why a layout does not fit.
  public enum Obstacle: String, Hashable, Sendable {
    /// More bytes than its config maps hold.
    case size
    /// The API server would be busy with offsets for more than half of its time.
    case writes
    /// etcd keeps more bytes between two compactions than its default quota.
    case quota
  }

  /// The layout.
  public let layout: Contract.OffsetLayout
  /// Bytes of a node's payload.
  public let payloadBytes: Double
  /// Bytes in the fullest map, or in all maps of a node where it has several.
  public let mapBytes: Double
  /// ``mapBytes`` as a share of the 1,048,576 bytes that one map holds.
  public let shareOfMap: Double
  /// Changes of config maps a second.
  public let writesPerSecond: Double
  /// Bytes a second that etcd receives.
  public let etcdBytesPerSecond: Double
  /// Bytes a second that the API server answers sidecars with.
  public let clientBytesPerSecond: Double
  /// Bytes a second that sidecars send.
  public let sentBytesPerSecond: Double
  /// Bytes a second to all watchers together.
  public let watcherBytesPerSecond: Double
  /// The share of its time that the API server writes offsets; above 1 it cannot.
  public let utilization: Double
  /// What the server spends on offsets, in renewals of a kubelet's Lease, for each node.
  public let leasesPerNode: Double
  /// Bytes of versions that etcd keeps between two compactions.
  public let keptBytes: Double
  /// What stands against the layout; nothing: it fits.
  public let obstacles: [Obstacle]

  /// The largest ``utilization`` that leaves the API server to others, and patches of one map apart.
  public static let mostUtilization = 0.5

  /// Whether nothing stands against the layout.
  public var fits: Bool { obstacles.isEmpty }

  /// Predicts by a model.
  public init(
    _ workload: Workload, _ layout: Contract.OffsetLayout, by model: CapacityModel = CapacityModel()
  ) {
    self.layout = layout
    let payload = workload.payloadBytes ?? model.payloadBytes(files: workload.filesPerNode)
    payloadBytes = payload
    let costs =
      layout == .shared
      ? Self.shared(workload, payload, model) : Self.perNode(workload, payload, model)
    mapBytes = costs.mapBytes
    shareOfMap = costs.mapBytes / CapacityModel.mapLimit
    writesPerSecond = costs.writes
    utilization = costs.busy
    etcdBytesPerSecond = costs.etcd
    clientBytesPerSecond = costs.writes * costs.response
    sentBytesPerSecond = costs.sent
    watcherBytesPerSecond = costs.watched * workload.watchers
    let nodes = Double(max(workload.nodes, 1))
    leasesPerNode =
      costs.cpu / nodes * Measurements.leaseInterval / Measurements.leaseSeconds
    keptBytes = costs.etcd * Measurements.compactionInterval
    var obstacles: [Obstacle] = []
    let room = CapacityModel.mapLimit * (layout == .shared ? 1 : CapacityModel.mostParts)
    if costs.mapBytes > room { obstacles.append(.size) }
    if costs.busy > Self.mostUtilization { obstacles.append(.writes) }
    if keptBytes > Measurements.etcdQuota { obstacles.append(.quota) }
    self.obstacles = obstacles
  }

  private struct Costs {
    var mapBytes = 0.0
    var writes = 0.0
    /// Share of the server's time.
    var busy = 0.0
    /// CPU seconds a second of API server and etcd.
    var cpu = 0.0
    var etcd = 0.0
    var sent = 0.0
    var response = 0.0
    /// Bytes a second to one watcher.
    var watched = 0.0
  }

  /// Every store writes the map of all nodes; patches of it wait for each other.
  private static func shared(
    _ workload: Workload, _ payload: Double, _ model: CapacityModel
  ) -> Costs {
    let keys = Double(workload.nodes)
    let all = payload * keys
    let object = model.objectBytes(.shared, payloads: all, keys: keys)
    let writes = workload.storesPerSecond
    let busy = writes * model.writeSeconds(objectBytes: object) / workload.serverSpeed
    let rewrites = model.rewrites(utilization: busy)
    return Costs(
      mapBytes: all, writes: writes, busy: busy,
      cpu: writes * rewrites * model.cpuSeconds(objectBytes: object),
      etcd: writes * object * rewrites,
      sent: writes * model.patchBytes(.shared, payload: payload),
      response: model.responseBytes(.shared, keys: keys),
      watched: writes * model.watchBytes(.shared, payloads: all, keys: keys))
  }

  /// A store writes a difference; see ``GrowingDifferences``.
  private static func perNode(
    _ workload: Workload, _ payload: Double, _ model: CapacityModel
  ) -> Costs {
    let stores = workload.storesPerSecond
    let parts = parts(payload)
    let grown = workload.newFilesPerStore * Measurements.newFileBytes
    let wholeBytes = payload + Measurements.wholeOverhead
    let growing = GrowingDifferences(growth: grown, whole: wholeBytes)
    let (wholes, excess) = (growing.wholes, growing.excessBytes)
    let difference = model.differenceBytes(files: workload.growingFiles) + excess
    let object = model.objectBytes(.perNode, payloads: payload / parts, keys: 1)
    let wholeWrites = stores * wholes * (parts > 1 ? 2 * parts + 2 : 1)
    let cpu =
      stores * model.cpuSeconds(objectBytes: difference)
      + stores * wholes * parts * model.cpuSeconds(objectBytes: object)
      + stores * growing.steps
      * model.cpuSeconds(objectBytes: growing.stepBytes / max(growing.steps, 1e-9))
      + (wholeWrites - stores * wholes * parts) * model.cpuSeconds(objectBytes: 0)
    let sent =
      stores * (model.differencePatchBytes(files: workload.growingFiles) + excess * 4 / 3)
      + stores * (wholes * model.patchBytes(.perNode, payload: payload) + growing.stepBytes * 4 / 3)
    return Costs(
      mapBytes: payload, writes: stores * (1 + growing.steps) + wholeWrites,
      busy: cpu / Measurements.cores / workload.serverSpeed, cpu: cpu,
      etcd: stores * (difference + growing.stepBytes + wholes * parts * object), sent: sent,
      response: model.responseBytes(.perNode, keys: 1),
      watched: stores * (difference + growing.stepBytes) * 4 / 3
        + stores * wholes * parts
        * model.watchBytes(.perNode, payloads: payload / parts, keys: 1))
  }

  private static func parts(_ payload: Double) -> Double {
    max(1, (payload / CapacityModel.mapLimit).rounded(.up))
  }
}
