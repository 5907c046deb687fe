/// What stores of a certain size cost, fitted to ``Measurements``.
public struct CapacityModel: Hashable, Sendable {
  /// The most bytes that a config map holds.
  static let mapLimit = 1_048_576.0
  /// The most maps that a node's payload is cut into.
  static let mostParts = 16.0

  /// Bytes of a payload by the number of log files.
  private let payload: LineFit
  /// How often the server writes a shared map for one patch, by the number of patches under way: it
  /// begins anew when another one came between.
  private let rewrites: LineFit
  /// Seconds of a write, by the bytes of its object, with nothing else under way.
  private let seconds: LineFit

  /// Fits the model.
  public init() {
    payload = LineFit(Measurements.payloadSizes.map { (Double($0.files), Double($0.bytes)) })
    let nodes = Double(Measurements.trafficNodes)
    let object = Self.objectBytes(
      payloads: nodes * Double(Measurements.trafficPayload), keys: nodes)
    rewrites = LineFit(
      Measurements.traffic.filter { $0.layout == .shared }.map {
        ($0.inFlight, $0.etcdBytes / object)
      })
    let one = Self.objectBytes(payloads: Double(Measurements.trafficPayload), keys: 1)
    seconds = LineFit(
      Measurements.traffic.filter { $0.inFlight == 1 }.map {
        ($0.layout == .shared ? object : one, $0.seconds)
      })
  }

  func payloadBytes(files: Double) -> Double { files > 0 ? max(payload(files), 1) : 0 }

  /// Of an object in etcd: its metadata, and for every key its name and who manages it.
  static func objectBytes(payloads: Double, keys: Double) -> Double { payloads + 300 + 40 * keys }

  /// Of an object's JSON, as watchers get it.
  static func watchBytes(payloads: Double, keys: Double) -> Double {
    payloads * 4 / 3 + 417 + 30 * keys
  }

  /// Of the answer to a patch, which is the object's metadata.
  static func answerBytes(keys: Double) -> Double { 406 + 14 * keys }

  /// Of a patch of one key.
  static func patchBytes(payload: Double) -> Double { payload * 4 / 3 + 27 }

  func writeSeconds(objectBytes: Double) -> Double { max(0.001, seconds(objectBytes)) }

  /// - Parameter utilization: the share of the time in which the server writes the map. Of patches
  ///   that come at random so many are under way; no more than were measured.
  func rewrites(utilization: Double) -> Double {
    let underWay = utilization >= 1 ? 10 : min(10, utilization / (1 - utilization))
    return underWay >= 1 ? rewrites(underWay) : 1 + (rewrites(1) - 1) * underWay
  }

  // MARK: Error

  /// How far the model is from one kind of measurement.
  public struct Deviation: Hashable, Sendable {
    /// What was measured.
    public let quantity: String
    /// The largest of the relative errors, 0.1 for a tenth.
    public let largest: Double
    /// The mean of the relative errors.
    public let mean: Double
    /// How many measurements there are.
    public let measurements: Int

    init(_ quantity: String, _ pairs: [(model: Double, measured: Double)]) {
      let errors = pairs.map { abs($0.model - $0.measured) / $0.measured }
      self.quantity = quantity
      largest = errors.max() ?? 0
      mean = errors.reduce(0, +) / Double(max(1, errors.count))
      measurements = errors.count
    }
  }

  /// The model against everything that it was fitted to.
  public var deviations: [Deviation] {
    let nodes = Double(Measurements.trafficNodes)
    let one = Double(Measurements.trafficPayload)
    func keys(_ row: Measurements.Traffic) -> Double { row.layout == .shared ? nodes : 1 }
    func object(_ row: Measurements.Traffic) -> Double {
      Self.objectBytes(payloads: keys(row) * one, keys: keys(row))
    }
    let rows = Measurements.traffic
    return [
      Deviation(
        "bytes of a payload",
        Measurements.payloadSizes.map { (payloadBytes(files: Double($0.files)), Double($0.bytes)) }),
      Deviation(
        "bytes into etcd",
        rows.map {
          (object($0) * ($0.layout == .shared ? rewrites($0.inFlight) : 1), $0.etcdBytes)
        }),
      Deviation(
        "bytes to clients",
        rows.compactMap { row in
          row.answerBytes.map { (Self.answerBytes(keys: keys(row)), $0) }
        }),
      Deviation(
        "bytes to watchers",
        rows.map { (Self.watchBytes(payloads: keys($0) * one, keys: keys($0)), $0.watchBytes) }),
      Deviation(
        "seconds of a write",
        rows.filter { $0.inFlight == 1 }.map { (writeSeconds(objectBytes: object($0)), $0.seconds) }
      ),
    ]
  }
}
