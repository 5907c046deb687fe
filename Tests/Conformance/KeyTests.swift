import FilelogJSON
import FoundationEssentials
import Testing

@testable import EmulatedAPIServer

/// Which keys and names are accepted.
@Suite struct KeyTests {
  @Test(
    .holds(.goodKeys),
    arguments: [
      ".a", "a.", "-a", "a..b", "Node-A", "node_1", "a", String(repeating: "a", count: 253),
      "ip-10-0-0-1.eu-central-1.compute.internal",
    ])
  func aKeyIsAccepted(_ key: String) throws {
    let cluster = try TestCluster.withMap()
    let reply = cluster.merge(Maps.path("m"), ["binaryData": .object([key: "AA=="])])
    #expect(reply.status == 200)
  }

  static let syntax = """
    a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  \
    or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')
    """

  static let refused: [(key: String, problem: String)] = [
    ("a/b", syntax), ("a:b", syntax), ("a@b", syntax), ("a%b", syntax), ("a+b", syntax),
    ("a b", syntax), ("é", syntax), ("", syntax), (".", "must not be '.'"),
    ("..", "must not be '..'"), ("..a", "must not start with '..'"),
    (String(repeating: "a", count: 254), "must be no more than 253 characters"),
  ]

  @Test(.holds(.badKeys), arguments: refused)
  func aKeyIsRefused(_ key: String, _ problem: String) throws {
    let cluster = try TestCluster.withMap()
    for field in ["data", "binaryData"] {
      let reply = cluster.merge(Maps.path("m"), [field: .object([key: "AA=="])])
      #expect(reply.status == 422)
      #expect(reply.reason == "Invalid")
      #expect(
        reply.message
          == "ConfigMap \"m\" is invalid: \(field)[\(key)]: Invalid value: \(GoText.quoted(key)): "
          + problem)
      #expect(reply.causes.first?["field"] == .some(.string("\(field)[\(key)]")))
    }
  }

  @Test(
    .holds(.nodeNames),
    arguments: ["node-a", "10.0.0.1", "a.b.c", String(repeating: "a.", count: 126) + "a"])
  func everyNodeNameIsAKey(_ name: String) throws {
    let cluster = try TestCluster.withMap()
    // A real cluster may have a node of that name.
    let node = cluster.post("/api/v1/nodes?dryRun=All", ["metadata": ["name": .string(name)]])
    #expect([201, 409].contains(node.status))
    let reply = cluster.merge(Maps.path("m"), ["binaryData": .object([name: "AA=="])])
    #expect(reply.status == 200)
  }

  @Test(arguments: ["Node_A", "-a", "a-", "a..b", String(repeating: "a", count: 254)])
  func aNodeNameIsASubdomain(_ name: String) throws {
    let cluster = try TestCluster()
    let reply = cluster.post("/api/v1/nodes", ["metadata": ["name": .string(name)]])
    #expect(reply.status == 422)
    #expect(reply.causes.first?["field"] == .some("metadata.name"))
  }

  @Test(.holds(.mapNames)) func aMapNameHolds253Characters() throws {
    let cluster = try TestCluster()
    let longest = String(repeating: "a", count: 253)
    #expect(cluster.post(Maps.all, Maps.object(longest)).status == 201)
    let refused = cluster.post(Maps.all, Maps.object(longest + "a"))
    #expect(refused.status == 422)
    #expect(refused.message?.hasSuffix(": must be no more than 253 characters") == true)
  }

  @Test func aGeneratedNameGetsFiveCharacters() throws {
    let cluster = try TestCluster()
    let reply = cluster.post(Maps.all, ["metadata": ["generateName": "gen-"]])
    let name = try #require(reply.json["metadata"]?["name"]?.string)
    #expect(name.hasPrefix("gen-") && name.count == 9)
    #expect(cluster.get(Maps.path(name)).status == 200)
  }
}
