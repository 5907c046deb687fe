internal import FilelogContract
internal import FilelogText
internal import ReportPage

/// A result as one page that stands for itself: no script, nothing from elsewhere, light and dark.
public enum HTMLReport {
  /// The page's whole HTML.
  public static func page(_ result: RunResult) -> String {
    page(title: verdict(result), body: heading(result) + sections(result))
  }

  /// A page around some content.
  static func page(title: String, body: String) -> String {
    ReportPage.page(title: "operator-sim run: \(title)", body: body)
  }

  /// The verdict, and what it is about.
  static func heading(_ result: RunResult, prefix: String = "") -> String {
    "<h1 class=\"\(verdictStyle(result))\">\(HTML.escape(prefix + verdict(result)))</h1>\n"
      + "<p class=\"muted\">\(HTML.escape(subtitle(result)))</p>\n"
  }

  /// Everything below the verdict.
  static func sections(_ result: RunResult) -> String {
    figures(result) + FleetSection.html(result) + timeline(result) + charts(result)
      + table(result) + notes(result) + settings(result)
  }

  private static func verdict(_ result: RunResult) -> String {
    let total = result.total
    if result.isInterrupted {
      return "Interrupted: \(result.missing), \(total.duplicated.grouped) duplicated"
    }
    guard total.missing + total.duplicated > 0 else {
      return "Nothing lost, nothing duplicated"
        + (result.fleetFigures?.isSpread == false ? ", and a thundering herd after an outage" : "")
    }
    let counts =
      "\(total.missing.grouped) lost, \(total.duplicated.grouped) duplicated"
    return result.isGood ? counts + ", as the scenario explains" : counts
  }

  private static func verdictStyle(_ result: RunResult) -> String {
    guard result.isGood else { return result.isInterrupted ? "allowed" : "bad" }
    return result.total.missing + result.total.duplicated > 0 ? "allowed" : "good"
  }

  private static func subtitle(_ result: RunResult) -> String {
    let nodes = result.nodes.count == 1 ? "1 node" : "\(result.nodes.count) nodes"
    let text =
      "\(result.scenario): \(nodes), \(result.total.podGenerations) pods, "
      + "\(Int(seconds(result.duration).rounded())) s"
    return result.expectedLossText.map { text + ". Expected here: " + $0 + "." } ?? text
  }

  private static func figures(_ result: RunResult) -> String {
    let total = result.total
    func item(_ name: String, _ value: Int?, isBad: Bool = false) -> String {
      let text = value.map(\.grouped) ?? "–"
      return "<li><strong\(isBad ? " class=\"bad\"" : "")>\(text)</strong>\(name)</li>\n"
    }
    return "<ul class=\"figures\">\n" + item("written", total.written)
      + item("delivered", total.delivered)
      + item("duplicated", total.duplicated, isBad: total.duplicated > 0)
      + item(
        ResultTable.lostColumn(result), total.missing,
        isBad: !result.isInterrupted && total.missing > 0) + item("patches", total.patches)
      + item("bytes patched", total.patchBytes) + "</ul>\n"
  }

  private static func timeline(_ result: RunResult) -> String {
    let record = result.record
    var legend = [
      ("background:var(--starting)", "pod starting"), ("background:var(--running)", "running"),
      ("background:var(--stopping)", "stopping"), ("background:var(--patch)", "snapshot stored"),
    ]
    if record.patches.contains(where: \.isRefused) {
      legend.append(("background:var(--warn)", "snapshot refused"))
    }
    if !record.outages.isEmpty { legend.append(("background:var(--outage)", "no API server")) }
    if !record.backendOutages.isEmpty {
      legend.append(("background:var(--backend-outage)", "no log backend"))
    }
    if !record.crashes.isEmpty {
      legend.append(("background:var(--warn);border-radius:50%;width:.7rem", "crash"))
    }
    if record.faults.contains(where: { $0.kind == .duplicated }) {
      legend.append(
        ("border:2px solid var(--bad);border-radius:50%;width:.7rem", "records arrived again"))
    }
    if record.faults.contains(where: { $0.kind == .lost }) {
      legend.append(
        ("background:var(--bad);border-radius:50%;width:.7rem", "lost records were written"))
    }
    let items = legend.map { "<li><i style=\"\($0)\"></i>\($1)</li>" }.joined(separator: "\n")
    let groups =
      record.nodes.count > TimelineRow.mostNodes
      ? "<p class=\"muted\">Nodes to which the same happened share a row, the worst first.</p>\n"
      : ""
    return "<h2>Pods</h2>\n\(groups)<ul class=\"legend\">\n\(items)\n</ul>\n<div class=\"scroll\">"
      + PodTimeline(record: record, axis: TimeAxis(record.end)).svg() + "</div>\n"
  }

  private static func charts(_ result: RunResult) -> String {
    let record = result.record
    let axis = TimeAxis(record.end)
    let inFlight = LineChart(
      label: "records in flight",
      points: record.samples.map {
        .init(time: $0.time, value: Double(max(0, $0.count.written - $0.count.delivered)))
      }, axis: axis)
    var html =
      "<h2>Records in flight</h2>\n<p class=\"muted\">Written and not yet delivered.</p>\n"
      + "<div class=\"scroll\">" + inFlight.svg() + "</div>\n"
    if record.mapSizes.contains(where: { $0.bytes > 0 }) {
      let size = LineChart(
        label: "bytes in the offsets map",
        points: record.mapSizes.map { .init(time: $0.time, value: Double($0.bytes)) },
        limit: limit(record), axis: axis)
      html +=
        "<h2>Offsets map</h2>\n<p class=\"muted\">Bytes of all snapshots in the shared map: "
        + "\(fullness(record)).</p>\n<div class=\"scroll\">" + size.svg() + "</div>\n"
    }
    return html
  }

  private static func fullness(_ record: RunRecord) -> String {
    let largest = record.mapSizes.map(\.bytes).max() ?? 0
    let share = HTML.number(Double(largest) * 100 / Double(Contract.configMapLimit))
    return "at most \(largest.grouped), \(share) % of the "
      + "\(Contract.configMapLimit.grouped) that it holds"
  }

  /// The limit is drawn once the map comes near it; before, it would flatten everything else.
  private static func limit(_ record: RunRecord) -> (value: Double, name: String)? {
    let largest = record.mapSizes.map(\.bytes).max() ?? 0
    return largest * 5 > Contract.configMapLimit
      ? (Double(Contract.configMapLimit), "limit of a config map") : nil
  }

  private static func table(_ result: RunResult) -> String {
    func row(_ node: RunResult.Node, style: String = "") -> String {
      let cells = [
        HTML.escape(node.name), String(node.podGenerations), node.written.grouped,
        node.delivered.grouped, node.duplicated.grouped,
        node.missing.grouped, node.patches.map(\.grouped) ?? "–",
        node.patchBytes.map(\.grouped) ?? "–",
      ]
      return "<tr\(style)>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>\n"
    }
    let header = [
      "node", "pods", "written", "delivered", "duplicated", ResultTable.lostColumn(result),
      "patches", "bytes",
    ]
    let limit =
      result.nodes.count > TimelineRow.mostNodes
      ? "<p class=\"muted\">The worst \(ResultTable.mostNodes) of \(result.nodes.count); the table of "
        + "the command and its JSON have all.</p>\n" : ""
    var html = "<h2>Nodes</h2>\n\(limit)<div class=\"scroll\"><table>\n<tr>"
    html += header.map { "<th>\($0)</th>" }.joined() + "</tr>\n"
    let nodes =
      result.nodes.count > TimelineRow.mostNodes
      ? ResultTable.worst(result.nodes, ResultTable.mostNodes) : result.nodes
    for node in nodes { html += row(node) }
    if result.nodes.count > 1 { html += row(result.total, style: " class=\"total\"") }
    return html + "</table></div>\n"
  }

  private static func notes(_ result: RunResult) -> String {
    let notes = result.notes + [result.mapRefusals?.text].compactMap(\.self)
    guard !notes.isEmpty else { return "" }
    let items = notes.map { "<li>\(HTML.escape($0))</li>" }.joined(separator: "\n")
    return "<h2>What happened</h2>\n<ul>\n\(items)\n</ul>\n"
  }

  private static func settings(_ result: RunResult) -> String {
    let parameters = result.record.parameters.map { name, value in
      "<dt>\(HTML.escape(name))</dt><dd>\(HTML.escape(value))</dd>"
    }
    let setup = result.setup.map { "<li>\(HTML.escape($0))</li>" }
    return "<h2>Settings</h2>\n<dl>\n" + parameters.joined(separator: "\n") + "\n</dl>\n<ul>\n"
      + setup.joined(separator: "\n") + "\n</ul>\n"
  }
}
