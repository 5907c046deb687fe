import DesiredState
import FilelogJSON
import Testing

@testable import Reconciler

@Suite struct ClusterFactsTests {
  @Test func namespacesOfClusterServeAutomaticMonitoring() throws {
    let release = try TestRelease()
    try release.create("Namespace", "shop")
    let namespaces = try #require(try release.reconciler().namespaces())
    var request = DesiredStateRequest(release: "rel", namespace: TestRelease.namespace)
    request.valueTrees = [
      [
        "operator": [
          "export": ["grpc": ["endpoint": "otel.example.com:4317"]],
          "autoMonitorNamespaces": ["enabled": true],
        ]
      ]
    ]
    request.namespaceObjects = namespaces
    let collected = try DesiredStateInput(request).collectedNamespaces
    #expect(collected.contains("shop"))
    #expect(!collected.contains("kube-system") && !collected.contains(TestRelease.namespace))
  }
}
