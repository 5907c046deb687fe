import FilelogJSON
import FilelogText
import HTTPServer
import Testing

@testable import EmulatedAPIServer

/// Query parameters, and methods and headers that make no sense.
@Suite struct QueryTests {
  private static let options = #"ListOptions.meta.k8s.io "" is invalid: "#
  private static let needsWatch =
    "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden "

  private static func row(
    _ query: String, _ status: Int, _ message: String? = nil, method: String = "GET"
  ) -> Row {
    Row(
      name: query, method: method, target: Maps.all + "?" + query, type: nil, status: status,
      message: message)
  }

  static let rows: [Row] = [
    row("limit=x", 400, #"strconv.ParseInt: parsing "x": invalid syntax"#),
    row("limit=", 400, #"strconv.ParseInt: parsing "": invalid syntax"#),
    row(
      "limit=99999999999999999999", 400,
      #"strconv.ParseInt: parsing "99999999999999999999": value out of range"#),
    row("timeoutSeconds=1s", 400, #"strconv.ParseInt: parsing "1s": invalid syntax"#),
    row("watch=true&timeoutSeconds=x", 400, #"strconv.ParseInt: parsing "x": invalid syntax"#),
    row("limit=x", 400, #"strconv.ParseInt: parsing "x": invalid syntax"#, method: "DELETE"),
    row(
      "sendInitialEvents=true", 422,
      options + "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"),
    row(
      "resourceVersionMatch=NotOlderThan", 422,
      options + needsWatch + "unless resourceVersion is provided"),
    row(
      "resourceVersionMatch=Foo&resourceVersion=1", 422,
      options + "resourceVersionMatch: Unsupported value: \"Foo\": supported values: \"Exact\", "
        + "\"NotOlderThan\", \"\""),
    row(
      "continue=abc&resourceVersion=1&resourceVersionMatch=Exact", 422,
      options + needsWatch + "when continue is provided"),
    row(
      "continue=abc&resourceVersion=1", 400,
      "invalid continue token: continue key is not valid: invalid character 'i' looking for "
        + "beginning of value"),
    row(
      "watch=1&sendInitialEvents=1", 422,
      options + "resourceVersionMatch: Forbidden: sendInitialEvents requires setting "
        + "resourceVersionMatch to NotOlderThan"),
  ]

  @Test(arguments: rows) func aQueryThatMakesNoSense(_ row: Row) throws {
    row.check(try TestCluster.withMap())
  }

  @Test(
    .emulatorOnly("a watch is told from a list within the server"),
    arguments: [
      ("watch", true), ("watch=", true), ("watch=True", true), ("watch=yes", true),
      ("watch=0", false), ("watch=False", false), ("", false),
    ])
  func anythingButAClearNoIsAWatch(_ query: String, _ isWatch: Bool) throws {
    let server = try #require(TestCluster().emulator)
    let admin = server.issueToken(user: "admin", groups: ["system:masters"])
    let request = HTTPServerRequest(
      method: "GET", target: Maps.all + "?" + query,
      headers: HTTPHeaders([("Authorization", "Bearer \(admin)")]), body: [])
    let body = server.handler.outcome(request).response.body
    var isStream = false
    if case .stream = body { isStream = true }
    #expect(isStream == isWatch)
  }

  @Test(arguments: ["PUT", "PATCH"], [nil, "application/json", MediaTypes.mergePatch])
  func aCollectionIsNotWrittenAtOnce(_ method: String, _ type: String?) throws {
    let reply = try TestCluster().send(method, Maps.all, Array("{}".utf8), type: type)
    #expect(reply.status == 405)
    #expect(
      reply.message == "the server does not allow this method on the requested resource")
  }

  @Test(arguments: [
    ("/livez", 200), ("/livez/ping", 200), ("/livez/foo", 404), ("/readyz/a/b", 404),
  ])
  func healthIsAWholeOrAKnownCheck(_ path: String, _ status: Int) throws {
    #expect(try TestCluster().get(path).status == status)
  }

  @Test(
    .emulatorOnly("a real server refuses in plain text"),
    arguments: ["Impersonate-Group", "Impersonate-Uid", "Impersonate-Extra-Scopes"])
  func impersonationWithoutUserIsRefused(_ header: String) throws {
    let reply = try TestCluster.withMap().send("GET", Maps.path("m"), headers: [(header, "x")])
    #expect(reply.status == 500)
  }

  @Test(.emulatorOnly("tokens of users come from outside a real server"))
  func actingAsAServiceAccountIsAPermissionOfItsNamespace() throws {
    let cluster = try TestCluster()
    let token = try #require(cluster.emulator).issueToken(user: "u")
    let reply = cluster.send(
      "GET", Maps.path("m"), token: token,
      headers: [("Impersonate-User", "system:serviceaccount:default:a")])
    #expect(
      reply.message == """
        serviceaccounts "a" is forbidden: User "u" cannot impersonate resource "serviceaccounts" in \
        API group "" in the namespace "default"
        """)
    let extra = cluster.send(
      "GET", "/version",
      headers: [("Impersonate-User", "u"), ("Impersonate-Extra-Scopes", "s")])
    #expect(extra.status == 200)
  }

  @Test(.emulatorOnly("the issuer of a real server is its own"))
  func aTokenForAnotherAudienceProvesNothing() throws {
    let cluster = try TestCluster()
    func token(_ audiences: JSONValue) -> String {
      cluster.post(
        "/api/v1/namespaces/default/serviceaccounts/default/token",
        ["spec": ["audiences": audiences]]
      ).json["status"]?["token"]?.string ?? ""
    }
    let server: JSONValue = .string(TokenAuthority.issuer)
    #expect(cluster.get("/version", token: token(["foo"])).reason == "Unauthorized")
    #expect(cluster.get("/version", token: token(["foo", server])).status == 200)
    #expect(cluster.get("/version", token: token([])).status == 200)
  }
}
