/// A report as one page that stands for itself: no script, nothing from elsewhere, light and dark.
public enum ReportPage {
  /// What a browser is told to refuse, should text ever become markup: everything but the page's own
  /// style.
  static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

  /// The page's whole HTML.
  /// - Parameters:
  ///   - title: as plain text.
  ///   - body: as HTML.
  public static func page(title: String, body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="\(policy)">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(HTML.escape(title))</title>
    <style>
    \(ReportStyle.css)</style>
    </head>
    <body>
    \(body)</body>
    </html>

    """
  }
}
