import FilelogJSON

/// The committed run of a kind of machine, in `Benchmarks/runs`.
struct LastRun: Equatable {
  struct Malformed: Error, CustomStringConvertible {
    let path: String
    var description: String { "\(path): not a run as make bench-record writes it" }
  }

  /// Values by subject and quantity.
  private var values: [[String]: Double] = [:]

  init(_ measurements: [Measurement]) {
    for measurement in measurements { values[Self.key(measurement)] = measurement.value }
  }

  /// - Throws: ``Malformed`` when this is something else.
  init(parsing bytes: [UInt8], path: String) throws(Malformed) {
    guard let rows = (try? JSONValue(parsing: bytes))?["measurements"]?.array else {
      throw Malformed(path: path)
    }
    for row in rows {
      guard let subject = row["subject"]?.string, let quantity = row["quantity"]?.string,
        let value = row["value"]?.double
      else { throw Malformed(path: path) }
      values[[subject, quantity]] = value
    }
  }

  /// How many times what it was; nil where that says nothing: it was not measured, or is about zero.
  func ratio(_ measurement: Measurement) -> Double? {
    guard !measurement.quantity.isAboutZero, let before = values[Self.key(measurement)], before > 0
    else { return nil }
    return measurement.value / before
  }

  private static func key(_ measurement: Measurement) -> [String] {
    [measurement.subject.name, measurement.quantity.rawValue]
  }
}

extension JSONValue {
  fileprivate var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
