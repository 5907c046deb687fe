import ReportPage
import Testing

@Suite struct HTMLTests {
  @Test func noTextBecomesMarkup() {
    let marks = (0x80...0x1ffff).compactMap { Unicode.Scalar($0) }.filter {
      switch $0.properties.generalCategory {
      case .nonspacingMark, .spacingMark, .enclosingMark, .format: true
      default: false
      }
    }
    for mark in marks {
      for sign in ["<b>", "\"x", "'x", "&lt;"] {
        let escaped = HTML.escape("a\(mark)\(sign)\(mark)")
        let bytes = Array(escaped.utf8)
        #expect(!bytes.contains { [0x3c, 0x3e, 0x22, 0x27].contains($0) })
        #expect(bytes.count { $0 == UInt8(ascii: "&") } == (sign == "<b>" ? 2 : 1))
      }
    }
  }

  @Test func pagesTellBrowsersToLoadNothing() {
    let page = ReportPage.page(title: "</title><script>", body: "")
    #expect(page.contains("<title>&lt;/title&gt;&lt;script&gt;</title>"))
    #expect(
      page.contains(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "))
  }
}
