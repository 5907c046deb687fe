import FilelogCommandLine

/// An object as kubectl names it: `daemonset/NAME`, `ds/NAME`, or `daemonset.apps/NAME` as
/// `kubectl get -o name` prints it.
struct WorkloadName {
  let isDaemonSet: Bool
  let name: String

  private static let daemonSets = ["daemonset", "daemonsets", "ds"]
  private static let collectors = [
    "opentelemetrycollector", "opentelemetrycollectors", "otelcol", "otelcols",
  ]

  init(_ text: String) throws(UsageError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let kind = parts[0].lowercased().split(separator: ".", maxSplits: 1).map(String.init)
    let group = kind.count > 1 ? kind[1] : nil
    let isDaemonSet =
      Self.daemonSets.contains(kind.first ?? "") && [nil, "apps", "v1.apps"].contains(group)
    let isCollector =
      Self.collectors.contains(kind.first ?? "")
      && (group.map { $0.hasSuffix("opentelemetry.io") } ?? true)
    guard parts.count == 2, !parts[1].isEmpty, isDaemonSet || isCollector else {
      throw UsageError(
        "expected daemonset/NAME or opentelemetrycollector/NAME, found \"\(text)\"")
    }
    self.isDaemonSet = isDaemonSet
    name = parts[1]
  }

  /// Those that `--select` names, as the library does.
  static func selection(_ call: Invocation) throws(UsageError) -> Set<String> {
    var selection: Set<String> = []
    for text in call.values("--select") {
      let name = try WorkloadName(text)
      let kind = name.isDaemonSet ? daemonSets[0] : collectors[0]
      selection.insert("\(kind)/\(name.name)".lowercased())
    }
    return selection
  }
}
