public import FilelogContract
public import FilelogJSON

/// Both layouts for one cluster, and how far each goes.
public struct CapacityPlan: Hashable, Sendable {
  /// How many nodes are looked at.
  public static let mostNodes = 15_000

  /// What was asked about.
  public let workload: Workload
  /// What each layout costs.
  public let predictions: [Prediction]
  /// The most nodes, up to ``mostNodes``, for which a layout fits; 0 where it fits none.
  public let largest: [Contract.OffsetLayout: Int]
  /// The shortest interval between looks, in whole seconds up to ten minutes, with which one map a
  /// node fits; nil where none does.
  public let shortestInterval: Int?
  /// The model against its measurements.
  public let deviations: [CapacityModel.Deviation]

  /// Predicts for a workload.
  public init(_ workload: Workload) {
    let model = CapacityModel()
    self.workload = workload
    predictions = Contract.OffsetLayout.allCases.map { Prediction(workload, $0, by: model) }
    largest = Dictionary(
      uniqueKeysWithValues: Contract.OffsetLayout.allCases.map { layout in
        (layout, Self.largest(layout, workload, model))
      })
    shortestInterval = (1...600).first { seconds in
      var slower = workload
      slower.interval = Double(seconds)
      return Prediction(slower, .perNode, by: model).fits
    }
    deviations = model.deviations
  }

  /// The layout to take: the one that new releases get, where it fits.
  public var advice: Contract.OffsetLayout? {
    let fitting = predictions.filter(\.fits).map(\.layout)
    return fitting.contains(.perNode) ? .perNode : fitting.first
  }

  /// How fast an API server has to write so that one map for each node fits, as
  /// ``Workload/serverSpeed``; nil where that is not all that is missing.
  var neededServerSpeed: Double? {
    guard let perNode = predictions.first(where: { $0.layout == .perNode }),
      perNode.obstacles == [.writes]
    else { return nil }
    let speed = workload.serverSpeed * perNode.utilization / Prediction.mostUtilization
    return (speed * 10).rounded(.up) / 10
  }

  /// By halves: with more nodes everything grows.
  private static func largest(
    _ layout: Contract.OffsetLayout, _ workload: Workload, _ model: CapacityModel
  ) -> Int {
    var (fits, fails) = (0, mostNodes + 1)
    while fails - fits > 1 {
      var tried = workload
      tried.nodes = (fits + fails) / 2
      if Prediction(tried, layout, by: model).fits {
        fits = tried.nodes
      } else {
        fails = tried.nodes
      }
    }
    return fits
  }

  /// For machines.
  public var json: JSONValue {
    [
      "workload": [
        "nodes": .integer(workload.nodes), "podsPerNode": .number(workload.podsPerNode),
        "filesPerPod": .number(workload.filesPerPod),
        "logBytesPerSecond": .number(workload.logBytesPerSecond),
        "churnPerHour": .number(workload.churnPerHour), "interval": .number(workload.interval),
        "watchers": .number(workload.watchers), "serverSpeed": .number(workload.serverSpeed),
      ],
      "layouts": .array(predictions.map { json($0) }),
      "advice": advice.map { .string($0.rawValue) } ?? .null,
      "neededServerSpeed": neededServerSpeed.map { .number($0) } ?? .null,
      "shortestInterval": shortestInterval.map { .integer($0) } ?? .null,
      "model": .array(
        deviations.map {
          [
            "source": .string($0.source.rawValue), "quantity": .string($0.quantity),
            "largestError": .number($0.largest),
            "meanError": .number($0.mean), "measurements": .integer($0.measurements),
          ]
        }),
    ]
  }

  private func json(_ prediction: Prediction) -> JSONValue {
    [
      "layout": .string(prediction.layout.rawValue), "fits": .bool(prediction.fits),
      "obstacles": .array(prediction.obstacles.map { .string($0.rawValue) }),
      "largestNodes": .integer(largest[prediction.layout] ?? 0),
      "payloadBytes": .number(prediction.payloadBytes), "mapBytes": .number(prediction.mapBytes),
      "shareOfMap": .number(prediction.shareOfMap),
      "writesPerSecond": .number(prediction.writesPerSecond),
      "etcdBytesPerSecond": .number(prediction.etcdBytesPerSecond),
      "clientBytesPerSecond": .number(prediction.clientBytesPerSecond),
      "sentBytesPerSecond": .number(prediction.sentBytesPerSecond),
      "watcherBytesPerSecond": .number(prediction.watcherBytesPerSecond),
      "utilization": .number(prediction.utilization),
      "leasesPerNode": .number(prediction.leasesPerNode),
      "keptBytes": .number(prediction.keptBytes),
    ]
  }
}
