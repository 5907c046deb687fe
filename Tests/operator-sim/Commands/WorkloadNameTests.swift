import FilelogCommandLine
import Testing

@testable import operator_sim

@Suite struct WorkloadNameTests {
  @Test(arguments: [
    "daemonset/a", "daemonsets/a", "ds/a", "DaemonSet/a", "daemonset.apps/a", "daemonsets.apps/a",
    "daemonset.v1.apps/a",
  ])
  func daemonSetsAreNamedAsKubectlNamesThem(_ text: String) throws {
    let workload = try WorkloadName(text)
    #expect(workload.isDaemonSet)
    #expect(workload.name == "a")
  }

  @Test(arguments: [
    "opentelemetrycollector/a", "otelcol/a", "opentelemetrycollectors.opentelemetry.io/a",
    "opentelemetrycollector.v1beta1.opentelemetry.io/a",
  ])
  func collectorsAreNamedAsKubectlNamesThem(_ text: String) throws {
    #expect(try !WorkloadName(text).isDaemonSet)
  }

  @Test(arguments: ["", "a", "ds", "ds/", "/a", "ds/a/b", "deploy/a", "ds.extensions/a", "ds a"])
  func otherNamesAreRefused(_ text: String) {
    #expect(
      throws: UsageError(
        "expected daemonset/NAME or opentelemetrycollector/NAME, found \"\(text)\"")
    ) { try WorkloadName(text) }
  }

  @Test func selectionIsNamedAsOperandsAre() throws {
    let call = try Invocation(
      parsing: ["--select", "ds/Agent", "--select=daemonset.apps/b"], options: attachOptions)
    #expect(try WorkloadName.selection(call) == ["daemonset/agent", "daemonset/b"])
  }
}
