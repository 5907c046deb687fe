import FilelogJSON
import Testing

@testable import Simulation

@Suite struct ContainerEnvironmentTests {
  static let pod = PodIdentity(
    name: "collector-abcde", namespace: "monitoring", uid: "u-1", node: "node-1",
    serviceAccount: "collector", labels: ["app": "x"], annotations: [:])

  static func container(_ env: JSONValue) throws -> ContainerSpec {
    try ContainerSpec(["name": "c", "env": env])
  }

  static var environment: ContainerEnvironment {
    ContainerEnvironment(pod: pod) { kind, name in
      switch (kind, name) {
      case ("Secret", "token"): ["data": ["key": "czNjcjN0"]]
      case ("ConfigMap", "settings"): ["data": ["key": "plain"]]
      default: nil as JSONValue?
      }
    }
  }

  @Test func everyKindOfSourceIsResolved() throws {
    let container = try Self.container([
      ["name": "PLAIN", "value": "$(POD) $(PLAIN) $$(POD) $"],
      ["name": "POD", "valueFrom": ["fieldRef": ["fieldPath": "metadata.name"]]],
      ["name": "UID", "valueFrom": ["fieldRef": ["fieldPath": "metadata.uid"]]],
      ["name": "NODE", "valueFrom": ["fieldRef": ["fieldPath": "spec.nodeName"]]],
      ["name": "IP", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]],
      ["name": "LABEL", "valueFrom": ["fieldRef": ["fieldPath": "metadata.labels['app']"]]],
      ["name": "BOTH", "value": "$(POD)@$(NODE)"],
      ["name": "MEMORY", "valueFrom": ["resourceFieldRef": ["resource": "limits.memory"]]],
      ["name": "SECRET", "valueFrom": ["secretKeyRef": ["name": "token", "key": "key"]]],
      ["name": "SETTING", "valueFrom": ["configMapKeyRef": ["name": "settings", "key": "key"]]],
      [
        "name": "ABSENT",
        "valueFrom": ["secretKeyRef": ["name": "none", "key": "key", "optional": true]],
      ],
    ])
    #expect(
      try Self.environment.values(of: container) == [
        "PLAIN": "$(POD) $(PLAIN) $(POD) $", "POD": "collector-abcde", "UID": "u-1",
        "NODE": "node-1", "IP": "127.0.0.1", "LABEL": "x", "BOTH": "collector-abcde@node-1",
        "MEMORY": "1073741824", "SECRET": "s3cr3t", "SETTING": "plain",
      ])
  }

  static let unresolvable: [(source: JSONValue, message: String)] = [
    (
      ["secretKeyRef": ["name": "none", "key": "k"]],
      "container c: X comes from key k of Secret none, which is not there"
    ),
    (
      ["fieldRef": ["fieldPath": "status.phase"]],
      "container c: the source of X is not understood"
    ),
  ]

  @Test(arguments: unresolvable)
  func whatCannotBeResolvedIsNamed(_ source: JSONValue, _ message: String) throws {
    let container = try Self.container([["name": "X", "valueFrom": source]])
    let error = #expect(throws: SimulationError.self) {
      try Self.environment.values(of: container)
    }
    #expect(error?.description == message)
  }
}
