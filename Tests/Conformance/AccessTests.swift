import FilelogJSON
import TestSupport
import Testing

@testable import EmulatedAPIServer

/// Role-based access of a sidecar's service account to one config map, by `resourceNames`.
@Suite struct AccessTests {
  private let cluster: TestCluster
  private let token: String

  private static let all = "/api/v1/namespaces/monitoring/configmaps"
  private static let map = all + "/rel-off"
  private static let rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/monitoring"

  init() throws {
    cluster = try TestCluster()
    _ = cluster.post("/api/v1/namespaces", ["metadata": ["name": "monitoring"]])
    _ = cluster.post(
      "/api/v1/namespaces/monitoring/serviceaccounts", ["metadata": ["name": "coll"]])
    for name in ["rel-off", "other"] {
      _ = cluster.post(Self.all, ["metadata": ["name": .string(name)]])
    }
    _ = cluster.post(
      Self.rbac + "/rolebindings",
      [
        "metadata": ["name": "r"], "roleRef": ["kind": "Role", "name": "r"],
        "subjects": [
          ["kind": "ServiceAccount", "name": "coll", "namespace": "monitoring"]
        ],
      ])
    token = try cluster.token(serviceAccount: "coll", namespace: "monitoring")
    allow(["get", "patch"])
  }

  private func allow(_ verbs: [JSONValue]) {
    let role: JSONValue = [
      "metadata": ["name": "r"],
      "rules": [
        [
          "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["rel-off"],
          "verbs": .array(verbs),
        ]
      ],
    ]
    #expect(cluster.put(Self.rbac + "/roles/r", role).status < 300)
    let inForce = cluster.eventually {
      ["get", "patch", "create", "delete", "list", "watch"].allSatisfy { verb in
        may(verb, "rel-off") == .some(.bool(verbs.contains(.string(verb))))
      }
    }
    #expect(inForce)
  }

  /// What the server says to the question whether the account may do that.
  private func may(_ verb: String, _ name: String) -> JSONValue? {
    let review: JSONValue = [
      "spec": [
        "resourceAttributes": [
          "verb": .string(verb), "resource": "configmaps", "name": .string(name),
          "namespace": "monitoring",
        ]
      ]
    ]
    return cluster.post(
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, token: token
    ).json["status"]?["allowed"]
  }

  private func send(
    _ method: String, _ target: String, _ body: JSONValue? = nil, type: String? = nil
  ) -> TestCluster.Reply {
    cluster.send(
      method, target, body.map { JSONWriter.compact.bytes($0) } ?? [], type: type, token: token)
  }

  private func apply() -> TestCluster.Reply {
    send(
      "PATCH", Self.map + "?fieldManager=x", Maps.object("rel-off"), type: MediaTypes.apply)
  }

  @Test(.holds(.namedMap)) func theNamedMapMayBeReadPatchedAndApplied() {
    #expect(send("GET", Self.map).status == 200)
    #expect(
      send("PATCH", Self.map, ["data": ["a": "1"]], type: MediaTypes.mergePatch).status == 200)
    #expect(apply().status == 200)
  }

  static let forbidden: [(String, String)] = [
    ("GET", all), ("GET", all + "?fieldSelector=metadata.name=rel-off"),
    ("GET", all + "?watch=true&timeoutSeconds=1"),
    ("GET", all + "/other"), ("GET", all + "/none"), ("POST", all), ("PUT", map), ("DELETE", map),
    ("DELETE", all), ("GET", "/api/v1/namespaces/default/configmaps/rel-off"),
    ("GET", "/api/v1/configmaps"), ("GET", "/api/v1/nodes"),
  ]

  @Test(.holds(.otherMaps), arguments: forbidden)
  func everythingElseIsForbidden(_ method: String, _ target: String) {
    let reply = send(method, target, method == "GET" ? nil : ["metadata": ["name": "rel-off"]])
    #expect(reply.status == 403)
    #expect(reply.reason == "Forbidden")
  }

  @Test(.holds(.refusalOfName, .refusalOfCollection)) func aRefusalSaysWhoMayNotDoWhatAndWhere() {
    #expect(
      send("PATCH", Self.all + "/other", [:], type: MediaTypes.mergePatch).text == """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \
        \\"other\\" is forbidden: User \\"system:serviceaccount:monitoring:coll\\" cannot patch \
        resource \\"configmaps\\" in API group \\"\\" in the namespace \\"monitoring\\"","reason":\
        "Forbidden","details":{"name":"other","kind":"configmaps"},"code":403}
        """)
    let list = send("GET", Self.all)
    #expect(list.message?.hasPrefix("configmaps is forbidden: User ") == true)
    #expect(list.json["details"] == .some(["kind": "configmaps"]))
    #expect(
      send("GET", "/metrics").message
        == "forbidden: User \"system:serviceaccount:monitoring:coll\" cannot get path \"/metrics\"")
  }

  @Test(.holds(.deletedMap, .applyOfDeletedMap))
  func aDeletedMapIsNotFoundAndCannotBeCreatedByApplying() {
    _ = cluster.send("DELETE", Self.map)
    #expect(send("GET", Self.map).status == 404)
    #expect(send("PATCH", Self.map, [:], type: MediaTypes.mergePatch).status == 404)
    let reply = apply()
    #expect(reply.status == 403)
    #expect(reply.message?.contains("cannot create resource") == true)
  }

  @Test(.holds(.creationByName)) func createWithANameAllowsApplyingThatNameButNoPost() {
    _ = cluster.send("DELETE", Self.map)
    allow(["patch", "create"])
    #expect(send("POST", Self.all, ["metadata": ["name": "rel-off"]]).status == 403)
    #expect(apply().status == 201)
  }

  @Test(.holds(.patchImpliesRead)) func patchAloneImpliesReading() {
    allow(["patch"])
    #expect(send("GET", Self.map).status == 403)
    let reply = send("PATCH", Self.map, [:], type: MediaTypes.mergePatch)
    #expect(reply.status == 200)
    #expect(reply.json["metadata"]?["name"] == .some("rel-off"))
  }

  @Test(.holds(.listByName)) func listingByNameNeedsTheFieldSelector() {
    allow(["list", "watch"])
    #expect(send("GET", Self.all).status == 403)
    let reply = send("GET", Self.all + "?fieldSelector=metadata.name=rel-off")
    #expect(reply.status == 200)
    #expect(reply.json["items"]?.array?.count == 1)
  }

  @Test(.holds(.noToken)) func withoutATokenOneIsAnonymous() {
    let reply = cluster.send("GET", Self.map, token: "")
    #expect(reply.status == 403)
    #expect(reply.message?.contains("User \"system:anonymous\"") == true)
    #expect(cluster.send("GET", "/version", token: "").status == 200)
    #expect(cluster.send("GET", "/api", token: "").status == 403)
  }

  @Test(.holds(.wrongToken), arguments: ["nonsense", "a.b.c", ""])
  func aForeignTokenIsUnauthorized(_ text: String) {
    let tampered = text.isEmpty ? token.dropLast(4) + "AAAA" : text
    #expect(
      cluster.send("GET", Self.map, token: String(tampered)).text == """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":\
        "Unauthorized","reason":"Unauthorized","code":401}
        """)
  }

  @Test(.holds(.tokenOfDeletedPod)) func aTokenDiesWithItsPod() throws {
    let pods = "/api/v1/namespaces/monitoring/pods"
    _ = cluster.post(
      pods,
      [
        "metadata": ["name": "p"],
        "spec": ["serviceAccountName": "coll", "containers": [["name": "c", "image": "i"]]],
      ])
    let bound = try cluster.token(serviceAccount: "coll", namespace: "monitoring", pod: "p")
    #expect(cluster.get(Self.map, token: bound).status == 200)
    _ = cluster.send("DELETE", pods + "/p?gracePeriodSeconds=0")
    // A real server remembers for some ten seconds that the token was good.
    #expect(cluster.eventually { cluster.get(Self.map, token: bound).status == 401 })
  }

  @Test func aMissingRoleIsNamed() {
    _ = cluster.send("DELETE", Self.rbac + "/roles/r")
    #expect(cluster.eventually { send("GET", Self.map).status == 403 })
    let message = send("GET", Self.map).message
    #expect(message?.hasSuffix(": RBAC: role.rbac.authorization.k8s.io \"r\" not found") == true)
  }

  @Test func oneMayAskWhatOneMayDo() {
    #expect(may("patch", "rel-off") == .some(true))
    #expect(may("patch", "other") == .some(false))
    #expect(may("delete", "rel-off") == .some(false))
    let who = cluster.post(
      "/apis/authentication.k8s.io/v1/selfsubjectreviews", [:], token: token
    ).json["status"]?["userInfo"]
    #expect(who?["username"] == .some("system:serviceaccount:monitoring:coll"))
  }

  @Test func administratorMayImpersonateUsers() {
    let user = "system:serviceaccount:monitoring:coll"
    func get(_ target: String, token: String? = nil) -> Int {
      cluster.send("GET", target, token: token, headers: [("Impersonate-User", user)]).status
    }
    #expect(get(Self.map) == 200)
    #expect(get(Self.all + "/other") == 403)
    #expect(get(Self.map, token: token) == 403)
  }

  @Test(.holds(.watchByName)) func watchingByNameNeedsTheFieldSelectorToo() {
    allow(["list", "watch"])
    #expect(send("GET", Self.all + "?watch=true&timeoutSeconds=1").status == 403)
    let selector = "&fieldSelector=metadata.name=rel-off"
    #expect(send("GET", Self.all + "?watch=true&timeoutSeconds=1" + selector).status == 200)
    #expect(send("GET", Self.all + "?watch=true&timeoutSeconds=1" + selector + "x").status == 403)
  }

  @Test(.holds(.refusalOfCollection)) func aRefusedCreationNamesNoObject() {
    let reply = send("POST", Self.all, ["metadata": ["name": "rel-off"]])
    #expect(
      reply.message == """
        configmaps is forbidden: User "system:serviceaccount:monitoring:coll" cannot create resource \
        "configmaps" in API group "" in the namespace "monitoring"
        """)
    #expect(reply.json["details"] == .some(["kind": "configmaps"]))
  }
}
