internal import ReportPage

/// The part of a report about what a fleet did to its API server.
enum FleetSection {
  static func html(_ result: RunResult) -> String {
    guard let figures = result.fleetFigures else { return "" }
    let style = figures.isSpread ? "good" : "bad"
    let lines = figures.lines.enumerated().map { index, line in
      let isVerdict = index > 0
      return "<p class=\"\(isVerdict ? style : "muted")\">\(HTML.escape(line))</p>\n"
    }
    let limit = figures.recoveries.compactMap(\.limit).min()
    let chart = LineChart(
      label: "writes to the API server",
      points: points(figures.seconds.map(\.writes)),
      limit: limit.map { ($0, "limit after an outage") }, axis: TimeAxis(result.record.end))
    return "<h2>Writes a second</h2>\n" + lines.joined() + "<div class=\"scroll\">" + chart.svg()
      + "</div>\n"
  }

  /// Each second, or, where there are many, the greatest of several.
  private static func points(_ writes: [Int]) -> [LineChart.Point] {
    let width = max(1, writes.count / mostPoints)
    return stride(from: 0, to: writes.count, by: width).map { start in
      let most = writes[start..<min(start + width, writes.count)].max() ?? 0
      return LineChart.Point(time: .seconds(start), value: Double(most))
    }
  }

  private static let mostPoints = 1200
}
