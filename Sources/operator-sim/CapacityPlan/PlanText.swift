internal import FilelogContract
internal import FilelogText

/// A plan in words.
public enum PlanText {
  /// A table of both layouts, and what to do; with `isVerbose` also how good the model is.
  public static func overview(_ plan: CapacityPlan, isVerbose: Bool = false) -> String {
    let names = plan.predictions.map(\.layout.rawValue)
    let cells = [["", names[0], names[1]]] + rows(plan).map { [$0.title] + $0.values }
    return TextTable.lines(cells).map { $0 + "\n" }.joined() + "\n"
      + conclusion(plan).map { $0 + "\n" }.joined()
      + (isVerbose ? "\n" + errors(plan) : "")
  }

  /// Each figure of both layouts.
  static func rows(_ plan: CapacityPlan) -> [(title: String, values: [String])] {
    func row(_ title: String, _ value: (Prediction) -> String) -> (title: String, values: [String])
    {
      (title, plan.predictions.map(value))
    }
    return [
      row("payload of a node") { Figure.bytes($0.payloadBytes) },
      row("in one map, or one node's maps") { Figure.bytes($0.mapBytes) },
      row("of the 1 MiB that a map holds") { Figure.percent($0.shareOfMap) },
      row("writes a second") { Figure.number($0.writesPerSecond) },
      row("into etcd") { Figure.bytes($0.etcdBytesPerSecond) + "/s" },
      row("from clients") { Figure.bytes($0.sentBytesPerSecond) + "/s" },
      row("to clients") { Figure.bytes($0.clientBytesPerSecond) + "/s" },
      row("to watchers") { Figure.bytes($0.watcherBytesPerSecond) + "/s" },
      row("the API server writes offsets") { Figure.percent($0.utilization) + " of its time" },
      row("as many kubelets' leases a node") { Figure.number($0.leasesPerNode) },
      row("etcd keeps until it compacts") { Figure.bytes($0.keptBytes) },
      row("of etcd's quota, by default and at most") {
        Figure.percent($0.keptBytes / Measurements.etcdQuota) + ", "
          + Figure.percent($0.keptBytes / Measurements.largestEtcdQuota)
      },
      row("fits") { $0.fits ? "yes" : "no: " + $0.obstacles.map(word).joined(separator: ", ") },
      row("fits up to") { reach(plan, $0.layout) },
    ]
  }

  private static func word(_ obstacle: Prediction.Obstacle) -> String {
    switch obstacle {
    case .size: "too large"
    case .writes: "too many writes"
    case .quota: "beyond etcd's default quota"
    }
  }

  private static func reach(_ plan: CapacityPlan, _ layout: Contract.OffsetLayout) -> String {
    let nodes = plan.largest[layout] ?? 0
    if nodes == 0 { return "not even one node" }
    return nodes == CapacityPlan.mostNodes ? "\(nodes) nodes or more" : "\(nodes) nodes"
  }

  /// What to do, one sentence each.
  static func conclusion(_ plan: CapacityPlan) -> [String] {
    var sentences: [String] = []
    let shared = plan.predictions.first { $0.layout == .shared && $0.fits }
    switch plan.advice {
    case .shared: sentences.append("One shared map fits (filelogOffsetSyncLayout: shared).")
    case .perNode:
      sentences.append(
        (shared == nil
          ? "Take one map for each node (filelogOffsetSyncLayout: perNode)." : "Both layouts fit.")
          + " A new release gets one map for each node by itself (filelogOffsetSyncLayout: auto, with "
          + "this project's image on Kubernetes 1.30 or newer); one that is there keeps its layout."
      )
    case nil:
      sentences.append("Neither layout fits.")
      var ways: [String] = []
      if let speed = plan.neededServerSpeed {
        ways.append(
          "with an API server and etcd that write \(Figure.number(speed)) times as fast as those of "
            + "two cores that were measured (--server-speed \(Figure.number(speed)))")
      }
      if let seconds = plan.shortestInterval {
        ways.append("with filelogOffsetSyncInterval: \(seconds)s")
      }
      if !ways.isEmpty {
        sentences.append("One map for each node fits \(ways.joined(separator: ", or ")).")
      }
    }
    if let perNode = plan.predictions.first(where: { $0.layout == .perNode }) {
      let other = shared.map { ", a shared map as much as \(Figure.number($0.leasesPerNode))" }
      sentences.append(
        "One map for each node costs API server and etcd as much as "
          + "\(Figure.number(perNode.leasesPerNode)) kubelets' leases a node\(other ?? "").")
    }
    if plan.workload.filesPerNode > Self.mostFilesOnVolume {
      sentences.append(
        "The collector's database of \(Figure.number(plan.workload.filesPerNode)) log files may "
          + "outgrow the offsets volume of 10 MB, whatever the layout.")
    }
    return sentences
  }

  /// A real collector's database took 8 MB with 2,000 log files.
  private static let mostFilesOnVolume = 2400.0

  static func errors(_ plan: CapacityPlan) -> String {
    func list(_ source: CapacityModel.Deviation.Source) -> String {
      plan.deviations.filter { $0.source == source }.map {
        "\($0.quantity) \(Figure.percent($0.mean)) (at most \(Figure.percent($0.largest)))"
      }.joined(separator: ", ")
    }
    return
      "Mean error of the model against what `make bench-scale` measures: \(list(.repeatable)).\n"
      + "Against a real kube-apiserver and etcd, measured once on two cores that the clients shared, "
      + "to which seconds and rewrites are fitted: \(list(.realServer)).\n"
  }
}

/// Figures as people read them.
enum Figure {
  /// `43.3 kB`
  static func bytes(_ value: Double) -> String {
    var (value, unit) = (value, 0)
    let units = ["B", "kB", "MB", "GB", "TB", "PB"]
    while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return "\(number(value)) \(units[unit])"
  }

  /// `12.3 %`
  static func percent(_ share: Double) -> String { "\(number(share * 100)) %" }

  /// Three digits that count, or all in front of the point.
  static func number(_ value: Double) -> String {
    guard value.isFinite, value < 1e15 else { return "∞" }
    let factor = value >= 100 ? 1.0 : value >= 10 ? 10 : 100
    let rounded = (value * factor).rounded() / factor
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}
