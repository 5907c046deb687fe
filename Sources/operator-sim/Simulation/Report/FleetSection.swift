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
      points: figures.seconds.enumerated().map {
        .init(time: .seconds($0.offset), value: Double($0.element.writes))
      },
      limit: limit.map { ($0, "limit after an outage") }, axis: TimeAxis(result.record.end))
    return "<h2>Writes a second</h2>\n" + lines.joined() + "<div class=\"scroll\">" + chart.svg()
      + "</div>\n"
  }
}
