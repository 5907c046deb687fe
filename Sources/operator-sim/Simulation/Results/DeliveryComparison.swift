public import FilelogJSON
internal import FilelogText

/// The same scenario with the same seed, played once with each way of delivering records.
public struct DeliveryComparison: Sendable {
  /// One way and what came of it.
  public struct Mode: Sendable {
    /// As the Helm value `operator.collectors.filelogDelivery` has it.
    public var delivery: String
    /// What came of it.
    public var result: RunResult

    /// A way and what came of it.
    public init(delivery: String, result: RunResult) {
      self.delivery = delivery
      self.result = result
    }
  }

  /// In the order in which they were played.
  public var modes: [Mode]

  /// A comparison of these, of which there is at least one.
  public init(_ modes: [Mode]) { self.modes = modes }

  /// Whether no mode lost or duplicated more than it explains.
  public var isGood: Bool { modes.allSatisfy(\.result.isGood) }

  static let columns = [
    "delivery", "outages", "pods", "written", "delivered", "duplicated", "lost",
  ]

  var rows: [[String]] {
    modes.map { mode in
      let total = mode.result.total
      return [mode.delivery]
        + [
          mode.result.backendOutages, total.podGenerations, total.written, total.delivered,
          total.duplicated,
        ].map(\.grouped) + [total.lost.map(\.grouped) ?? "–"]
    }
  }

  /// Why a mode lost or duplicated what it did, in sentences without a full stop.
  static func reasons(_ result: RunResult) -> [String] {
    var reasons = [result.duplicateText].compactMap(\.self)
    let lost = result.total.lost ?? 0
    if lost > 0 {
      reasons.append(
        lost == 1 ? "1 record was lost" : "\(lost.grouped) records were lost")
    }
    if let expected = result.expectedLossText, lost + result.total.duplicated > 0 {
      reasons.append("expected: " + expected)
    }
    if result.isInterrupted {
      reasons.append("interrupted: \(result.missing)")
    } else if !result.isGood {
      reasons.append("this is more than \(result.scenario) explains")
    }
    return reasons
  }

  /// A table with a row for each mode, and below it why each has lost or duplicated what it did.
  public var text: String {
    let table = TextTable.lines([Self.columns] + rows)
    let rule = String(repeating: "-", count: table[0].count)
    var lines = [table[0], rule] + table.dropFirst()
    for mode in modes {
      for reason in Self.reasons(mode.result) { lines.append("\(mode.delivery): \(reason)") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// For machines: of each mode what its result is by itself.
  public var json: JSONValue {
    let results: [JSONValue] = modes.map { mode in
      var json = mode.result.json
      json["delivery"] = .string(mode.delivery)
      return json
    }
    return ["deliveries": .array(results), "good": .bool(isGood)]
  }
}
