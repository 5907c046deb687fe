import JSON

/// What was measured, as a table for people or JSON for machines.
struct Report {
  let measurements: [Measurement]
  let tolerance: Double

  var isAcceptable: Bool {
    measurements.allSatisfy { $0.verdict(tolerance: tolerance) != .missed }
  }

  var table: String {
    let header = ["log files", "what", "measured", "at most", "verdict"]
    let rows = measurements.map { measurement in
      [
        "\(measurement.scenario.logFiles)", measurement.quantity.title,
        Self.text(measurement.value) + " " + measurement.quantity.unit,
        measurement.target.map(Self.text) ?? "",
        measurement.verdict(tolerance: tolerance)?.rawValue ?? "",
      ]
    }
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    let lines = ([header] + rows).map { row in
      zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: "  ")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  var json: String {
    let rows = measurements.map { measurement -> JSONValue in
      [
        "scenario": .string(measurement.scenario.folder),
        "logFiles": .integer(measurement.scenario.logFiles),
        "quantity": .string(measurement.quantity.rawValue),
        "value": .number(measurement.value), "unit": .string(measurement.quantity.unit),
        "target": measurement.target.map { .number($0) } ?? .null,
        "verdict": measurement.verdict(tolerance: tolerance).map { .string($0.rawValue) } ?? .null,
      ]
    }
    return JSONWriter.pretty.string(.array(rows)) + "\n"
  }

  /// Two digits behind the point.
  private static func text(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = "\(abs(hundredths) % 100)"
    return "\(hundredths / 100)." + (rest.count < 2 ? "0" : "") + rest
  }
}
