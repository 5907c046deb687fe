internal import ReportPage

extension HTMLReport {
  /// One page for all modes of a comparison: the table first, then what a result's own page shows.
  public static func page(_ comparison: DeliveryComparison) -> String {
    let modes = comparison.modes.map { mode in
      "<hr>\n" + heading(mode.result, prefix: mode.delivery + ": ") + sections(mode.result)
    }
    return page(
      title: comparison.isGood ? "Delivery compared" : "Delivery compared: more lost than allowed",
      body: "<h1 class=\"\(comparison.isGood ? "good" : "bad")\">"
        + (comparison.isGood ? "Nothing lost that should not be" : "More lost than allowed")
        + "</h1>\n<p class=\"muted\">The same outages with each way of delivering records.</p>\n"
        + table(comparison) + modes.joined())
  }

  private static func table(_ comparison: DeliveryComparison) -> String {
    func row(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\(HTML.escape($0))</\(tag)>" }.joined() + "</tr>\n"
    }
    let reasons = comparison.modes.flatMap { mode in
      DeliveryComparison.reasons(mode.result).map { "\(mode.delivery): \($0)" }
    }
    return "<div class=\"scroll\"><table>\n" + row(DeliveryComparison.columns, "th")
      + comparison.rows.map { row($0, "td") }.joined() + "</table></div>\n<ul>\n"
      + reasons.map { "<li>\(HTML.escape($0))</li>\n" }.joined() + "</ul>\n"
  }
}
