import DesiredState
import FilelogJSON
import FilelogKubernetesAPI
import FoundationEssentials
import TestSupport
import Testing

@testable import EmulatedAPIServer

/// What root on node `a` can do with the token of the pod there. `SECURITY.md` has the outcomes, one
/// row for each attack; they are played here, setting by setting.
@Suite struct AttackTests {
  /// Settings in the order of the columns of the table.
  enum Setting: String, CaseIterable, Sendable {
    case shared
    case sharedWithPolicy
    case perNode
    case perNodeWithPolicy

    var hasPolicy: Bool { self == .sharedWithPolicy || self == .perNodeWithPolicy }
    var isPerNode: Bool { self == .perNode || self == .perNodeWithPolicy }
  }

  /// What is sent with the token, and to which map.
  struct Attack: Sendable {
    /// As in the first column of the table.
    let name: String
    let request: @Sendable (Scene) -> TestCluster.Reply
  }

  static let attacks: [Attack] = [
    Attack(name: "store its own offsets") { $0.store(["node-a": "AAEC"]) },
    Attack(name: "change another node's offsets in the shared map") {
      $0.store(["node-b": "AAAA"])
    },
    Attack(name: "remove all offsets of the shared map") { scene in
      scene.merge(scene.shared, ["binaryData": .null])
    },
    Attack(name: "claim that an applier owns another node's offsets") { scene in
      var entries = scene.managedFields
      entries.append([
        "manager": "gitops", "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1",
        "time": "2026-01-01T00:00:00Z", "fieldsV1": ["f:binaryData": ["f:node-b": [:]]],
      ])
      return scene.merge(scene.shared, ["metadata": ["managedFields": .array(entries)]])
    },
    Attack(name: "forget who applied the shared map's labels") { scene in
      scene.merge(scene.shared, ["metadata": ["managedFields": [[:]]]])
    },
    Attack(name: "take the release's labels from the shared map") { scene in
      scene.merge(scene.shared, ["metadata": ["labels": .null]])
    },
    Attack(name: "claim the shared map's labels, to block their next change") { scene in
      scene.claim([
        "f:metadata": ["f:labels": ["f:app.kubernetes.io/instance": [:]]]
      ])
    },
    Attack(name: "fill the shared map's managed fields, so that others' stores drop them") {
      scene in
      scene.claim(["f:binaryData": ["f:\(String(repeating: "x", count: 1_400_000))": [:]]])
    },
    Attack(name: "nest the shared map's managed fields") { scene in
      scene.claim(
        ["f:binaryData": ["f:node-a": (0..<200).reduce([:]) { deeper, _ in ["f:x": deeper] }]])
    },
    Attack(name: "write fields of the shared map that change nothing") { scene in
      scene.merge(scene.shared, ["immutable": false, "metadata": ["generateName": "x-"]])
    },
    Attack(name: "freeze the shared map") { $0.merge($0.shared, ["immutable": true]) },
    Attack(name: "put other data into the shared map") {
      $0.merge($0.shared, ["data": ["x": "1"]])
    },
    Attack(name: "fill the shared map") { scene in
      scene.store(["node-a": Maps.base64(zeros: 1_000_000)])
    },
    Attack(name: "delete the shared map") { scene in
      scene.cluster.send("DELETE", scene.shared, token: scene.token)
    },
    Attack(name: "rewrite the collector's configuration") { scene in
      scene.merge(Maps.path("rel-opentelemetry-collector-agent-cm"), ["data": ["config.yaml": "x"]])
    },
    Attack(name: "change another node's map") { scene in
      scene.merge(Maps.path("rel-filelogoffsets-node-node-b"), ["binaryData": ["node-b": "AAAA"]])
    },
    Attack(name: "create a config map of any name") { scene in
      scene.cluster.post(Maps.all, Maps.object("evil"), token: scene.token)
    },
    Attack(name: "create its own map without the release's labels") { scene in
      scene.cluster.post(
        Maps.all, Maps.object("rel-filelogoffsets-node-node-a"), token: scene.token)
    },
    Attack(name: "take the owner from its own map") { scene in
      var map = Maps.object("rel-filelogoffsets-node-node-a")
      map["metadata"]?["labels"] = scene.ownLabels
      map["metadata"]?["annotations"] = ["dash0.com/filelog-offsets-node": "node-a"]
      map["metadata"]?["ownerReferences"] = [
        [
          "apiVersion": "v1", "kind": "Node", "name": "node-a",
          "uid": .string(BoundNode(token: scene.token)?.uid ?? "1"),
        ]
      ]
      let made = scene.cluster.post(Maps.all, map)
      guard made.status == 201 else { return made }
      return scene.merge(
        Maps.path("rel-filelogoffsets-node-node-a"), ["metadata": ["ownerReferences": .null]])
    },
    Attack(name: "change the difference to another node's map") { scene in
      scene.merge(Maps.path("rel-filelogoffsets-diff-node-b"), ["binaryData": ["node-b": "AAAA"]])
    },
    Attack(name: "create a difference that no map of its own owns") { scene in
      var map = Maps.object("rel-filelogoffsets-diff-node-a")
      map["metadata"]?["labels"] = scene.differenceLabels
      return scene.cluster.post(Maps.all, map, token: scene.token)
    },
  ]

  /// What a sync container sends to store a base and differences passes the policy.
  @Test func storesOfBaseAndDifferencePassThePolicy() throws {
    let scene = try Scene(.perNodeWithPolicy)
    let names = ["node", "diff"].map { "rel-filelogoffsets-\($0)-node-a" }
    var map = Maps.object(names[0])
    map["metadata"]?["labels"] = scene.ownLabels
    map["metadata"]?["annotations"] = ["dash0.com/filelog-offsets-node": "node-a"]
    map["metadata"]?["ownerReferences"] = scene.nodeOwner
    let apply = "?fieldManager=filelog-offset-sync&force=true"
    let made = scene.cluster.apply(Maps.path(names[0]) + apply, map, token: scene.token)
    #expect(made.status == 201, "\(made.text)")
    var difference = Maps.object(names[1])
    difference["metadata"]?["labels"] = scene.differenceLabels
    let owner: JSONValue = [
      [
        "apiVersion": "v1", "kind": "ConfigMap", "name": .string(names[0]),
        "uid": made.json["metadata"]?["uid"] ?? .null,
      ]
    ]
    difference["metadata"]?["ownerReferences"] = owner
    #expect(
      scene.cluster.apply(Maps.path(names[1]) + apply, difference, token: scene.token).status == 201
    )
    // The first patch makes metadata what it is to be and drops managed fields; the others are bytes.
    let patch: JSONValue = [
      "binaryData": ["node-a": "AAEC"],
      "metadata": [
        "labels": scene.differenceLabels, "ownerReferences": owner, "managedFields": [[:]],
      ],
    ]
    #expect(scene.merge(Maps.path(names[1]), patch).status == 200)
    #expect(scene.merge(Maps.path(names[1]), ["binaryData": ["node-a": "AAED"]]).status == 200)
    #expect(scene.merge(Maps.path(names[1]), ["binaryData": ["node-b": "AAED"]]).status == 403)
    #expect(scene.merge(Maps.path(names[1]), ["data": ["x": "1"]]).status == 403)
    #expect(
      scene.merge(
        Maps.path(names[0]), ["binaryData": ["node-a": "AAEC"], "data": ["_parts.json": "{}"]]
      ).status == 200)
  }

  @Test(arguments: Setting.allCases)
  func attacksHaveTheOutcomesOfTheTable(_ setting: Setting) throws {
    let table = try Self.table()
    #expect(table.map(\.name) == Self.attacks.map(\.name))
    let column = try #require(Setting.allCases.firstIndex(of: setting))
    var untouched: Scene?
    for (attack, row) in zip(Self.attacks, table) {
      let scene = try untouched ?? Scene(setting)
      let before = scene.versions
      let reply = attack.request(scene)
      untouched = scene.versions == before ? scene : nil
      let outcome = reply.status == 403 ? "refused" : reply.status < 300 ? "possible" : reply.text
      #expect(outcome == row.outcomes[column], "\(attack.name)")
    }
  }

  /// The rows of the table in `SECURITY.md` that begins with the column "attack".
  private static func table() throws -> [(name: String, outcomes: [String])] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "SECURITY.md"), encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.hasPrefix("| attack |") })
    return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
      let cells = line.split(separator: "|").map { cell in
        String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
      return (
        cells[0].replacing("`", with: ""), cells.dropFirst().map { $0.replacing("*", with: "") }
      )
    }
  }

  /// A stored map of an administrator who restores by server-side apply stays writable for its nodes.
  @Test func storesGoOnAfterAnAdministratorAppliedOffsets() throws {
    let scene = try Scene(.sharedWithPolicy)
    var map = Maps.object("rel-filelogoffsets-cm")
    map["binaryData"] = ["node-a": "AAEC", "node-b": "AAEC"]
    #expect(
      scene.cluster.apply(scene.shared + "?fieldManager=kubectl&force=true", map).status == 200)
    for value in ["AAED", "AAEE"] as [JSONValue] {
      #expect(scene.store(["node-a": value]).status == 200)
    }
    #expect(scene.store(["node-b": "AAED"]).status == 403)
  }

  /// The API server puts the oldest entries together when there are more than ten.
  @Test func storesGoOnAfterManyManagersWrote() throws {
    let scene = try Scene(.sharedWithPolicy)
    _ = scene.cluster.merge(
      scene.shared + "?fieldManager=admin", ["metadata": ["annotations": ["note": "x"]]])
    for number in 0..<14 {
      scene.cluster.moveTime(by: 1)
      let reply = scene.cluster.merge(
        scene.shared + "?fieldManager=sync-\(number)",
        ["binaryData": ["node-a": "AAE\(number % 8)"]],
        token: scene.token)
      #expect(reply.status == 200, "\(reply.text)")
    }
    #expect(scene.managedFields.count < 16)
  }
}

extension AttackTests {
  /// A release in one of the settings, with a pod on node `a`.
  struct Scene {
    let cluster: TestCluster
    let token: String

    static let account = "coll"
    let shared = Maps.path("rel-filelogoffsets-cm")
    static let labels = ["app.kubernetes.io/instance": "rel", "app.kubernetes.io/name": "x"]

    init(_ setting: Setting) throws {
      cluster = try TestCluster()
      let core = "/api/v1/namespaces/default"
      _ = cluster.post(core + "/serviceaccounts", ["metadata": ["name": .string(Self.account)]])
      var map = Maps.object("rel-filelogoffsets-cm")
      map["metadata"]?["labels"] = .object(Self.labels.mapValues { .string($0) })
      #expect(cluster.apply(shared + "?fieldManager=operator-sim", map).status == 201)
      _ = cluster.merge(
        shared + "?fieldManager=sync", ["binaryData": ["node-a": "AA==", "node-b": "AA=="]])
      for name in [
        "rel-opentelemetry-collector-agent-cm", "rel-filelogoffsets-node-node-b",
        "rel-filelogoffsets-diff-node-b",
      ] {
        #expect(cluster.post(Maps.all, Maps.object(name)).status == 201)
      }
      var rule: JSONValue = [
        "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "patch"],
        "resourceNames": ["rel-filelogoffsets-cm"],
      ]
      if setting.isPerNode {
        rule["resourceNames"] = .none
        rule["verbs"] = ["get", "create", "patch"]
      }
      let access = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
      _ = cluster.post(access + "/roles", ["metadata": ["name": "r"], "rules": [rule]])
      _ = cluster.post(
        access + "/rolebindings",
        [
          "metadata": ["name": "r"],
          "roleRef": ["kind": "Role", "name": "r", "apiGroup": "rbac.authorization.k8s.io"],
          "subjects": [
            ["kind": "ServiceAccount", "name": .string(Self.account), "namespace": "default"]
          ],
        ])
      let pod: JSONValue = [
        "metadata": ["name": "p"],
        "spec": [
          "serviceAccountName": .string(Self.account), "nodeName": "node-a",
          "containers": [["name": "c", "image": "i"]],
        ],
      ]
      #expect(cluster.post(core + "/pods", pod).status == 201)
      token = try cluster.token(serviceAccount: Self.account, namespace: "default", pod: "p")
      try cluster.setPolicy(setting.hasPolicy ? policy : [])
      func tried(_ node: String) -> Int {
        cluster.merge(
          shared + "?fieldManager=sync&dryRun=All", ["binaryData": .object([node: "AAAA"])],
          token: token
        ).status
      }
      let expected = setting.hasPolicy ? 403 : 200
      #expect(cluster.eventually { tried("node-a") == 200 && tried("node-b") == expected })
    }

    private var policy: [JSONValue] {
      let namespace = cluster.namespace("default")
      let scope = OffsetsAdmissionScope(
        name: "\(namespace).rel-filelogoffsets", labels: [:], namespace: namespace,
        serviceAccount: Self.account, configMapName: "rel-filelogoffsets-cm",
        mapLabels: Self.labels)
      return [
        assembleFilelogOffsetsAdmissionPolicy(scope).json,
        assembleFilelogOffsetsAdmissionPolicyBinding(scope).json,
      ]
    }

    func merge(_ target: String, _ patch: JSONValue) -> TestCluster.Reply {
      cluster.merge(target + "?fieldManager=sync", patch, token: token)
    }

    func store(_ values: JSONValue) -> TestCluster.Reply {
      merge(shared, ["binaryData": values])
    }

    /// Adds an entry to the shared map's managed fields.
    func claim(_ fields: JSONValue) -> TestCluster.Reply {
      let entry: JSONValue = [
        "manager": "x", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1",
        "time": "2026-01-01T00:00:00Z", "fieldsV1": fields,
      ]
      return merge(shared, ["metadata": ["managedFields": .array(managedFields + [entry])]])
    }

    var ownLabels: JSONValue {
      var labels = Self.labels
      labels["dash0.com/filelog-offsets"] = "node"
      return .object(labels.mapValues { .string($0) })
    }

    var differenceLabels: JSONValue {
      ["app.kubernetes.io/instance": "rel", "dash0.com/filelog-offsets": "difference"]
    }

    /// The node, as the pod's token names it; nothing where it does not.
    var nodeOwner: JSONValue? {
      guard let node = BoundNode(token: token) else { return nil }
      return [
        ["apiVersion": "v1", "kind": "Node", "name": .string(node.name), "uid": .string(node.uid)]
      ]
    }

    /// Of every map, by name.
    var versions: [String: String] {
      let items = cluster.get(Maps.all).json["items"]?.array ?? []
      let pairs = items.compactMap { map -> (String, String)? in
        guard let metadata = map["metadata"], let name = metadata["name"]?.string,
          let version = metadata["resourceVersion"]?.string
        else { return nil }
        return (name, version)
      }
      return Dictionary(uniqueKeysWithValues: pairs)
    }

    var managedFields: [JSONValue] {
      cluster.get(shared).json["metadata"]?["managedFields"]?.array ?? []
    }
  }
}
