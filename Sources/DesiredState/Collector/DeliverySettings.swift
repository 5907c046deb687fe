internal import FilelogContract
internal import FilelogJSON

/// What a delivery mode changes in the collector's configuration.
///
/// At least once, nothing between the receiver and the backend may hold records that an offset has
/// passed: no batch processor, no queue, no emitter that collects, and no attempt given up. Then a
/// receiver whose records are not delivered stands still, and so do its offsets (measured with
/// v0.156: each of the four by itself loses records when the pod is replaced during an outage).
struct DeliverySettings {
  private let mode: Contract.Delivery

  init(_ mode: Contract.Delivery) { self.mode = mode }

  /// Without this gate the receiver's own emitter, and the one in the container parser, hold up to
  /// 100 records each.
  var featureGates: [String] {
    mode == .atLeastOnce ? ["--feature-gates=stanza.synchronousLogEmitter"] : []
  }

  func place(in tree: inout JSONValue) {
    guard mode == .atLeastOnce else { return }
    tree.remove("processors", "batch")
    for (name, exporter) in tree["exporters"]?.object ?? [:] where Self.isRemote(name) {
      tree.place(Self.waiting(exporter), at: "exporters", name)
    }
    tree.place(Self.retryWithoutEnd, at: "receivers", "filelog", "retry_on_failure")
    let processors = tree["service"]?["pipelines"]?["logs"]?["processors"]?.array ?? []
    tree.place(
      .array(processors.filter { $0 != "batch" }), at: "service", "pipelines", "logs", "processors")
  }

  /// The debug exporter neither queues nor fails.
  private static func isRemote(_ exporter: String) -> Bool { exporter != "debug" }

  private static func waiting(_ exporter: JSONValue) -> JSONValue {
    var exporter = exporter
    exporter["sending_queue"] = ["enabled": false]
    exporter["retry_on_failure"] = retryWithoutEnd
    return exporter
  }

  /// A limit of zero is none. The intervals are shorter than a queue's: a receiver stands still while
  /// its exporter waits, and all that piles up meanwhile becomes one poll.
  private static let retryWithoutEnd: JSONValue = [
    "enabled": true, "initial_interval": "1s", "max_interval": "5s", "max_elapsed_time": 0,
  ]
}
