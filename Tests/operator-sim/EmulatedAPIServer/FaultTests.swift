import FilelogHTTPClient
import FilelogJSON
import HTTPServer
import TestSupport
import Testing

@testable import EmulatedAPIServer

@Suite struct FaultTextTests {
  @Test func aFaultIsALineOfWords() throws {
    let fault = try Fault(
      parsing: "verb=patch resource=configmaps name=rel-* user=*coll status=503 retry-after=2 "
        + "times=3 after=1s for=2m latency=250ms rate=0.5 committed")
    var expected = Fault()
    expected.requests.verb = "patch"
    expected.requests.resource = "configmaps"
    expected.requests.name = "rel-*"
    expected.requests.user = "*coll"
    expected.effect = .status(503, retryAfter: 2)
    expected.latency = .milliseconds(250)
    expected.isCommitted = true
    expected.delay = .seconds(1)
    expected.duration = .seconds(120)
    expected.times = 3
    expected.rate = 0.5
    #expect(fault == expected)
  }

  static let mistakes: [(String, String)] = [
    (
      "",
      "fault has no effect; add one of latency=, status=, expired-token, reset, cut=, "
        + "watch-cut=, outage"
    ),
    (
      "verb=get",
      "fault has no effect; add one of latency=, status=, expired-token, reset, "
        + "cut=, watch-cut=, outage"
    ),
    ("reset status=500", "only one thing can go wrong at a time"),
    ("explode", "\"explode\": unknown word in a fault"),
    ("color=red", "\"color=\": unknown word in a fault"),
    ("status=200", "status=: expected a number from 400 to 599, found \"200\""),
    ("latency=fast", "latency=: expected a time like 500ms, 5s or 2m, found \"fast\""),
    ("reset rate=2", "rate=: expected a number above 0 and up to 1, found \"2\""),
    ("reset retry-after=2", "retry-after=: needs status="),
    ("outage", "outage: needs for=, as no request could end it"),
  ]

  @Test(arguments: mistakes) func aMistakeIsExplained(_ text: String, _ problem: String) {
    let error = #expect(throws: FaultTextError.self) { try Fault(parsing: text) }
    #expect(error?.description == problem)
  }

  @Test(arguments: [
    ("*", "", true), ("a*", "abc", true), ("*c", "abc", true), ("a*c", "abc", true),
    ("a*c", "ab", false), ("abc", "abc", true), ("abc", "abcd", false), ("", "", true),
    ("", "a", false), ("*a*", "banana", true),
  ])
  func aStarStandsForAnyText(_ pattern: String, _ text: String, _ isMatch: Bool) {
    var requests = Fault.Requests()
    requests.name = pattern
    let subject = FaultSubject(
      verb: "", resource: "", namespace: "", name: text, user: "", node: "", path: "")
    #expect(requests.match(subject) == isMatch)
  }
}

@Suite struct FaultPlanTests {
  private let subject = FaultSubject(
    verb: "get", resource: "configmaps", namespace: "default", name: "m", user: "admin", node: "",
    path: "/")
  private let start = ContinuousClock.now

  private func hits(_ text: String, at seconds: [Double]) throws -> [Bool] {
    let plan = FaultPlan()
    _ = plan.add(try Fault(parsing: text), now: start)
    return seconds.map { plan.due(subject, now: start + .seconds($0)) != nil }
  }

  @Test func aFaultEndsAfterItsTimes() throws {
    #expect(try hits("reset times=2", at: [0, 0, 0]) == [true, true, false])
  }

  @Test func aFaultHasItsHours() throws {
    #expect(
      try hits("reset after=2s for=3s", at: [0, 1.9, 2, 4.9, 5, 6])
        == [false, false, true, true, false, false])
  }

  @Test func aRateIsSpreadEvenly() throws {
    let found = try hits("reset rate=0.25", at: Array(repeating: 0, count: 12))
    #expect(found.count { $0 } == 3)
    #expect(found[3] && found[7] && found[11])
  }

  @Test func onlyMatchingRequestsAreMet() throws {
    #expect(try hits("reset verb=patch", at: [0]) == [false])
    #expect(try hits("reset verb=get name=m namespace=default", at: [0]) == [true])
  }

  @Test func outagesBeginAndEnd() throws {
    let plan = FaultPlan()
    _ = plan.add(try Fault(parsing: "outage after=1s for=2s"), now: start)
    func outage(_ seconds: Double) -> Bool { plan.outage(start + .seconds(seconds)).isOut }
    #expect([0.5, 1, 2.9, 3].map(outage) == [false, true, true, false])
    #expect(plan.outage(start).until == start + .seconds(1))
    #expect(plan.outage(start + .seconds(1)).until == start + .seconds(3))
  }
}

/// Faults as clients meet them.
@Suite(.waits, .timeLimit(.minutes(1))) struct FaultEffectTests {
  private func started(
    isTLS: Bool = true
  ) throws -> (server: EmulatedAPIServer, endpoint: EmulatedAPIEndpoint, client: APIClient) {
    var options = EmulatedAPIOptions()
    options.isTLS = isTLS
    let server = try EmulatedAPIServer(options)
    let endpoint = try server.start()
    let client = try APIClient(endpoint)
    _ = try client.send("POST", Maps.all, Maps.object("m"))
    return (server, endpoint, client)
  }

  @Test(arguments: [
    (500, "InternalError"), (503, "ServiceUnavailable"), (504, "Timeout"), (401, "Unauthorized"),
  ])
  func aStatusIsAnsweredAsARealServerWould(_ status: Int, _ reason: String) throws {
    let (server, _, client) = try started()
    defer { server.stop() }
    server.addFault(try Fault(parsing: "status=\(status) times=1"))
    let reply = try client.send("GET", Maps.path("m"))
    #expect(reply.status == status)
    #expect(reply.json["reason"] == .some(.string(reason)))
    #expect(try client.send("GET", Maps.path("m")).status == 200)
  }

  @Test func anExpiredTokenIsUnauthorized() throws {
    let (server, _, client) = try started()
    defer { server.stop() }
    let id = server.addFault(try Fault(parsing: "user=admin expired-token"))
    #expect(try client.send("GET", Maps.path("m")).status == 401)
    server.removeFault(id)
    #expect(try client.send("GET", Maps.path("m")).status == 200)
  }

  @Test(arguments: ["reset", "cut=20"])
  func aBrokenAnswerIsALostConnection(_ effect: String) throws {
    let (server, endpoint, client) = try started()
    defer { server.stop() }
    server.addFault(try Fault(parsing: "\(effect) times=1"))
    // On a connection of its own: one that was used before would be tried again.
    let fresh = try APIClient(endpoint)
    let failure = #expect(throws: HTTPFailure.self) { try fresh.send("GET", Maps.path("m")) }
    #expect(failure?.code == .connectionLost)
    #expect(try client.send("GET", Maps.path("m")).status == 200)
  }

  @Test func aCommittedFailureWasCarriedOut() throws {
    let (server, _, client) = try started()
    defer { server.stop() }
    server.addFault(try Fault(parsing: "verb=patch status=504 committed times=1"))
    let patch: JSONValue = ["data": ["a": "1"]]
    let reply = try client.send("PATCH", Maps.path("m"), patch, type: MediaTypes.mergePatch)
    #expect(reply.status == 504)
    #expect(try client.send("GET", Maps.path("m")).json["data"] == .some(["a": "1"]))
  }

  @Test func latencyIsWaitedForAndEndsWhenTheServerStops() throws {
    let (server, _, client) = try started()
    server.addFault(try Fault(parsing: "latency=50ms times=1"))
    let start = ContinuousClock.now
    #expect(try client.send("GET", Maps.path("m")).status == 200)
    #expect(ContinuousClock.now - start >= .milliseconds(50))
    server.stop()
  }

  @Test func anOutageRefusesConnectionsAndEnds() throws {
    let (server, _, client) = try started()
    defer { server.stop() }
    server.addFault(try Fault(parsing: "outage for=300ms"))
    var failures: Set<HTTPFailure.Code> = []
    let deadline = ContinuousClock.now + .seconds(20)
    var isBack = false
    while ContinuousClock.now < deadline, !isBack {
      do throws(HTTPFailure) {
        isBack = try client.send("GET", Maps.path("m")).status == 200 && !failures.isEmpty
      } catch {
        failures.insert(error.code)
      }
    }
    #expect(isBack)
    #expect(failures.contains(.connectionRefused))
  }

  @Test func aWatchIsCutAfterItsTime() throws {
    let (server, endpoint, _) = try started(isTLS: false)
    defer { server.stop() }
    server.addFault(try Fault(parsing: "verb=watch watch-cut=50ms"))
    let watch = try StreamClient(endpoint)
    try watch.get(Maps.all + "?watch=true")
    #expect(try watch.event()["type"] == .some("ADDED"))
    // Without the last chunk: the client can tell that it was cut.
    #expect(throws: RawClient.Failure.self) { try watch.event() }
  }

  @Test func everyWatchCanBeCutAtOnce() throws {
    let (server, endpoint, client) = try started(isTLS: false)
    defer { server.stop() }
    let watches = try (0..<3).map { _ in try StreamClient(endpoint) }
    for watch in watches {
      try watch.get(Maps.all + "?watch=true")
      _ = try watch.event()
    }
    #expect(try client.send("POST", "/operator-sim/watches/cut").status == 200)
    for watch in watches {
      #expect(throws: RawClient.Failure.self) { try watch.event() }
    }
  }

  @Test func faultsAreSetListedAndTakenBackWhileTheServerRuns() throws {
    let (server, endpoint, client) = try started()
    defer { server.stop() }
    let path = "/operator-sim/faults"
    let set = try client.send("POST", path, text: "resource=configmaps status=503\n")
    #expect(set.status == 201)
    #expect(set.json["id"] == .some(1))
    #expect(try client.send("GET", Maps.path("m")).status == 503)
    let list = try client.send("GET", path)
    #expect(list.json["faults"]?[0]?["hits"] == .some(1))
    #expect(list.json["faults"]?[0]?["fault"] == .some("resource=configmaps status=503"))
    #expect(try client.send("DELETE", path + "/2").status == 404)
    #expect(try client.send("DELETE", path + "/1").status == 200)
    #expect(try client.send("GET", Maps.path("m")).status == 200)
    let wrong = try client.send("POST", path, text: "explode")
    #expect(wrong.status == 400)
    #expect(wrong.json["message"] == .some("\"explode\": unknown word in a fault"))
    let stranger = try APIClient(endpoint, token: server.issueToken(user: "joe"))
    #expect(try stranger.send("POST", path, text: "reset").status == 403)
  }
}
