/// Which programs on this machine stand for the containers' images.
public struct Programs: Sendable {
  /// Stands for the image of the init container, as ``sync`` does for that of the sync container.
  /// The first pod of a node gets the first of each list, the next the next, and so on in turn.
  public var initialize: [String]
  /// See ``initialize``.
  public var sync: [String]
  /// What stands for a collector.
  public var collector: Collector

  /// What stands for a collector.
  public enum Collector: Sendable {
    /// A program that is called with these arguments, `--config FILE`, and `--react-after TIME`.
    case standIn(program: String, arguments: [String])
    /// A real OpenTelemetry Collector, by its path.
    case real(String)
  }

  /// Programs by their paths.
  /// - Precondition: neither list is empty.
  public init(initialize: [String], sync: [String], collector: Collector) {
    precondition(!initialize.isEmpty && !sync.isEmpty, "every container needs a program")
    self.initialize = initialize
    self.sync = sync
    self.collector = collector
  }

  /// The path of a real collector; nil: a stand-in.
  var realCollector: String? {
    if case .real(let path) = collector { path } else { nil }
  }
}
