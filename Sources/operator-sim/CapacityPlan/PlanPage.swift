internal import FilelogContract
internal import ReportPage

/// A plan as one page that stands for itself: no script, nothing from elsewhere, light and dark.
public enum PlanPage {
  /// The page's whole HTML.
  public static func page(_ plan: CapacityPlan) -> String {
    let title = PlanText.conclusion(plan)[0]
    return ReportPage.page(
      title: "operator-sim plan: \(title)",
      body: """
        <h1 class="\(plan.advice == nil ? "bad" : "good")">\(HTML.escape(title))</h1>
        <p class="muted">\(HTML.escape(subtitle(plan.workload)))</p>
        \(paragraphs(plan))\(table(plan))\(charts(plan))\
        <h2>The model</h2>
        \(model(plan))
        """)
  }

  private static func subtitle(_ workload: Workload) -> String {
    "\(workload.nodes) nodes, \(Figure.number(workload.podsPerNode)) pods a node, "
      + "\(Figure.number(workload.filesPerNode)) log files a node, "
      + "\(Figure.bytes(workload.logBytesPerSecond))/s of logs a node, "
      + "a scan every \(Figure.number(workload.interval)) s"
  }

  private static func paragraphs(_ plan: CapacityPlan) -> String {
    PlanText.conclusion(plan).dropFirst().map { "<p>\(HTML.escape($0))</p>\n" }.joined()
  }

  private static func table(_ plan: CapacityPlan) -> String {
    var html = "<div class=\"scroll\"><table>\n<tr><th></th>"
    html += plan.predictions.map { "<th>\($0.layout.rawValue)</th>" }.joined() + "</tr>\n"
    for row in PlanText.rows(plan) {
      html += "<tr><td>\(HTML.escape(row.title))</td>"
      html += row.values.map { "<td>\(HTML.escape($0))</td>" }.joined() + "</tr>\n"
    }
    return html + "</table></div>\n"
  }

  private static func model(_ plan: CapacityPlan) -> String {
    PlanText.errors(plan).split(separator: "\n").map { "<p>\(HTML.escape(String($0)))</p>\n" }
      .joined()
  }

  // MARK: Curves

  /// 1, 2, 3, 5, 7, 10, … up to the most nodes.
  private static let sizes: [Int] = {
    var sizes: [Int] = []
    var decade = 1
    while decade <= CapacityPlan.mostNodes {
      sizes += [10, 12, 15, 20, 25, 30, 40, 50, 60, 80].map { $0 * decade / 10 }
      decade *= 10
    }
    return Set(sizes + [CapacityPlan.mostNodes]).filter { $0 <= CapacityPlan.mostNodes }.sorted()
  }()

  private struct Curve {
    let title: String
    let explanation: String
    var limit: (value: Double, name: String)?
    let text: (Double) -> String
    let value: (Prediction) -> Double
  }

  private static var curves: [Curve] {
    [
      Curve(
        title: "Share of a map", explanation: "What the fullest map, or a node's maps, hold.",
        limit: (1, "1 MiB"), text: Figure.percent, value: \.shareOfMap),
      Curve(
        title: "Load", explanation: "The share of its time that the API server writes offsets.",
        limit: (Prediction.mostUtilization, "half of its time"), text: Figure.percent,
        value: \.utilization),
      Curve(
        title: "Writes", explanation: "Changes of config maps a second.", text: Figure.number,
        value: \.writesPerSecond),
      Curve(
        title: "Into etcd", explanation: "Bytes a second.", text: Figure.bytes,
        value: \.etcdBytesPerSecond),
      Curve(
        title: "To clients", explanation: "Bytes a second of responses.", text: Figure.bytes,
        value: \.clientBytesPerSecond),
      Curve(
        title: "To watchers", explanation: "Bytes a second to all of them.", text: Figure.bytes,
        value: \.watcherBytesPerSecond),
    ]
  }

  private static func charts(_ plan: CapacityPlan) -> String {
    let model = CapacityModel()
    let predictions = sizes.map { nodes -> (nodes: Int, shared: Prediction, perNode: Prediction) in
      var workload = plan.workload
      workload.nodes = nodes
      return (
        nodes, Prediction(workload, .shared, by: model), Prediction(workload, .perNode, by: model)
      )
    }
    let legend =
      "<ul class=\"legend\">\n<li><i style=\"background:var(--running)\"></i>shared</li>\n"
      + "<li><i style=\"background:var(--patch)\"></i>perNode</li>\n"
      + "<li>dotted: the \(plan.workload.nodes) nodes that were asked about</li>\n</ul>\n"
    return curves.map { curve in
      let chart = LogChart(
        label: "\(curve.title) by nodes",
        series: [
          ("curve", predictions.map { (Double($0.nodes), curve.value($0.shared)) }),
          ("curve other", predictions.map { (Double($0.nodes), curve.value($0.perNode)) }),
        ], limit: curve.limit, here: Double(plan.workload.nodes), text: curve.text)
      return
        "<h2>\(curve.title)</h2>\n<p class=\"muted\">\(curve.explanation) By the number of nodes.</p>\n\(legend)"
        + "<div class=\"scroll\">\(chart.svg())</div>\n"
    }.joined()
  }
}
