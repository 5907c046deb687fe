/// What a layout costs a cluster.
public struct Prediction: Hashable, Sendable {
  /// Why a layout does not fit.
  public enum Obstacle: String, Hashable, Sendable {
    /// More bytes than its config maps hold.
    case size
    /// The API server would be busy with offsets for more than half of its time.
    case writes
  }

  /// The layout.
  public let layout: Layout
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
  /// What stands against the layout; nothing: it fits.
  public let obstacles: [Obstacle]

  /// The largest ``utilization`` that leaves the API server to others, and patches of one map apart.
  public static let mostUtilization = 0.5

  /// Whether nothing stands against the layout.
  public var fits: Bool { obstacles.isEmpty }

  /// Predicts by a model.
  public init(_ workload: Workload, _ layout: Layout, by model: CapacityModel = CapacityModel()) {
    self.layout = layout
    let nodes = Double(workload.nodes)
    let payload = workload.payloadBytes ?? model.payloadBytes(files: workload.filesPerNode)
    let keys = layout == .shared ? nodes : 1
    let all = payload * keys
    let parts = layout == .perNode ? Self.parts(payload) : 1
    let object = model.objectBytes(layout, payloads: all / parts, keys: keys)
    let writes = workload.storesPerSecond * (parts > 1 ? 2 * parts + 2 : 1)
    let seconds = model.writeSeconds(objectBytes: object) / workload.serverSpeed
    // Emptying a part, and claiming and naming parts, writes next to nothing.
    let full = workload.storesPerSecond * parts
    let busy =
      full * seconds + (writes - full) * model.writeSeconds(objectBytes: 0)
      / workload.serverSpeed
    payloadBytes = payload
    mapBytes = all
    shareOfMap = all / CapacityModel.mapLimit
    writesPerSecond = writes
    utilization = busy
    etcdBytesPerSecond =
      full * object
      * (layout == .shared ? model.rewrites(utilization: busy) : 1)
    clientBytesPerSecond = writes * model.answerBytes(layout, keys: keys)
    sentBytesPerSecond = workload.storesPerSecond * model.patchBytes(layout, payload: payload)
    watcherBytesPerSecond =
      full * workload.watchers
      * model.watchBytes(layout, payloads: all / parts, keys: keys)
    var obstacles: [Obstacle] = []
    let room = CapacityModel.mapLimit * (layout == .shared ? 1 : CapacityModel.mostParts)
    if all > room { obstacles.append(.size) }
    if busy > Self.mostUtilization { obstacles.append(.writes) }
    self.obstacles = obstacles
  }

  private static func parts(_ payload: Double) -> Double {
    max(1, (payload / CapacityModel.mapLimit).rounded(.up))
  }
}
