import FilelogJSON
import Testing

@testable import EmulatedAPIServer

/// What deletion does to an object, to those that it owns, and to those that hold it.
@Suite struct DeletionTests {
  private let cluster: TestCluster

  init() throws {
    cluster = try TestCluster()
    #expect(cluster.post(Maps.all, Maps.object("owner")).status == 201)
  }

  /// A map that belongs to another.
  private func own(
    _ name: String, by owner: String = "owner", finalizers: JSONValue = [], blocks: Bool = true
  ) {
    let uid = cluster.get(Maps.path(owner)).json["metadata"]?["uid"] ?? ""
    var map = Maps.object(name)
    map["metadata"]?["ownerReferences"] = [
      [
        "apiVersion": "v1", "kind": "ConfigMap", "name": .string(owner), "uid": uid,
        "blockOwnerDeletion": .bool(blocks),
      ]
    ]
    map["metadata"]?["finalizers"] = finalizers
    #expect(cluster.post(Maps.all, map).status == 201)
  }

  private func delete(_ query: String = "", _ body: JSONValue? = nil) -> TestCluster.Reply {
    let target = Maps.path("owner") + query
    guard let body else { return cluster.send("DELETE", target) }
    return cluster.send("DELETE", target, body, type: "application/json")
  }

  private func exists(_ name: String) -> Bool { cluster.get(Maps.path(name)).status == 200 }

  private func release(_ name: String) {
    let reply = cluster.merge(Maps.path(name), ["metadata": ["finalizers": .null]])
    #expect(reply.status == 200)
  }

  @Test(arguments: ["", "?propagationPolicy=Background", "?orphanDependents=false"])
  func dependentsGoWithTheirOwner(_ query: String) {
    own("child")
    #expect(delete(query).json["status"] == .some("Success"))
    #expect(!exists("owner") && !exists("child"))
  }

  @Test(arguments: ["?propagationPolicy=Orphan", "?orphanDependents=true", "?orphanDependents"])
  func orphansStayAndForgetTheirOwner(_ query: String) {
    own("child")
    let reply = delete(query)
    #expect(reply.json["metadata"]?["finalizers"] == .some(["orphan"]))
    #expect(!exists("owner"))
    #expect(cluster.get(Maps.path("child")).json["metadata"]?["ownerReferences"] == nil)
  }

  @Test func whatAFinalizerHoldsOnlyBeginsToGo() {
    own("held", finalizers: ["a/b"])
    #expect(delete().status == 200)
    #expect(!exists("owner"))
    let held = cluster.get(Maps.path("held")).json["metadata"]
    #expect(held?["deletionTimestamp"] != nil)
    #expect(held?["deletionGracePeriodSeconds"] == .some(0))
    release("held")
    #expect(!exists("held"))
  }

  @Test func inTheForegroundTheOwnerGoesLast() {
    own("held", finalizers: ["a/b"])
    own("child")
    let reply = delete("?propagationPolicy=Foreground")
    #expect(reply.json["metadata"]?["finalizers"] == .some(["foregroundDeletion"]))
    #expect(reply.json["metadata"]?["deletionTimestamp"] != nil)
    #expect(exists("owner") && exists("held") && !exists("child"))
    release("held")
    #expect(!exists("owner") && !exists("held"))
  }

  @Test func aDependentThatDoesNotBlockIsNotWaitedFor() {
    own("held", finalizers: ["a/b"], blocks: false)
    _ = delete("?propagationPolicy=Foreground")
    #expect(!exists("owner") && exists("held"))
  }

  @Test func impatienceTurnsForegroundIntoBackground() {
    own("held", finalizers: ["a/b"])
    _ = delete("?propagationPolicy=Foreground")
    _ = delete("?propagationPolicy=Background")
    #expect(!exists("owner") && exists("held"))
  }

  @Test func orphaningIsNotForgottenWhileAFinalizerHoldsTheOwner() {
    own("child")
    _ = cluster.merge(Maps.path("owner"), ["metadata": ["finalizers": ["a/b"]]])
    _ = delete("?propagationPolicy=Orphan")
    #expect(exists("owner"))
    release("owner")
    #expect(!exists("owner") && exists("child"))
  }

  @Test func aNamespaceWaitsForWhatIsHeldInIt() {
    let maps = "/api/v1/namespaces/going/configmaps"
    _ = cluster.post("/api/v1/namespaces", ["metadata": ["name": "going"]])
    _ = cluster.post(maps, ["metadata": ["name": "m", "finalizers": ["a/b"]]])
    _ = cluster.post(maps, ["metadata": ["name": "n"]])
    _ = cluster.send("DELETE", "/api/v1/namespaces/going")
    #expect(!cluster.finishNamespaces())
    #expect(cluster.get(maps + "/n").status == 404)
    #expect(cluster.get(maps + "/m").json["metadata"]?["deletionTimestamp"] != nil)
    #expect(cluster.get("/api/v1/namespaces/going").status == 200)
    #expect(cluster.merge(maps + "/m", ["metadata": ["finalizers": .null]]).status == 200)
    #expect(cluster.finishNamespaces())
    #expect(cluster.get("/api/v1/namespaces/going").status == 404)
  }

  @Test(arguments: ["default", "kube-system", "kube-public"], ["", "?dryRun=All"])
  func someNamespacesStayForEver(_ name: String, _ query: String) {
    let reply = cluster.send("DELETE", "/api/v1/namespaces/\(name)\(query)")
    #expect(reply.status == 403)
    #expect(
      reply.message == "namespaces \"\(name)\" is forbidden: this namespace may not be deleted")
  }

  @Test func namespacesAreNotDeletedAllAtOnce() {
    let reply = cluster.send("DELETE", "/api/v1/namespaces")
    #expect(reply.status == 405)
    #expect(cluster.get("/api/v1/namespaces").json["items"]?.array?.count == 4)
    let resources = cluster.get("/api/v1").json["resources"]?.array ?? []
    let verbs = resources.first { $0["name"] == "namespaces" }?["verbs"]?.array
    #expect(verbs?.contains("deletecollection") == false)
    #expect(verbs?.contains("delete") == true)
  }

  @Test func optionsInABodyTakeThePlaceOfTheQuery() {
    own("child")
    let options: JSONValue = [
      "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Orphan",
    ]
    #expect(delete("?propagationPolicy=Background&dryRun=All", options).status == 200)
    #expect(!exists("owner") && exists("child"))
  }

  static let refused: [(query: String, body: JSONValue?, status: Int, message: String)] = [
    ("?gracePeriodSeconds=x", nil, 400, #"strconv.ParseInt: parsing "x": invalid syntax"#),
    (
      "?propagationPolicy=Foo", nil, 422,
      #"DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Foo": "#
        + #"supported values: "Foreground", "Background", "Orphan", "nil""#
    ),
    (
      "?propagationPolicy=Orphan&orphanDependents=1", nil, 422,
      #"DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": "#
        + "orphanDependents and deletionPropagation cannot be both set"
    ),
    (
      "?dryRun=Some", nil, 422,
      #"DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported "#
        + #"values: "All""#
    ),
    (
      "", ["kind": "Pod", "apiVersion": "v1"], 400,
      #"no kind "Pod" is registered for version "v1" in scheme "k8s.io/apimachinery/pkg/apis/meta/"#
        + #"internalversion/scheme/register.go:27""#
    ),
    (
      "", ["gracePeriodSeconds": "x"], 400,
      "json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type "
        + "int64"
    ),
  ]

  @Test(arguments: refused)
  func optionsThatMakeNoSenseDeleteNothing(
    _ query: String, _ body: JSONValue?, _ status: Int, _ message: String
  ) {
    let reply = delete(query, body)
    #expect(reply.status == status)
    #expect(reply.message == message)
    #expect(exists("owner"))
  }
}
