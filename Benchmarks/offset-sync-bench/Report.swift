import FilelogJSON

/// What was measured, as a table for people or JSON for machines.
struct Report {
  let machine: MachineKind
  /// How many syncs memory was watched over.
  let syncs: Int
  let measurements: [Measurement]
  let tolerance: Double
  /// Nil when no run of this kind of machine is committed.
  let lastRun: LastRun?

  var isAcceptable: Bool {
    measurements.allSatisfy { $0.verdict(tolerance: tolerance) != .missed }
  }

  /// A line on the circumstances, and a row for each figure.
  var text: String {
    let comparison =
      lastRun == nil ? "no run of this kind of machine is committed" : "last run: as committed"
    return "\(machine.name), memory over \(syncs) syncs; \(comparison)\n" + table
  }

  private var table: String {
    let header = ["of", "what", "measured", "at most", "verdict", "Go sidecar", "last run"]
    let rows = measurements.map { measurement in
      [
        measurement.subject.name, measurement.quantity.title,
        Self.text(measurement.value) + " " + measurement.quantity.unit,
        measurement.target.map(Self.text) ?? "",
        measurement.verdict(tolerance: tolerance)?.rawValue ?? "",
        Self.times(measurement.goRatio), Self.times(lastRun?.ratio(measurement)),
      ]
    }
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    let lines = ([header] + rows).map { row -> String in
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    return lines.joined(separator: "\n") + "\n"
  }

  var json: String {
    let rows = measurements.map { measurement -> JSONValue in
      [
        "subject": .string(measurement.subject.name),
        "quantity": .string(measurement.quantity.rawValue),
        "value": .number(measurement.value), "unit": .string(measurement.quantity.unit),
        "target": Self.json(measurement.target),
        "verdict": measurement.verdict(tolerance: tolerance).map { .string($0.rawValue) } ?? .null,
        "goSidecar": Self.json(measurement.goSidecar), "goRatio": Self.json(measurement.goRatio),
        "lastRunRatio": Self.json(lastRun?.ratio(measurement)),
      ]
    }
    return Self.document(machine, syncs, rows)
  }

  /// What ``LastRun`` reads: values, rounded as the table has them.
  var record: String {
    let rows = measurements.map { measurement -> JSONValue in
      [
        "subject": .string(measurement.subject.name),
        "quantity": .string(measurement.quantity.rawValue),
        "unit": .string(measurement.quantity.unit),
        "value": .number((measurement.value * 100).rounded() / 100),
      ]
    }
    return Self.document(machine, syncs, rows)
  }

  private static func document(
    _ machine: MachineKind, _ syncs: Int, _ rows: [JSONValue]
  ) -> String {
    JSONWriter.pretty.string([
      "machine": .string(machine.name), "syncs": .integer(syncs), "measurements": .array(rows),
    ]) + "\n"
  }

  private static func json(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }

  private static func times(_ ratio: Double?) -> String { ratio.map { text($0) + " ×" } ?? "" }

  /// Two digits behind the point.
  private static func text(_ value: Double) -> String {
    let hundredths = Int((abs(value) * 100).rounded())
    let rest = "\(hundredths % 100)"
    return (value < 0 && hundredths > 0 ? "-" : "") + "\(hundredths / 100)."
      + (rest.count < 2 ? "0" : "") + rest
  }
}

extension Measurement {
  fileprivate var goRatio: Double? { goSidecar.map { value / $0 } }
}
