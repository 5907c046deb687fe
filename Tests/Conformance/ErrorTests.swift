import FilelogJSON
import FilelogText
import HTTPServer
import TestSupport
import Testing

@testable import EmulatedAPIServer

/// Refusals, word for word.
@Suite struct ErrorTests {
  static let rows: [Row] = [
    Row(
      name: "broken JSON", body: Array("{\"data\":".utf8), status: 400, reason: "BadRequest",
      message: "error decoding patch: unexpected end of JSON input"),
    Row(
      name: "a key without quotes", body: Array("{a:1}".utf8), status: 400, reason: "BadRequest",
      message:
        "error decoding patch: invalid character 'a' looking for beginning of object key string"),
    Row(
      name: "a patch that is a list", body: Array("[1]".utf8), status: 400, reason: "BadRequest",
      message:
        "error decoding patch: json: cannot unmarshal array into Go value of type "
        + "map[string]interface {}"),
    Row(
      name: "a patch of nothing", body: Array("null".utf8), status: 400,
      message: "Invalid JSON Patch"),
    Row(
      name: "a missing map", method: "GET", target: Maps.path("none"), status: 404,
      reason: "NotFound", message: "configmaps \"none\" not found"),
    Row(
      name: "patching a missing map", target: Maps.path("none"), body: Array("{}".utf8),
      status: 404, reason: "NotFound", message: "configmaps \"none\" not found"),
    Row(
      name: "a map in a missing namespace", method: "GET",
      target: "/api/v1/namespaces/none/configmaps/m", status: 404,
      message: "configmaps \"m\" not found"),
    Row(
      name: "creating in a missing namespace", method: "POST",
      target: "/api/v1/namespaces/none/configmaps", type: "application/json",
      body: Array(#"{"metadata":{"name":"m"}}"#.utf8), status: 404, reason: "NotFound",
      message: "namespaces \"none\" not found"),
    Row(
      name: "creating what is there", method: "POST", target: Maps.all, type: "application/json",
      body: Array(#"{"metadata":{"name":"m"}}"#.utf8), status: 409, reason: "AlreadyExists",
      message: "configmaps \"m\" already exists"),
    Row(
      name: "creating without a name", method: "POST", target: Maps.all, type: "application/json",
      body: Array("{}".utf8), status: 422, reason: "Invalid",
      message:
        "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required"
    ),
    Row(
      name: "creating with a version", method: "POST", target: Maps.all, type: "application/json",
      body: Array(#"{"metadata":{"name":"n","resourceVersion":"5"}}"#.utf8), status: 500,
      message: "resourceVersion should not be set on objects to be created"),
    Row(
      name: "another namespace", method: "POST", target: Maps.all, type: "application/json",
      body: Array(#"{"metadata":{"name":"n","namespace":"other"}}"#.utf8), status: 400,
      reason: "BadRequest",
      message:
        "the namespace of the provided object does not match the namespace sent on the request"),
    Row(
      name: "a body that is not JSON", method: "POST", target: Maps.all, type: "application/json",
      body: Array("hello".utf8), status: 400, reason: "BadRequest",
      message:
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get "
        + "version/kind; json parse error: invalid character 'h' looking for beginning of value "
        + "(68656c6c6f)"),
    Row(
      name: "an unknown media type", method: "POST", target: Maps.all, type: "text/plain",
      body: Array("hello".utf8), status: 415, reason: "UnsupportedMediaType"),
    Row(
      name: "a field selector that is not known", method: "GET",
      target: Maps.all + "?fieldSelector=data.x=1", status: 400, reason: "BadRequest",
      message:
        #""data.x" is not a known field selector: only "metadata.name", "metadata.namespace""#),
    Row(
      name: "a dry run of what", body: Array("{}".utf8), status: 200),
    Row(
      name: "an unknown path", method: "GET", target: "/nonsense", status: 404),
    Row(
      name: "an unknown resource", method: "GET", target: "/api/v1/namespaces/default/foos",
      status: 404, reason: "NotFound", message: "the server could not find the requested resource"),
  ]

  @Test(
    .holds(.brokenJSON, .missingMap, .missingNamespace, .badContentType, .existingMap),
    arguments: rows)
  func aRefusal(_ row: Row) throws { row.check(try TestCluster.withMap()) }

  @Test(.holds(.expiredList)) func anExactListThatIsTooOldIsRefused() throws {
    let cluster = try TestCluster.withMap()
    let old = Maps.all + "?resourceVersion=1&resourceVersionMatch=Exact"
    cluster.emulator?.compactHistory()
    if cluster.emulator == nil, cluster.get(old).status == 200 {
      try Test.cancel("not applicable: a real server forgets nothing in its first five minutes")
    }
    Row(
      name: "an exact list that is too old", method: "GET", target: old, status: 410,
      reason: "Expired", message: "The resourceVersion for the provided list is too old."
    ).check(cluster)
  }

  @Test(.emulatorOnly("the client waits for the body of a HEAD"))
  func headIsNotAllowed() throws {
    let reply = try TestCluster.withMap().send("HEAD", Maps.path("m"))
    #expect(reply.status == 405)
    #expect(reply.reason == "MethodNotAllowed")
  }

  @Test(.emulatorOnly("a real server has logs")) func unsupportedSubresourceIsNamed() throws {
    let reply = try TestCluster().get("/api/v1/namespaces/default/pods/p/log")
    #expect(reply.status == 501)
    #expect(reply.message == "pods/log: not supported by operator-sim's emulated API server")
  }

  @Test(.holds(.futureVersion)) func aVersionFromTheFutureIsATimeoutWithAWayOut() throws {
    let cluster = try TestCluster.withMap()
    let reply = cluster.get(Maps.path("m") + "?resourceVersion=99999999")
    #expect(reply.status == 504)
    #expect(reply.reason == "Timeout")
    #expect(reply.causes.first?["reason"] == .some("ResourceVersionTooLarge"))
    #expect(reply.json["details"]?["retryAfterSeconds"] == .some(1))
    #expect(reply.headers["Retry-After"] == "1")
  }

  @Test(.holds(.goingNamespace)) func aNamespaceThatIsGoingTakesNothingNew() throws {
    let cluster = try TestCluster()
    let maps = "/api/v1/namespaces/going/configmaps"
    _ = cluster.post("/api/v1/namespaces", ["metadata": ["name": "going"]])
    _ = cluster.post(maps, ["metadata": ["name": "m"]])
    let deleted = cluster.send("DELETE", "/api/v1/namespaces/going")
    #expect(deleted.json["status"]?["phase"] == .some("Terminating"))
    let refused = cluster.post(maps, ["metadata": ["name": "n"]])
    #expect(refused.status == 403)
    #expect(refused.causes.first?["reason"] == .some("NamespaceTerminating"))
    // What is there can still be patched.
    #expect(cluster.merge(maps + "/m", ["data": ["a": "1"]]).status == 200)
  }

  @Test(.emulatorOnly("namespaces go when a controller has time, where there is one"))
  func aNamespaceThatIsGoneTakesItsObjectsAlong() throws {
    let cluster = try TestCluster()
    let maps = "/api/v1/namespaces/going/configmaps"
    _ = cluster.post("/api/v1/namespaces", ["metadata": ["name": "going"]])
    _ = cluster.post(maps, ["metadata": ["name": "m"]])
    _ = cluster.send("DELETE", "/api/v1/namespaces/going")
    #expect(EmulatorBackend.finishNamespaces(try #require(cluster.emulator)))
    #expect(cluster.get(maps + "/m").status == 404)
    #expect(cluster.get("/api/v1/namespaces/going").status == 404)
  }

  @Test(.holds(.overload), .emulatorOnly("overload is a fault"))
  func overloadIsPlainTextWithAHeader() throws {
    let cluster = try TestCluster.withMap()
    cluster.emulator?.addFault(try Fault(parsing: "status=429 retry-after=2 times=1"))
    let reply = cluster.get(Maps.path("m"))
    #expect(reply.status == 429)
    #expect(reply.text == "Too many requests, please try again later.")
    #expect(reply.headers["Content-Type"]?.hasPrefix("text/plain") == true)
    #expect(reply.headers["Retry-After"] == "2")
    #expect(reply.headers["X-Kubernetes-Pf-Flowschema-Uid"] != nil)
    #expect(cluster.get(Maps.path("m")).status == 200)
  }

  @Test(.holds(.contention), .emulatorOnly("contention is a fault"))
  func writeContentionEndsAsATimeoutWithoutDetails() throws {
    let cluster = try TestCluster.withMap()
    cluster.emulator?.addFault(try Fault(parsing: "status=504"))
    #expect(
      cluster.get(Maps.path("m")).text == """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Timeout: \
        request did not complete within requested timeout - context deadline exceeded","reason":\
        "Timeout","details":{},"code":504}
        """)
  }

  @Test(.holds(.missingMap, .missingNamespace)) func whatIsMissingIsNamedInTheDetails() throws {
    let cluster = try TestCluster()
    let none = "/api/v1/namespaces/none/configmaps"
    #expect(
      cluster.get(none + "/m").json["details"] == .some(["name": "m", "kind": "configmaps"]))
    #expect(
      cluster.post(none, ["metadata": ["name": "m"]]).json["details"]
        == .some(["name": "none", "kind": "namespaces"]))
  }

  @Test(
    .holds(.expiredContinue), .emulatorOnly("the history of a real server is forgotten in minutes"))
  func aListInPartsEndsWhenItsVersionIsForgotten() throws {
    let cluster = try TestCluster.withMap()
    _ = cluster.post(Maps.all, Maps.object("n"))
    let first = cluster.get(Maps.all + "?limit=1").json["metadata"]?["continue"]?.string
    let token = try #require(first).replacing("=", with: "%3D")
    #expect(cluster.get(Maps.all + "?limit=1&continue=\(token)").status == 200)
    _ = cluster.post(Maps.all, Maps.object("o"))
    cluster.emulator?.compactHistory()
    let reply = cluster.get(Maps.all + "?limit=1&continue=\(token)")
    #expect(reply.status == 410)
    #expect(reply.reason == "Expired")
    #expect(
      reply.message == """
        The provided continue parameter is too old to display a consistent list result. You can \
        start a new list without the continue parameter.
        """)
  }
}
