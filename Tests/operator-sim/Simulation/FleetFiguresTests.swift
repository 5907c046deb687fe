import FilelogJSON
import Testing

@testable import Simulation

/// How a fleet comes back is judged by its requests alone.
@Suite struct FleetFiguresTests {
  /// A hundred seconds of so many writes each, a hundred without a server, then what is given.
  private static func figures(steady: Int, after: [Int]) -> FleetFigures {
    let writes = Array(repeating: steady, count: 100) + Array(repeating: 0, count: 100) + after
    let requests = writes.enumerated().flatMap { second, count in
      (0..<count).map { number in
        FleetRequest(
          time: .seconds(second) + .milliseconds(number), node: 0, kind: .write, status: 200,
          bytes: 10, responseBytes: 20, changed: true)
      }
    }
    return FleetFigures(
      requests, unanswered: 7,
      undisturbed: [.zero ... .seconds(100), .seconds(200) ... .seconds(300)],
      outages: [.seconds(100) ... .seconds(200)], end: .seconds(200 + after.count))
  }

  private static let calm = [30, 180, 399, 200, 200]

  @Test func moreThanTwiceSteadyStateIsThunderingHerd() {
    let spread = Self.figures(steady: 200, after: [400] + Self.calm)
    #expect(spread.isSpread)
    #expect(spread.recoveries.map(\.ratio) == [2])
    let herd = Self.figures(steady: 200, after: [401] + Self.calm)
    #expect(!herd.isSpread)
    #expect(herd.recoveries.map(\.peakWrites) == [401])
  }

  @Test func chanceOfFewNodesIsNoThunderingHerd() {
    // Of five nodes, one writes in a mean second; six in one second happen.
    #expect(Self.figures(steady: 1, after: [6]).isSpread)
    #expect(!Self.figures(steady: 1, after: [7]).isSpread)
    // From twenty on, twice as many are not chance.
    #expect(!Self.figures(steady: 20, after: [41]).isSpread)
  }

  @Test func fleetThatWritesNothingIsSpread() {
    let figures = Self.figures(steady: 0, after: [5])
    #expect(figures.isSpread)
    #expect(figures.recoveries.map(\.limit) == [nil])
    #expect(figures.lines.last == "after 100 s without API server: nothing was written before")
  }

  @Test func linesGiveVerdict() {
    #expect(
      Self.figures(steady: 200, after: Self.calm).lines == [
        "API server: 21,009 writes, 0 reads; 198.2 writes a second undisturbed, at most 399 in one",
        "after 100 s without API server: at most 399 writes in a second, 2 times the 200 before: "
          + "spread (limit 400)",
      ])
    let herd = Self.figures(steady: 200, after: [1000])
    #expect(
      herd.lines.last
        == "after 100 s without API server: at most 1,000 writes in a second, 5 times the 200 "
        + "before: a thundering herd (limit 400)")
    let json = herd.json["recoveries"]?[0]
    #expect(json?["spread"] == false)
    #expect(json?["peakLimit"] == .number(400))
  }

  @Test func reportHeadlineGivesVerdict() {
    var result = HTMLReportTests.result(isGood: false)
    result.fleetFigures = Self.figures(steady: 200, after: [1000])
    let page = HTMLReport.page(result)
    #expect(
      page.contains(
        "<h1 class=\"bad\">Nothing lost, nothing duplicated, and a thundering herd after an outage</h1>"
      )
    )
    #expect(page.contains("<p class=\"bad\">after 100 s without API server: at most 1,000 writes"))
    #expect(page.contains("limit after an outage"))
    result.isGood = true
    result.fleetFigures = Self.figures(steady: 200, after: Self.calm)
    #expect(HTMLReport.page(result).contains("<p class=\"good\">after 100 s without API server:"))
  }
}
