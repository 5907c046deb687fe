internal import ReportPage

/// Where times lie in a drawing, the same for all drawings of a report so that they can be read
/// below one another.
struct TimeAxis {
  static let width = 960.0
  /// Room for names at the left, and for the last label at the right.
  static let left = 84.0
  static let right = 16.0

  let end: Double

  init(_ end: Duration) { self.end = max(seconds(end), 0.1) }

  func x(_ time: Duration) -> Double {
    Self.left + min(max(seconds(time) / end, 0), 1) * (Self.width - Self.left - Self.right)
  }

  /// Vertical lines with their times below.
  func grid(top: Double, bottom: Double) -> String {
    var svg = ""
    var second = 0.0
    while second <= end {
      let x = HTML.number(x(.seconds(second)))
      svg += "<line class=\"grid\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(top)\" y2=\"\(bottom)\"/>"
      svg += "<text class=\"tick\" x=\"\(x)\" y=\"\(bottom + 14)\" text-anchor=\"middle\">"
      svg += "\(HTML.number(second)) s</text>\n"
      second += step
    }
    return svg
  }

  /// 1, 2 or 5 times a power of ten, for six to fourteen lines.
  private var step: Double {
    var step = 0.1
    for factor in [2.0, 2.5, 2.0].cycled(times: 8) {
      if end / step <= 14 { break }
      step *= factor
    }
    return step
  }
}

extension Array {
  fileprivate func cycled(times: Int) -> [Element] { (0..<times).flatMap { _ in self } }
}
