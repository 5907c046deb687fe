internal import FilelogJSON
internal import FilelogText

/// Writes metrics as the JSON of an OTLP `ExportMetricsServiceRequest`.
///
/// Source: opentelemetry-proto and the OTLP specification's JSON encoding: members in lowerCamelCase,
/// 64-bit integers as text, enumerations as numbers.
struct OTLPMetrics {
  /// `AGGREGATION_TEMPORALITY_CUMULATIVE`: a lost export loses nothing.
  private static let cumulative: JSONValue = 2

  private let start: JSONValue
  private let now: JSONValue

  /// - Parameters:
  ///   - start: when counting began.
  ///   - now: when the values are read; taken for `start` if the clock was set back beyond that.
  static func request(
    _ metrics: Metrics, resource: [String: String], start: Timestamp, now: Timestamp
  ) -> JSONValue {
    let writer = OTLPMetrics(
      start: .string("\(start.nanoseconds)"), now: .string("\(max(start, now).nanoseconds)"))
    return [
      "resourceMetrics": [
        [
          "resource": ["attributes": attributes(resource)],
          "scopeMetrics": [
            ["scope": ["name": .string(Metrics.scope)], "metrics": .array(writer.list(metrics))]
          ],
        ]
      ]
    ]
  }

  private func list(_ metrics: Metrics) -> [JSONValue] {
    var list = [
      counter(
        "update.counter", "How often the offsets were stored", unit: "1",
        points: [point(metrics.updates)]),
      counter(
        "snapshot.retries", "How often a database changed while it was read", unit: "1",
        points: [point(metrics.snapshotRetries)]),
    ]
    if !metrics.errors.isEmpty {
      list.append(
        counter(
          "update.errors", "How often storing the offsets failed", unit: "1",
          points: metrics.errors.sorted { $0.key < $1.key }.map {
            point($0.value, ["error.type": $0.key])
          }))
    }
    if metrics.durations.count > 0 { list.append(duration(metrics.durations)) }
    let gauges = [
      ("update.compressed_size", "Size of the offsets as stored", metrics.compressedSize),
      ("volume.used", "Size of the files in the offsets directory", metrics.volumeUsed),
      ("map.used", "Size of all values of the config map", metrics.mapUsed),
    ]
    for case (let name, let description, let bytes?) in gauges {
      list.append(metric(name, description, unit: "By", ["gauge": ["dataPoints": [point(bytes)]]]))
    }
    if let interval = metrics.updateInterval {
      let point: JSONValue = [
        "startTimeUnixNano": start, "timeUnixNano": now,
        "asDouble": .number(interval / .seconds(1)),
      ]
      list.append(
        metric(
          "update.interval", "How far apart stores are, as the API server bears them", unit: "s",
          ["gauge": ["dataPoints": [point]]]))
    }
    return list
  }

  private func counter(
    _ name: String, _ description: String, unit: String, points: [JSONValue]
  ) -> JSONValue {
    metric(
      name, description, unit: unit,
      [
        "sum": [
          "aggregationTemporality": Self.cumulative, "isMonotonic": true,
          "dataPoints": .array(points),
        ]
      ])
  }

  private func duration(_ histogram: Histogram) -> JSONValue {
    var point: JSONValue = [
      "startTimeUnixNano": start, "timeUnixNano": now,
      "count": .string("\(histogram.count)"), "sum": .number(histogram.sum),
      "bucketCounts": .array(histogram.counts.map { .string("\($0)") }),
      "explicitBounds": .array(Histogram.bounds.map { .number($0) }),
    ]
    if let range = histogram.range {
      point["min"] = .number(range.lowerBound)
      point["max"] = .number(range.upperBound)
    }
    return metric(
      "update.duration", "How long storing the offsets took", unit: "s",
      [
        "histogram": ["aggregationTemporality": Self.cumulative, "dataPoints": [point]]
      ])
  }

  private func metric(
    _ name: String, _ description: String, unit: String, _ data: [String: JSONValue]
  ) -> JSONValue {
    var members = data
    members["name"] = .string("\(Metrics.scope).\(name)")
    members["description"] = .string(description)
    members["unit"] = .string(unit)
    return .object(members)
  }

  private func point(_ value: Int, _ attributes: [String: String] = [:]) -> JSONValue {
    var point: JSONValue = [
      "startTimeUnixNano": start, "timeUnixNano": now, "asInt": .string("\(value)"),
    ]
    if !attributes.isEmpty { point["attributes"] = Self.attributes(attributes) }
    return point
  }

  private static func attributes(_ attributes: [String: String]) -> JSONValue {
    .array(
      attributes.sorted { $0.key < $1.key }.map {
        ["key": .string($0.key), "value": ["stringValue": .string($0.value)]]
      })
  }
}
