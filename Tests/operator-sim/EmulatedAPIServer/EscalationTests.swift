import FilelogJSON
import TestSupport
import Testing

@testable import EmulatedAPIServer

/// No user grants more than they hold.
@Suite struct EscalationTests {
  private let cluster: TestCluster
  private let token: String

  private static let group = "/apis/rbac.authorization.k8s.io/v1"
  private static let roles = group + "/namespaces/default/roles"
  private static let bindings = group + "/namespaces/default/rolebindings"
  private static let subject: JSONValue = [
    "kind": "ServiceAccount", "name": "default", "namespace": "default",
  ]

  init() throws {
    cluster = try TestCluster()
    token = try cluster.server.issueToken(serviceAccount: "default", namespace: "default")
    let writing: JSONValue = [
      "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"],
      "verbs": ["create", "get", "update", "patch"],
    ]
    hold([
      writing,
      [
        "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["a", "b"],
        "verbs": ["get", "patch"],
      ],
    ])
    let binding = Self.binding("ClusterRole", "held")
    #expect(cluster.post(Self.bindings, binding).status == 201)
  }

  private static func binding(_ kind: JSONValue, _ role: JSONValue) -> JSONValue {
    [
      "metadata": ["name": "b-\(role.string ?? "")"].json, "subjects": [subject],
      "roleRef": ["kind": kind, "name": role],
    ]
  }

  private func hold(_ rules: [JSONValue]) {
    let role: JSONValue = ["metadata": ["name": "held"], "rules": .array(rules)]
    #expect(cluster.put(Self.group + "/clusterroles/held", role).status < 300)
  }

  private func role(_ rules: JSONValue, _ name: JSONValue = "r") -> JSONValue {
    ["metadata": ["name": name], "rules": rules]
  }

  private static let user =
    #"user "system:serviceaccount:default:default" (groups=["system:serviceaccounts" "#
    + #""system:serviceaccounts:default" "system:authenticated"]) is attempting to grant RBAC "#
    + "permissions not currently held:\n"

  @Test func aRoleThatAllowsMoreIsRefusedWithWhatIsMissing() {
    let reply = cluster.post(
      Self.roles, role([["apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]]]), token: token)
    #expect(reply.status == 403)
    #expect(reply.reason == "Forbidden")
    #expect(
      reply.message == #"roles.rbac.authorization.k8s.io "r" is forbidden: "# + Self.user
        + #"{APIGroups:["*"], Resources:["*"], Verbs:["*"]}"#)
    #expect(
      reply.json["details"]
        == .some(["name": "r", "group": "rbac.authorization.k8s.io", "kind": "roles"]))
  }

  @Test func missingRulesAreListedByTheirVerbs() {
    let rules: JSONValue = [
      ["apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "list"]],
      [
        "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["a", "c"],
        "verbs": ["get"],
      ],
    ]
    #expect(
      cluster.post(Self.roles, role(rules), token: token).message
        == #"roles.rbac.authorization.k8s.io "r" is forbidden: "# + Self.user
          + """
          {APIGroups:[""], Resources:["configmaps"], ResourceNames:["c"], Verbs:["get"]}
          {APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}
          {APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}
          """)
  }

  @Test func whatOneHoldsOneMayGrant() {
    let rules: JSONValue = [
      [
        "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["b"], "verbs": ["patch"],
      ]
    ]
    #expect(cluster.post(Self.roles, role(rules), token: token).status == 201)
    let binding = Self.binding("Role", "r")
    #expect(cluster.post(Self.bindings, binding, token: token).status == 201)
  }

  @Test(arguments: ["PUT", "PATCH", "apply"])
  func aRoleCannotBeWidened(_ write: String) {
    _ = cluster.post(Self.roles, role([]))
    let wide = role([["apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]]])
    let path = Self.roles + "/r"
    let reply: TestCluster.Reply
    switch write {
    case "PUT": reply = cluster.put(path, wide, token: token)
    case "PATCH": reply = cluster.merge(path, wide, token: token)
    default:
      var applied = wide
      applied["apiVersion"] = "rbac.authorization.k8s.io/v1"
      applied["kind"] = "Role"
      reply = cluster.apply(path + "?fieldManager=x&force=true", applied, token: token)
    }
    #expect(reply.status == 403)
    #expect(cluster.get(path).json["rules"] == nil || cluster.get(path).json["rules"] == .some([]))
  }

  @Test func aWideRoleMayBeLabelledButNotRewritten() {
    _ = cluster.post(
      Self.roles, role([["apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]]]))
    let path = Self.roles + "/r"
    let held = cluster.merge(path, ["metadata": ["finalizers": ["a/b"]]], token: token)
    #expect(held.status == 200)
    let labelled = cluster.merge(path, ["metadata": ["labels": ["a": "b"]]], token: token)
    #expect(labelled.status == 403)
  }

  @Test func aPowerfulRoleCannotBeBound() {
    let reply = cluster.post(
      Self.bindings, Self.binding("ClusterRole", "cluster-admin"), token: token)
    #expect(
      reply.message
        == #"rolebindings.rbac.authorization.k8s.io "b-cluster-admin" is forbidden: "# + Self.user
        + #"{APIGroups:["*"], Resources:["*"], Verbs:["*"]}"# + "\n"
        + #"{NonResourceURLs:["*"], Verbs:["*"]}"#)
  }

  @Test func aRoleThatIsNotThereCannotBeBound() {
    let reply = cluster.post(Self.bindings, Self.binding("Role", "none"), token: token)
    #expect(reply.status == 404)
    #expect(reply.message == #"role.rbac.authorization.k8s.io "none" not found"#)
    #expect(cluster.post(Self.bindings, Self.binding("Role", "none")).status == 201)
  }

  @Test func allVerbsIncludeEscalatingAndBinding() {
    hold([
      [
        "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"],
        "verbs": ["*"],
      ]
    ])
    // Of cluster roles nothing was reported.
    let bound = Self.binding("ClusterRole", "cluster-admin")
    #expect(cluster.post(Self.bindings, bound, token: token).status == 403)
    let wide = role([["apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]]])
    #expect(cluster.post(Self.roles, wide, token: token).status == 201)
    #expect(cluster.post(Self.bindings, Self.binding("Role", "r"), token: token).status == 201)
  }

  @Test func escalateAndBindAllowIt() {
    hold([
      [
        "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"],
        "verbs": ["create", "escalate"],
      ],
      [
        "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"],
        "resourceNames": ["cluster-admin"], "verbs": ["bind"],
      ],
    ])
    let wide = role([["apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]]])
    #expect(cluster.post(Self.roles, wide, token: token).status == 201)
    // The verb is about that role alone.
    #expect(
      cluster.post(Self.bindings, Self.binding("Role", "r"), token: token).status == 403)
    let bound = Self.binding("ClusterRole", "cluster-admin")
    #expect(cluster.post(Self.bindings, bound, token: token).status == 201)
  }

  @Test func aBindingsAccountIsOfItsOwnNamespaceUnlessItSaysOtherwise() {
    _ = cluster.post(
      Self.roles, role([["apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]]]))
    var binding = Self.binding("Role", "r")
    binding["subjects"] = [["kind": "ServiceAccount", "name": "default"]]
    #expect(cluster.post(Self.bindings, binding).status == 201)
    #expect(cluster.get("/api/v1/namespaces/default/secrets", token: token).status == 200)
  }
}

extension [String: String] {
  fileprivate var json: JSONValue { .object(mapValues { .string($0) }) }
}
