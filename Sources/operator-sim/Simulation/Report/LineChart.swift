internal import FilelogText
internal import ReportPage

/// Draws figures over time, with an area below and, where there is one, a limit above.
struct LineChart {
  struct Point {
    var time: Duration
    var value: Double
  }

  private let label: String
  private let points: [Point]
  private let limit: (value: Double, name: String)?
  private let axis: TimeAxis
  /// What the height stands for.
  private let maximum: Double

  /// More than a chart has room for are drawn as the greatest of several neighbours.
  private static let mostPoints = 1200

  /// - Parameter limit: a line that the figures should stay below.
  init(
    label: String, points: [Point], limit: (value: Double, name: String)? = nil, axis: TimeAxis
  ) {
    self.label = label
    self.limit = limit
    self.axis = axis
    let width = max(1, points.count / Self.mostPoints)
    self.points = stride(from: 0, to: points.count, by: width).compactMap { start in
      points[start..<min(start + width, points.count)].max { $0.value < $1.value }
    }
    maximum = max(self.points.map(\.value).max() ?? 0, limit?.value ?? 0, 1) * 1.05
  }

  private static let top = 12.0
  private static let height = 150.0

  func svg() -> String {
    let bottom = Self.top + Self.height
    var svg = "<svg viewBox=\"0 0 \(TimeAxis.width) \(bottom + 22)\" role=\"img\" "
    svg += "aria-label=\"\(HTML.escape(label)) over time\">\n"
    svg += axis.grid(top: Self.top, bottom: bottom)
    for value in levels { svg += level(value) }
    if let limit { svg += line("limit", limit.value, limit.name) }
    if let first = points.first, let last = points.last {
      let outline = points.map { "\(x($0)),\(y($0.value))" }.joined(separator: " ")
      svg +=
        "<polygon class=\"area\" points=\"\(x(first)),\(bottom) \(outline) \(x(last)),\(bottom)\"/>\n"
      svg += "<polyline class=\"curve\" points=\"\(outline)\"/>\n"
    }
    return svg + "</svg>\n"
  }

  /// Two or three round values.
  private var levels: [Double] {
    var step = 1.0
    var factors = [2.0, 2.5, 2.0]
    while maximum / step > 4 {
      step *= factors[0]
      factors.append(factors.removeFirst())
    }
    return Array(stride(from: step, through: maximum, by: step))
  }

  private func x(_ point: Point) -> String { HTML.number(axis.x(point.time)) }

  private func y(_ value: Double) -> String {
    HTML.number(Self.top + Self.height * (1 - value / maximum))
  }

  private func level(_ value: Double) -> String {
    line("grid", value, nil)
      + "<text class=\"tick\" x=\"\(TimeAxis.left - 8)\" y=\"\(y(value))\" dy=\"0.35em\" "
      + "text-anchor=\"end\">\(Int(value).grouped)</text>\n"
  }

  private func line(_ style: String, _ value: Double, _ name: String?) -> String {
    var svg = "<line class=\"\(style)\" x1=\"\(TimeAxis.left)\" "
    svg += "x2=\"\(TimeAxis.width - TimeAxis.right)\" y1=\"\(y(value))\" y2=\"\(y(value))\"/>"
    if let name {
      svg += "<text class=\"tick\" x=\"\(TimeAxis.width - TimeAxis.right)\" y=\"\(y(value))\" "
      svg += "dy=\"-0.4em\" text-anchor=\"end\">\(HTML.escape(name))</text>"
    }
    return svg + "\n"
  }
}
