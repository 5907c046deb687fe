public import FilelogContract

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
    (1, 836), (10, 2935), (25, 6195), (50, 11_598), (100, 22_122), (200, 43_361), (500, 106_720),
    (1000, 212_149), (2000, 423_085),
  ].map(PayloadSize.init)

  /// What one store of 10 KiB of random bytes costs in a fleet, by the sidecar's own code.
  public struct Store: Hashable, Sendable {
    /// Where it went.
    public let layout: Contract.OffsetLayout
    /// How many nodes store.
    public let nodes: Int
    /// Of the object that the server has to write, as it lies in etcd.
    public let storedBytes: Double
    /// Of the request's body.
    public let sentBytes: Double
    /// Of the response's body.
    public let responseBytes: Double
    /// To each client that watches whole objects.
    public let watchBytes: Double
  }

  /// `make bench-scale` measures them again, and fails where one of them is another by now. The maps
  /// bear a release's labels; those of single nodes have no owner, because the bench is not a pod.
  public static let stores = [
    Store(
      layout: .shared, nodes: 10, storedBytes: 103_455, sentBytes: 13_688, responseBytes: 1112,
      watchBytes: 137_853),
    Store(
      layout: .shared, nodes: 25, storedBytes: 257_595, sentBytes: 13_688, responseBytes: 1382,
      watchBytes: 343_203),
    Store(
      layout: .shared, nodes: 50, storedBytes: 514_495, sentBytes: 13_688, responseBytes: 1833,
      watchBytes: 685_454),
    Store(
      layout: .shared, nodes: 100, storedBytes: 1_028_295, sentBytes: 13_688, responseBytes: 2733,
      watchBytes: 1_369_954),
    Store(
      layout: .perNode, nodes: 10, storedBytes: 11_122, sentBytes: 13_725, responseBytes: 1155,
      watchBytes: 14_848),
    Store(
      layout: .perNode, nodes: 200, storedBytes: 11_122, sentBytes: 13_725, responseBytes: 1156,
      watchBytes: 14_849),
  ]

  /// What a store of a difference costs, of a node with 200 log files of which some grow, and 120 stores in
  /// ten minutes.
  public struct Difference: Hashable, Sendable {
    /// Log files that grow.
    public let growing: Int
    /// In the mean, of the object that the server has to write, as it lies in etcd.
    public let storedBytes: Double
    /// In the mean, of the request's body.
    public let sentBytes: Double
  }

  /// `make bench-scale` measures them again.
  public static let differences = [
    Difference(growing: 10, storedBytes: 553, sentBytes: 233),
    Difference(growing: 200, storedBytes: 885, sentBytes: 674),
  ]

  /// What a log file that comes adds to a difference, of text as the bench has it.
  public static let newFileBytes = 250.0
  /// What a whole payload costs beside itself: metadata, and the claim before it.
  public static let wholeOverhead = 1536.0
  /// What setting changes aside costs beside them: metadata of a part map, and another write.
  public static let stepOverhead = 1024.0

  /// CPU time of a write in kube-apiserver 1.36 and etcd 3.6 together, by the size of its value, measured
  /// once with one client, 400 writes each.
  public static let cpuTimes: [(bytes: Double, seconds: Double)] = [
    (300, 0.0025), (1000, 0.0025), (2000, 0.0023), (9000, 0.0042), (44_000, 0.0084),
    (200_000, 0.0195),
  ]
  /// CPU time of a kubelet's renewal of its Lease, measured with ``cpuTimes``.
  public static let leaseSeconds = 0.0027
  /// Every kubelet renews its Lease so often.
  public static let leaseInterval = 10.0
  /// Cores of the machine of all these measurements.
  public static let cores = 2.0

  /// etcd keeps every version until it compacts, every five minutes.
  public static let compactionInterval = 300.0
  /// etcd's default quota, 2 GiB.
  public static let etcdQuota = 2_147_483_648.0
  /// The largest quota that etcd recommends, 8 GiB.
  public static let largestEtcdQuota = 8_589_934_592.0

  /// Of each payload in ``stores`` and ``traffic``.
  public static let payload = 10_240

  /// Patches of 50 nodes with 10 KiB of random bytes each, sent to kube-apiserver 1.36 and etcd 3.6 on
  /// two cores that client, server and etcd shared. Figures are per patch.
  /// Only seconds, and how often patches that meet are written anew, are fitted to these: an emulator
  /// cannot tell them, and no command here repeats them. For bytes they are a second opinion.
  public struct Traffic: Hashable, Sendable {
    /// Where the patches went.
    public let layout: Contract.OffsetLayout
    /// How many patches were under way at any time.
    public let inFlight: Double
    /// Bytes that etcd received.
    public let etcdBytes: Double
    /// Bytes of the response; nil where the whole object was asked for, which the sidecar never does.
    public let responseBytes: Double?
    /// Bytes to each client that watches whole objects.
    public let watchBytes: Double
    /// From the request to the response, in seconds.
    public let seconds: Double
  }

  /// How many nodes took part in ``traffic``.
  public static let trafficNodes = 50
  /// Every measurement in which no patch failed. With 50 in flight on a shared map, 72 of 100 ended
  /// in 504.
  public static let traffic = [
    Traffic(
      layout: .perNode, inFlight: 1, etcdBytes: 10_580, responseBytes: 420, watchBytes: 14_100,
      seconds: 0.0064),
    Traffic(
      layout: .perNode, inFlight: 10, etcdBytes: 10_600, responseBytes: 420, watchBytes: 14_100,
      seconds: 0.0635),
    Traffic(
      layout: .shared, inFlight: 1, etcdBytes: 573_400, responseBytes: nil, watchBytes: 684_600,
      seconds: 0.1206),
    Traffic(
      layout: .shared, inFlight: 1, etcdBytes: 707_000, responseBytes: 1140, watchBytes: 684_600,
      seconds: 0.1629),
    Traffic(
      layout: .shared, inFlight: 1, etcdBytes: 683_000, responseBytes: 1100, watchBytes: 685_000,
      seconds: 0.207),
    Traffic(
      layout: .shared, inFlight: 5, etcdBytes: 2_317_000, responseBytes: 1100, watchBytes: 685_000,
      seconds: 1.308),
    Traffic(
      layout: .shared, inFlight: 10, etcdBytes: 3_977_000, responseBytes: 1100, watchBytes: 685_000,
      seconds: 5.185),
  ]
}
