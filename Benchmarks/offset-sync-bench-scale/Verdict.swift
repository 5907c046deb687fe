import CapacityPlan
import FilelogContract
import OffsetSync

/// Something that is demanded, and whether it was met.
struct Verdict {
  let title: String
  /// What was measured, in words.
  let measured: String
  let isMet: Bool

  /// What a store writes in the perNode layout does not grow with the fleet.
  static func independence(_ rows: [TrafficRow]) -> Verdict? {
    let rows = rows.filter { $0.layout == .perNode }
    guard let least = rows.min(by: { $0.nodes < $1.nodes }),
      let most = rows.max(by: { $0.nodes < $1.nodes }), least.nodes < most.nodes,
      let few = least.storedBytes, let many = most.storedBytes, few > 0
    else { return nil }
    let ratio = many / few
    return Verdict(
      title: "perNode: bytes stored per sync do not depend on the number of nodes (at most 1.05)",
      measured: "with \(most.nodes) nodes \(Figure.ratio(ratio)) times those with \(least.nodes)",
      isMet: ratio <= 1.05 && rows.allSatisfy(\.failures.isEmpty))
  }

  static let herdNodes = 50
  static let herdRounds = 10

  /// Fifty nodes that all store at once.
  static func herd(_ row: TrafficRow) -> Verdict {
    Verdict(
      title:
        "perNode: \(row.atOnce) nodes store 10 kB at once, \(herdRounds) times: none fails, p99 at most "
        + "1 s",
      measured:
        "\(row.failures.count) of \(row.stores) failed, p99 \(Figure.seconds(row.p99Seconds))",
      isMet: row.failures.isEmpty && row.p99Seconds <= 1)
  }

  /// What a node's differences cost, new bases included. Nil where the server does not tell.
  static func growth(_ row: GrowthBench.Row) -> Verdict? {
    guard let bytes = row.storedBytes else { return nil }
    return Verdict(
      title:
        "perNode: \(row.measured.title): at most \(Figure.bytes(row.measured.mostBytes)) bytes "
        + "into etcd a store, metadata included",
      measured: "\(Figure.bytes(bytes)) bytes, \(row.bases) of \(row.measured.stores) stores whole",
      isMet: bytes <= row.measured.mostBytes)
  }

  /// The same for differences, which are random text compressed.
  static func differences(_ rows: [GrowthBench.Row]) -> Verdict? {
    let shares = rows.compactMap { row -> Double? in
      guard let stored = row.storedBytes, row.measured.comingAMinute == 0,
        let known = Measurements.differences.first(where: { $0.growing == row.measured.growing })
      else { return nil }
      return max(abs(stored / known.storedBytes - 1), abs(row.requestBytes / known.sentBytes - 1))
    }
    guard let worst = shares.max() else { return nil }
    return Verdict(
      title:
        "operator-sim plan is fitted to these differences (at most 5 % from those in its source)",
      measured: "\(shares.count) figures within \(Figure.ratio(worst * 100)) %",
      isMet: worst <= 0.05)
  }

  /// What `operator-sim plan` is fitted to is what was measured now.
  static func model(_ rows: [TrafficRow]) -> Verdict? {
    var compared = 0
    var worst = (share: 0.0, what: "")
    for row in rows {
      guard let stored = row.storedBytes, let watched = row.watchBytes,
        let known = Measurements.stores.first(where: {
          $0.layout == row.layout && $0.nodes == row.nodes
        })
      else { continue }
      for (what, now, then) in [
        ("stored", stored, known.storedBytes), ("sent", row.requestBytes, known.sentBytes),
        ("answered", row.responseBytes, known.responseBytes),
        ("watched", watched, known.watchBytes),
      ] {
        compared += 1
        let share = abs(now / then - 1)
        if share > worst.share {
          worst = (
            share, ", the farthest bytes \(what) of \(row.layout.rawValue) with \(row.nodes) nodes"
          )
        }
      }
    }
    guard compared > 0 else { return nil }
    return Verdict(
      title: "operator-sim plan is fitted to these figures (at most 1 % from those in its source)",
      measured: "\(compared) figures within \(Figure.ratio(worst.share * 100)) %\(worst.what)",
      isMet: worst.share <= 0.01)
  }

  /// What a real etcd receives for one store is the object that the API server says it writes.
  static func etcd(_ rows: [EtcdBench.Row]) -> Verdict {
    let shares = rows.map { abs($0.receivedBytes / Double($0.objectBytes) - 1) }
    let worst = shares.max() ?? 1
    return Verdict(
      title: "a real etcd receives the bytes that are reported as stored (within 2 %)",
      measured: "\(rows.count) sizes within \(Figure.ratio(worst * 100)) %", isMet: worst <= 0.02)
  }

  static func idle(_ layout: String, _ result: IdleBench.Result) -> Verdict {
    Verdict(
      title: "\(layout): idle nodes write nothing",
      measured: "\(result.writes) writes of \(result.nodes) nodes in \(result.looks) looks, while "
        + "their collectors committed \(result.commits) times",
      isMet: result.writes == 0 && result.looks > result.nodes)
  }
}

/// Figures as people read them.
enum Figure {
  static func bytes(_ value: Double?) -> String {
    guard let value else { return "–" }
    let digits = String(Int(value.rounded()))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return text
  }

  static func seconds(_ value: Double) -> String { "\(rounded(value * 1000, to: 10)) ms" }

  static func ratio(_ value: Double) -> String { "\(rounded(value, to: 1000))" }

  private static func rounded(_ value: Double, to parts: Double) -> Double {
    (value * parts).rounded() / parts
  }
}
