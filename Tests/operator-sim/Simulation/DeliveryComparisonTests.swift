import FilelogJSON
import Testing

@testable import Simulation

@Suite struct DeliveryComparisonTests {
  static func comparison(lost: Int = 0) -> DeliveryComparison {
    func result(
      duplicated: Int, lost: Int, because reason: String, isGood: Bool, origins: [DuplicateOrigin]
    ) -> RunResult {
      let node = RunResult.Node(
        name: "node-1", written: 1000, delivered: 1000 - lost, duplicated: duplicated, lost: lost,
        patches: 3, patchBytes: 900, podGenerations: 3)
      var record = RunRecord()
      record.end = .seconds(9)
      record.backendOutages = [.seconds(1)...(.seconds(2)), .seconds(5)...(.seconds(6))]
      return RunResult(
        scenario: "backend-outage", setup: [], nodes: [node], duration: .seconds(9),
        unknownRecords: 0, expectedLoss: ExpectedLoss(lost: 400, duplicated: 60, reason: reason),
        isGood: isGood, duplicateOrigins: origins,
        record: record, notes: [])
    }
    return DeliveryComparison([
      .init(
        delivery: "atLeastOnce",
        result: result(
          duplicated: 60, lost: lost, because: "what was being delivered is read again",
          isGood: lost == 0,
          origins: [
            .init(node: "node-1", collector: 1, cause: .heldUpPoll, records: 40),
            .init(node: "node-1", collector: 2, cause: .notStored, records: 15),
            .init(node: "node-1", collector: 2, cause: .heldUpPoll, records: 5),
          ])),
      .init(
        delivery: "bestEffort",
        result: result(
          duplicated: 0, lost: 261, because: "queues <die>", isGood: true, origins: [])),
    ])
  }

  @Test func tableHoldsBothModesAndTheirReasons() {
    let expected = """
      delivery     outages  pods  written  delivered  duplicated  lost
      ----------------------------------------------------------------
      atLeastOnce        2     3    1,000      1,000          60     0
      bestEffort         2     3    1,000        739           0   261
      atLeastOnce: 60 records came again; delivered first: 45 in a poll that an outage had held up \
      and the stop cut short, 15 before a checkpoint that was not yet stored
      atLeastOnce: expected: at most 400 lost, 60 duplicated: what was being delivered is read again
      bestEffort: 261 records were lost
      bestEffort: expected: at most 400 lost, 60 duplicated: queues <die>

      """
    #expect(Self.comparison().text == expected)
    #expect(Self.comparison().isGood)
  }

  @Test func lossAtLeastOnceIsNotGood() {
    let comparison = Self.comparison(lost: 1)
    #expect(!comparison.isGood)
    #expect(
      comparison.text.contains(
        """
        atLeastOnce: 1 record was lost
        atLeastOnce: expected: at most 400 lost, 60 duplicated: what was being delivered is read again
        atLeastOnce: this is more than backend-outage explains

        """))
  }

  @Test func jsonHoldsCausesOfEachMode() throws {
    let json = Self.comparison().json
    #expect(json["good"] == true)
    let modes = try #require(json["deliveries"]?.array)
    #expect(modes.map { $0["delivery"] } == ["atLeastOnce", "bestEffort"])
    #expect(
      modes[0]["duplicates"]?.array?.first == [
        "node": "node-1", "collector": 1, "cause": "heldUpPoll", "records": 40,
      ])
    #expect(modes[1]["total"]?["lost"] == 261)
    #expect(modes[1]["backendOutages"] == 2)
  }

  @Test func pageHoldsTableAndBothResults() {
    let page = HTMLReport.page(Self.comparison())
    #expect(page.contains("<h1 class=\"good\">Nothing lost that should not be</h1>"))
    #expect(page.contains("<td>atLeastOnce</td><td>2</td><td>3</td><td>1,000</td>"))
    #expect(
      page.contains(
        "<li>bestEffort: expected: at most 400 lost, 60 duplicated: queues &lt;die&gt;</li>"))
    #expect(page.contains("bestEffort: 261 lost, 0 duplicated, as the scenario explains</h1>"))
    #expect(page.contains("<title>no log backend for 1 s</title>"))
    #expect(!page.contains("<die>"))
    #expect(HTMLReport.page(Self.comparison(lost: 3)).contains(">More lost than allowed</h1>"))
  }
}
