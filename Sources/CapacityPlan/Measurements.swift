/// What the model is fitted to.
public enum Measurements {
  /// A payload of so many log files.
  public struct PayloadSize: Hashable, Sendable {
    /// Log files that the receiver of the node knows.
    public let files: Int
    /// Of the payload, packed.
    public let bytes: Int
  }

  /// Payloads of log files of a real collector, packed by the sidecar. `offset-sync-bench --payloads`
  /// measures them again, and a test holds these figures against it.
  public static let payloadSizes = [
    (1, 773), (10, 2873), (25, 6132), (50, 11_530), (100, 22_053), (200, 43_290), (500, 106_650),
    (1000, 212_080), (2000, 423_018),
  ].map(PayloadSize.init)

  /// Patches of 50 nodes with 10 KiB of random bytes each, sent to kube-apiserver 1.36 and etcd 3.6 on
  /// two cores that client, server and etcd shared. Figures are per patch.
  public struct Traffic: Hashable, Sendable {
    /// Where the patches went.
    public let layout: Layout
    /// How many patches were under way at any time.
    public let inFlight: Double
    /// Bytes that etcd received.
    public let etcdBytes: Double
    /// Bytes of the answer; nil where the whole object was asked for, which the sidecar never does.
    public let answerBytes: Double?
    /// Bytes to each client that watches whole objects.
    public let watchBytes: Double
    /// From the request to the answer, in seconds.
    public let seconds: Double
  }

  /// How many nodes took part in ``traffic``.
  public static let trafficNodes = 50
  /// Bytes of each node's payload in ``traffic``.
  public static let trafficPayload = 10_240

  /// Every measurement in which no patch failed. With 50 in flight on a shared map, 72 of 100 ended
  /// in 504.
  public static let traffic = [
    Traffic(
      layout: .perNode, inFlight: 1, etcdBytes: 10_580, answerBytes: 420, watchBytes: 14_100,
      seconds: 0.0064),
    Traffic(
      layout: .perNode, inFlight: 10, etcdBytes: 10_600, answerBytes: 420, watchBytes: 14_100,
      seconds: 0.0635),
    Traffic(
      layout: .shared, inFlight: 1, etcdBytes: 573_400, answerBytes: nil, watchBytes: 684_600,
      seconds: 0.1206),
    Traffic(
      layout: .shared, inFlight: 1, etcdBytes: 707_000, answerBytes: 1140, watchBytes: 684_600,
      seconds: 0.1629),
    Traffic(
      layout: .shared, inFlight: 1, etcdBytes: 683_000, answerBytes: 1100, watchBytes: 685_000,
      seconds: 0.207),
    Traffic(
      layout: .shared, inFlight: 5, etcdBytes: 2_317_000, answerBytes: 1100, watchBytes: 685_000,
      seconds: 1.308),
    Traffic(
      layout: .shared, inFlight: 10, etcdBytes: 3_977_000, answerBytes: 1100, watchBytes: 685_000,
      seconds: 5.185),
  ]
}

/// How offsets are laid out in config maps.
public enum Layout: String, CaseIterable, Sendable {
  /// One map for all nodes.
  case shared
  /// One map for each node.
  case perNode
}
