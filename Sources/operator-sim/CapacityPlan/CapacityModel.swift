internal import FilelogContract

/// What stores of a certain size cost, fitted to ``Measurements``.
public struct CapacityModel: Hashable, Sendable {
  /// The most bytes that a config map holds.
  static let mapLimit = Double(Contract.configMapLimit)
  /// The largest payload of a node in config maps, where it does not compress: a container has memory
  /// for no more.
  static let mostParts = 4.5

  /// Bytes of a payload by the number of log files.
  private let payload: LineFit
  /// What comes to the payloads.
  private let overheads: [Contract.OffsetLayout: Overhead]
  /// How often the server writes a shared map for one patch, by the number of patches under way: it
  /// begins anew when another one came between.
  private let rewrites: LineFit
  /// Seconds of a write, by the bytes of its object, with nothing else under way.
  private let seconds: LineFit

  /// Bytes beside the payloads, by the number of keys in a map.
  private struct Overhead: Hashable {
    let stored: LineFit
    let watched: LineFit
    let response: LineFit
    let sent: Double

    init(_ layout: Contract.OffsetLayout) {
      let rows = Measurements.stores.filter { $0.layout == layout }
      let payload = Double(Measurements.payload)
      func keys(_ row: Measurements.Store) -> Double {
        layout == .shared ? Double(row.nodes) : 1
      }
      func fit(_ value: (Measurements.Store) -> Double) -> LineFit {
        LineFit(rows.map { (keys($0), value($0)) })
      }
      stored = fit { $0.storedBytes - payload * keys($0) }
      watched = fit { $0.watchBytes - CapacityModel.base64Bytes(payload) * keys($0) }
      response = fit(\.responseBytes)
      sent =
        rows.map { $0.sentBytes - CapacityModel.base64Bytes(payload) }.reduce(0, +)
        / Double(rows.count)
    }
  }

  /// Bytes into etcd of a difference, by the number of log files that grow, and of its request.
  private let difference: LineFit
  private let differenceSent: LineFit
  /// CPU time of a write, by the bytes of its object.
  private let cpu: LineFit

  /// Fits the model.
  public init() {
    difference = LineFit(Measurements.differences.map { (Double($0.growing), $0.storedBytes) })
    differenceSent = LineFit(Measurements.differences.map { (Double($0.growing), $0.sentBytes) })
    cpu = LineFit(Measurements.cpuTimes.map { ($0.bytes, $0.seconds) })
    payload = LineFit(Measurements.payloadSizes.map { (Double($0.files), Double($0.bytes)) })
    let overheads = Dictionary(
      uniqueKeysWithValues: Contract.OffsetLayout.allCases.map { ($0, Overhead($0)) })
    self.overheads = overheads
    func object(_ row: Measurements.Traffic) -> Double {
      Self.objectBytes(row, overheads)
    }
    rewrites = LineFit(
      Measurements.traffic.filter { $0.layout == .shared }.map {
        ($0.inFlight, $0.etcdBytes / object($0))
      })
    seconds = LineFit(
      Measurements.traffic.filter { $0.inFlight == 1 }.map { (object($0), $0.seconds) })
  }

  func payloadBytes(files: Double) -> Double { files > 0 ? max(payload(files), 1) : 0 }

  /// Of an object in etcd: its metadata, and for every key its name and who manages it.
  func objectBytes(_ layout: Contract.OffsetLayout, payloads: Double, keys: Double) -> Double {
    payloads + overhead(layout).stored(keys)
  }

  /// Of an object's JSON, as watchers get it.
  func watchBytes(_ layout: Contract.OffsetLayout, payloads: Double, keys: Double) -> Double {
    Self.base64Bytes(payloads) + overhead(layout).watched(keys)
  }

  /// Of the response to a patch, which is the object's metadata.
  func responseBytes(_ layout: Contract.OffsetLayout, keys: Double) -> Double {
    overhead(layout).response(keys)
  }

  /// Of a patch of one key.
  func patchBytes(_ layout: Contract.OffsetLayout, payload: Double) -> Double {
    Self.base64Bytes(payload) + overhead(layout).sent
  }

  private func overhead(_ layout: Contract.OffsetLayout) -> Overhead {
    overheads[layout] ?? Overhead(layout)
  }

  private static func base64Bytes(_ bytes: Double) -> Double { bytes * 4 / 3 }

  private static func objectBytes(
    _ row: Measurements.Traffic, _ overheads: [Contract.OffsetLayout: Overhead]
  ) -> Double {
    let keys = keys(row)
    return keys * Double(Measurements.payload) + (overheads[row.layout]?.stored(keys) ?? 0)
  }

  private static func keys(_ row: Measurements.Traffic) -> Double {
    row.layout == .shared ? Double(Measurements.trafficNodes) : 1
  }

  /// Of a difference in etcd while so many log files grow and none comes.
  func differenceBytes(files: Double) -> Double { difference(files) }

  /// Of the patch that stores it.
  func differencePatchBytes(files: Double) -> Double { differenceSent(files) }

  /// CPU time of API server and etcd for one write.
  func cpuSeconds(objectBytes: Double) -> Double { cpu(objectBytes) }

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
    /// Where measurements come from.
    public enum Source: String, Hashable, Sendable {
      /// `make bench-scale` and `offset-sync-bench --payloads`, which anybody can run.
      case repeatable
      /// A kube-apiserver with etcd, once.
      case realServer
    }

    /// Whose measurements.
    public let source: Source
    /// What was measured.
    public let quantity: String
    /// The largest of the relative errors, 0.1 for a tenth.
    public let largest: Double
    /// The mean of the relative errors.
    public let mean: Double
    /// How many measurements there are.
    public let measurements: Int

    init(_ source: Source, _ quantity: String, _ pairs: [(model: Double, measured: Double)]) {
      let errors = pairs.map { abs($0.model - $0.measured) / $0.measured }
      self.source = source
      self.quantity = quantity
      largest = errors.max() ?? 0
      mean = errors.reduce(0, +) / Double(max(1, errors.count))
      measurements = errors.count
    }
  }

  /// The model against everything that was measured.
  public var deviations: [Deviation] { repeatable + realServer }

  private var repeatable: [Deviation] {
    let payload = Double(Measurements.payload)
    func keys(_ row: Measurements.Store) -> Double {
      row.layout == .shared ? Double(row.nodes) : 1
    }
    func deviation(
      _ quantity: String, _ measured: (Measurements.Store) -> Double,
      _ model: (Measurements.Store) -> Double
    ) -> Deviation {
      Deviation(.repeatable, quantity, Measurements.stores.map { (model($0), measured($0)) })
    }
    return [
      Deviation(
        .repeatable, "bytes of a payload",
        Measurements.payloadSizes.map { (payloadBytes(files: Double($0.files)), Double($0.bytes)) }),
      deviation("bytes stored", \.storedBytes) {
        objectBytes($0.layout, payloads: keys($0) * payload, keys: keys($0))
      },
      deviation("bytes from clients", \.sentBytes) { patchBytes($0.layout, payload: payload) },
      deviation("bytes to clients", \.responseBytes) { responseBytes($0.layout, keys: keys($0)) },
      deviation("bytes to watchers", \.watchBytes) {
        watchBytes($0.layout, payloads: keys($0) * payload, keys: keys($0))
      },
    ]
  }

  private var realServer: [Deviation] {
    let payload = Double(Measurements.payload)
    let rows = Measurements.traffic
    func object(_ row: Measurements.Traffic) -> Double { Self.objectBytes(row, overheads) }
    return [
      Deviation(
        .realServer, "bytes into etcd",
        rows.map {
          (object($0) * ($0.layout == .shared ? rewrites($0.inFlight) : 1), $0.etcdBytes)
        }),
      Deviation(
        .realServer, "bytes to watchers",
        rows.map {
          (
            watchBytes($0.layout, payloads: Self.keys($0) * payload, keys: Self.keys($0)),
            $0.watchBytes
          )
        }),
      Deviation(
        .realServer, "seconds of a write",
        rows.filter { $0.inFlight == 1 }.map { (writeSeconds(objectBytes: object($0)), $0.seconds) }
      ),
      Deviation(
        .realServer, "CPU time of a write",
        Measurements.cpuTimes.map { (cpuSeconds(objectBytes: $0.bytes), $0.seconds) }),
    ]
  }
}
