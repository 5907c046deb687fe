internal import Glibc
internal import ReportPage

/// Draws curves over the number of nodes, both axes logarithmic.
struct LogChart {
  let label: String
  /// The class of a curve and its points; points at or below zero are left out.
  let series: [(style: String, points: [(x: Double, y: Double)])]
  var limit: (value: Double, name: String)?
  /// Marks one number of nodes.
  let here: Double
  /// Writes a value at its level.
  let text: (Double) -> String

  private static let left = 84.0
  private static let right = 16.0
  private static let width = 900.0
  private static let top = 12.0
  private static let height = 190.0

  func svg() -> String {
    let bottom = Self.top + Self.height
    var svg = "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(bottom) + 24)\" role=\"img\" "
    svg += "aria-label=\"\(HTML.escape(label))\">\n"
    for exponent in 0...4 {
      let value = pow(10, Double(exponent))
      svg += vertical("grid", value)
      svg += "<text x=\"\(x(value))\" y=\"\(Int(bottom) + 16)\" text-anchor=\"middle\">"
      svg += "\(Figure.number(value))</text>\n"
    }
    for exponent in decades {
      let value = pow(10, Double(exponent))
      svg += horizontal("grid", value)
      svg += "<text x=\"\(Int(Self.left) - 8)\" y=\"\(y(value))\" dy=\"0.35em\" "
      svg += "text-anchor=\"end\">\(HTML.escape(text(value)))</text>\n"
    }
    svg += vertical("here", here)
    if let limit {
      svg += horizontal("limit", limit.value)
      svg += "<text x=\"\(Int(Self.width - Self.right))\" y=\"\(y(limit.value))\" dy=\"-0.4em\" "
      svg += "text-anchor=\"end\">\(HTML.escape(limit.name))</text>\n"
    }
    for curve in series {
      let points = curve.points.filter { $0.y > 0 }.map { "\(x($0.x)),\(y($0.y))" }
      svg += "<polyline class=\"\(curve.style)\" points=\"\(points.joined(separator: " "))\"/>\n"
    }
    return svg + "</svg>\n"
  }

  /// The powers of ten that enclose everything; every other one is drawn where there are many.
  private var range: (low: Int, high: Int) {
    let values = series.flatMap { $0.points.map(\.y) } + [limit?.value ?? 0]
    let positive = values.filter { $0 > 0 && $0.isFinite }
    guard let low = positive.min(), let high = positive.max() else { return (0, 1) }
    let lowest = Int(log10(low).rounded(.down))
    return (lowest, max(lowest + 1, Int(log10(high).rounded(.up))))
  }

  private var decades: [Int] {
    let (low, high) = range
    return Array(stride(from: low, through: high, by: high - low > 5 ? 2 : 1))
  }

  private func x(_ nodes: Double) -> String {
    let share = log10(max(1, nodes)) / log10(Double(CapacityPlan.mostNodes))
    return HTML.number(Self.left + (Self.width - Self.left - Self.right) * min(1, share))
  }

  private func y(_ value: Double) -> String {
    let (low, high) = range
    let share = (log10(value) - Double(low)) / Double(high - low)
    return HTML.number(Self.top + Self.height * (1 - min(1, max(0, share))))
  }

  private func vertical(_ style: String, _ nodes: Double) -> String {
    "<line class=\"\(style)\" x1=\"\(x(nodes))\" x2=\"\(x(nodes))\" y1=\"\(Int(Self.top))\" "
      + "y2=\"\(Int(Self.top + Self.height))\"/>\n"
  }

  private func horizontal(_ style: String, _ value: Double) -> String {
    "<line class=\"\(style)\" x1=\"\(Int(Self.left))\" x2=\"\(Int(Self.width - Self.right))\" "
      + "y1=\"\(y(value))\" y2=\"\(y(value))\"/>\n"
  }
}
