internal import ReportPage

/// Draws one row a node: its pods, what they sent, and where records were lost or came twice.
struct PodTimeline {
  let record: RunRecord
  let axis: TimeAxis

  /// One for each node, or for nodes to which the same happened.
  private let rows: [TimelineRow]

  init(record: RunRecord, axis: TimeAxis) {
    self.record = record
    self.axis = axis
    rows = TimelineRow.rows(of: record)
  }

  /// Rows get lower where there are many.
  private var rowHeight: Double { rows.count <= 20 ? 30 : 16 }
  private static let top = 8.0

  func svg() -> String {
    let bottom = Self.top + rowHeight * Double(rows.count)
    var svg = "<svg viewBox=\"0 0 \(TimeAxis.width) \(bottom + 22)\" role=\"img\" "
    svg += "aria-label=\"Pods of each node over time\">\n"
    svg += axis.grid(top: Self.top, bottom: bottom)
    for outage in record.outages { svg += band(outage, "outage", "API server", bottom) }
    for outage in record.backendOutages {
      svg += band(outage, "backend-outage", "log backend", bottom)
    }
    for (index, row) in rows.enumerated() { svg += draw(row, index) }
    return svg + "</svg>\n"
  }

  private func band(
    _ outage: ClosedRange<Duration>, _ style: String, _ missing: String, _ bottom: Double
  ) -> String {
    let end = outage.lowerBound == outage.upperBound ? record.end : outage.upperBound
    return rectangle(
      style, outage.lowerBound, end, y: Self.top, height: bottom - Self.top,
      title: "no \(missing) for \(HTML.number(seconds(end - outage.lowerBound))) s")
  }

  private func draw(_ row: TimelineRow, _ index: Int) -> String {
    let node = row.node
    let y = Self.top + rowHeight * Double(index)
    let barHeight = rowHeight * 0.55
    let barTop = y + rowHeight * 0.12
    var svg =
      "<text class=\"name\" x=\"\(TimeAxis.left - 8)\" y=\"\(HTML.number(y + rowHeight * 0.55))\" "
    // A longer name would begin left of the picture.
    if row.name.count > 11 {
      svg += "textLength=\"\(TimeAxis.left - 8)\" lengthAdjust=\"spacingAndGlyphs\" "
    }
    svg +=
      "text-anchor=\"end\">\(HTML.escape(row.name))<title>\(HTML.escape(row.title))</title></text>\n"
    let pods = record.pods.filter { $0.node == node }
    for (index, pod) in pods.enumerated() {
      let next = index + 1 < pods.count ? pods[index + 1].started : record.end
      svg += bar(pod, until: pod.ended ?? next, y: barTop, height: barHeight)
    }
    let patches = record.patches.filter { $0.node == node }
    svg += ticks(patches, y: barTop + barHeight + 1, height: rowHeight * 0.2)
    for crash in record.crashes where crash.node == node {
      svg += mark("crash", crash.time, y: barTop + barHeight / 2, title: crash.text)
    }
    for fault in record.faults.filter({ $0.node == node }).prefix(Self.mostMarks) {
      svg += mark(
        fault.kind == .lost ? "lost" : "duplicated", fault.time, y: barTop + barHeight / 2,
        title: "\(fault.records) records \(fault.kind == .lost ? "lost" : "arrived again")")
    }
    return svg
  }

  /// More than these of a row are not drawn one by one.
  private static let mostMarks = 100

  /// What a row's pods stored; where there is much of it, one path without a word for each.
  private func ticks(_ patches: [RunRecord.Patch], y: Double, height: Double) -> String {
    guard patches.count > Self.mostMarks || rows.count > 20 else {
      return patches.map { tick($0, y: y, height: height) }.joined()
    }
    return [false, true].map { isRefused in
      let places = patches.filter { $0.isRefused == isRefused }.map {
        // Ticks that fall together are one.
        (axis.x($0.time) * 2).rounded() / 2
      }
      guard !places.isEmpty else { return "" }
      let path = Set(places).sorted().map {
        "M\(HTML.number($0)) \(HTML.number(y))v\(HTML.number(height))"
      }
      return "<path class=\"\(isRefused ? "patch refused" : "patch")\" d=\"\(path.joined())\"/>\n"
    }.joined()
  }

  /// Three parts: until it is ready, while it runs, from SIGTERM to its end.
  private func bar(_ pod: RunRecord.Pod, until end: Duration, y: Double, height: Double) -> String {
    let stopping = min(pod.stopping ?? end, end)
    let ready = min(pod.ready ?? stopping, stopping)
    return rectangle(
      "starting", pod.started, ready, y: y, height: height,
      title: "starting: \(HTML.number(seconds(ready - pod.started))) s")
      + rectangle(
        "running", ready, stopping, y: y, height: height,
        title: "running: \(HTML.number(seconds(stopping - ready))) s")
      + rectangle(
        "stopping", stopping, end, y: y, height: height,
        title: "stopping: \(HTML.number(seconds(end - stopping))) s")
  }

  private func rectangle(
    _ style: String, _ start: Duration, _ end: Duration, y: Double, height: Double, title: String
  ) -> String {
    guard end > start else { return "" }
    let x = axis.x(start)
    return "<rect class=\"\(style)\" x=\"\(HTML.number(x))\" y=\"\(HTML.number(y))\" "
      + "width=\"\(HTML.number(max(axis.x(end) - x, 1)))\" height=\"\(HTML.number(height))\">"
      + "<title>\(HTML.escape(title))</title></rect>\n"
  }

  private func tick(_ patch: RunRecord.Patch, y: Double, height: Double) -> String {
    let x = HTML.number(axis.x(patch.time))
    let style = patch.isRefused ? "patch refused" : "patch"
    let outcome = patch.isRefused ? "refused" : "stored"
    return "<line class=\"\(style)\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(HTML.number(y))\" "
      + "y2=\"\(HTML.number(y + height))\"><title>patch of \(patch.bytes) bytes \(outcome)</title>"
      + "</line>\n"
  }

  private func mark(_ style: String, _ time: Duration, y: Double, title: String) -> String {
    "<circle class=\"\(style)\" cx=\"\(HTML.number(axis.x(time)))\" cy=\"\(HTML.number(y))\" "
      + "r=\"\(HTML.number(min(5, rowHeight * 0.25)))\"><title>\(HTML.escape(title))</title></circle>\n"
  }
}
