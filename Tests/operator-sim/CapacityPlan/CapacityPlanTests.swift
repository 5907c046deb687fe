import FilelogContract
import FilelogJSON
import Testing

@testable import CapacityPlan
@testable import offset_sync_bench

@Suite struct CapacityPlanTests {
  private static func workload(_ nodes: Int, pods: Double = 200) -> Workload {
    Workload(nodes: nodes, podsPerNode: pods)
  }

  /// What the model is fitted to is what the sidecar packs today.
  @Test func payloadsAreAsLargeAsTheMeasurementsSay() throws {
    let sizes = try PayloadSizes()
    #expect(Measurements.payloadSizes.map(\.files) == PayloadSizes.counts)
    for measured in Measurements.payloadSizes {
      let bytes = Double(try sizes.bytes(files: measured.files))
      // zlib's versions differ a little.
      #expect(abs(bytes / Double(measured.bytes) - 1) < 0.03, "\(measured.files) files")
    }
  }

  @Test func theModelIsNearItsMeasurementsAndSaysHowNear() {
    let deviations = CapacityModel().deviations
    let limits: [CapacityModel.Deviation.Source: [String: Double]] = [
      .repeatable: [
        "bytes of a payload": 0.06, "bytes stored": 0.001, "bytes from clients": 0.001,
        "bytes to clients": 0.001, "bytes to watchers": 0.001,
      ],
      .realServer: [
        "bytes into etcd": 0.3, "bytes to watchers": 0.06, "seconds of a write": 0.4,
        "CPU time of a write": 0.3,
      ],
    ]
    for (source, limits) in limits {
      let deviations = deviations.filter { $0.source == source }
      #expect(Set(deviations.map(\.quantity)) == Set(limits.keys))
      for deviation in deviations {
        #expect(deviation.largest <= limits[deviation.quantity] ?? 0, "\(deviation)")
        #expect(deviation.mean <= deviation.largest && deviation.measurements > 1)
      }
    }
    let lines = PlanText.errors(CapacityPlan(Self.workload(10))).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines[0].hasPrefix(
        "Mean error of the model against what `make bench-scale` measures: bytes of a payload "))
    #expect(
      lines[1].hasPrefix(
        "Against a real kube-apiserver and etcd, measured once on two cores that the clients shared, "
          + "to which seconds and rewrites are fitted: bytes into etcd "))
  }

  @Test func oneSharedMapIsFullWithAboutTwentyNodesOfTwoHundredFiles() {
    #expect(Prediction(Self.workload(23), .shared).shareOfMap < 1)
    #expect(Prediction(Self.workload(25), .shared).obstacles.contains(.size))
    #expect(Prediction(Self.workload(25), .perNode).fits)
  }

  /// The issue that this plans around: 50 nodes at once on one map end in 504.
  @Test func aSharedMapOfFiftyBusyNodesTakesTooManyWrites() {
    var workload = Self.workload(50)
    workload.payloadBytes = 10_240
    let shared = Prediction(workload, .shared)
    #expect(shared.obstacles == [.writes, .quota])
    #expect(Prediction(workload, .perNode).fits)
  }

  @Test func bytesOfAStoreDoNotGrowWithTheNodesInMapsOfTheirOwn() {
    for nodes in [1, 10, 100, 1000, 15_000] {
      let prediction = Prediction(Self.workload(nodes), .perNode)
      let one = Prediction(Self.workload(1), .perNode)
      let perWrite = prediction.etcdBytesPerSecond / prediction.writesPerSecond
      #expect(abs(perWrite / (one.etcdBytesPerSecond / one.writesPerSecond) - 1) < 1e-9)
    }
    let few = Prediction(Self.workload(5), .shared)
    let many = Prediction(Self.workload(20), .shared)
    #expect(
      many.etcdBytesPerSecond / many.writesPerSecond
        > 3.5 * few.etcdBytesPerSecond / few.writesPerSecond)
  }

  @Test func aQuietClusterWritesNothing() {
    var workload = Self.workload(1000)
    workload.logBytesPerSecond = 0
    for layout in Contract.OffsetLayout.allCases {
      let prediction = Prediction(workload, layout)
      #expect(prediction.writesPerSecond == 0 && prediction.etcdBytesPerSecond == 0)
    }
    // Each pod that comes or goes is a store of its node's, when they come one by one.
    workload.churnPerHour = 360
    #expect(abs(Prediction(workload, .shared).writesPerSecond - 0.2) < 0.001)
    // Some of them write a step or the whole payload, in other maps.
    #expect((0.2...0.23).contains(Prediction(workload, .perNode).writesPerSecond))
  }

  @Test func moreOfAnythingNeverCostsLess() {
    let base = CapacityPlan(Self.workload(100, pods: 50))
    var changes: [Workload] = [Self.workload(200, pods: 50), Self.workload(100, pods: 90)]
    var busier = base.workload
    busier.logBytesPerSecond *= 10
    changes.append(busier)
    for workload in changes {
      for (before, after) in zip(base.predictions, CapacityPlan(workload).predictions) {
        #expect(after.etcdBytesPerSecond >= before.etcdBytesPerSecond)
        #expect(after.utilization >= before.utilization)
      }
    }
  }

  @Test func itSaysUpToWhichSizeALayoutFits() throws {
    let plan = CapacityPlan(Self.workload(100, pods: 40))
    for layout in Contract.OffsetLayout.allCases {
      let most = try #require(plan.largest[layout])
      var workload = plan.workload
      workload.nodes = most
      #expect(most == 0 || Prediction(workload, layout).fits)
      workload.nodes = most + 1
      #expect(most == CapacityPlan.mostNodes || !Prediction(workload, layout).fits)
    }
    #expect(plan.advice == .perNode)
    let text = PlanText.overview(plan)
    #expect(
      text.contains(
        "Take one map for each node (filelogOffsetSyncLayout: perNode). A new release gets"))
    #expect(text.contains("fits up to  "))
  }

  @Test func aClusterThatIsTooBusyIsToldWhichIntervalWouldDo() throws {
    let plan = CapacityPlan(Self.workload(5000))
    #expect(plan.advice == nil)
    let seconds = try #require(plan.shortestInterval)
    var slower = plan.workload
    slower.interval = Double(seconds)
    #expect(CapacityPlan(slower).advice == .perNode)
    #expect(PlanText.overview(plan).contains("filelogOffsetSyncInterval: \(seconds)s."))
  }

  /// What new releases get, in words that do not say otherwise.
  @Test(arguments: [1, 3, 1000]) func itSaysWhatNewReleasesGet(_ nodes: Int) {
    let plan = CapacityPlan(Self.workload(nodes))
    #expect(plan.advice == .perNode)
    let text = PlanText.overview(plan)
    #expect(text.contains("A new release gets one map for each node by itself"))
    #expect(text.contains("Both layouts fit.") == (nodes < 1000))
    #expect(text.contains("leases a node, a shared map as much as") == (nodes < 1000))
  }

  /// Kubernetes' own limit, on a server of the size that such clusters have.
  @Test func aThousandNodesFitTwoCoresAndFiveThousandAServerOfTheirSize() throws {
    let busy = Prediction(Self.workload(1000, pods: 40), .perNode)
    #expect(busy.fits && busy.utilization < 0.3)
    #expect((1.0...2.5).contains(busy.leasesPerNode))
    // Between two compactions, of a quota of 2 GiB.
    #expect(busy.keptBytes < 100_000_000)
    var large = Self.workload(5000, pods: 40)
    #expect(!Prediction(large, .perNode).fits)
    let needed = try #require(CapacityPlan(large).neededServerSpeed)
    #expect(needed < 4)
    large.serverSpeed = needed
    #expect(Prediction(large, .perNode).fits)
    #expect(CapacityPlan(large).neededServerSpeed == nil)
    #expect(
      PlanText.overview(CapacityPlan(Self.workload(1000, pods: 40))).contains(
        "kubelets' leases a node"))
  }

  /// As `make bench-scale` measured it: ten log files a minute on a node of a hundred.
  @Test func filesThatComeCostAsMuchAsWasMeasured() {
    var workload = Self.workload(1, pods: 100)
    workload.logBytesPerSecond = 300
    workload.churnPerHour = 600
    let prediction = Prediction(workload, .perNode)
    let bytes = prediction.etcdBytesPerSecond / workload.storesPerSecond
    #expect((2200...2700).contains(bytes), "\(bytes)")
  }

  @Test func aPayloadBeyondOneMapIsStoredByDifferencesToo() {
    var workload = Self.workload(1)
    workload.payloadBytes = 2.5 * 1_048_576
    let prediction = Prediction(workload, .perNode)
    #expect(abs(prediction.writesPerSecond / workload.storesPerSecond - 1) < 1e-9)
    workload.churnPerHour = 600
    #expect(Prediction(workload, .perNode).writesPerSecond > workload.storesPerSecond)
    workload.payloadBytes = 17 * 1_048_576
    #expect(Prediction(workload, .perNode).obstacles.contains(.size))
  }

  @Test func thePageStandsForItself() {
    for nodes in [1, 300, 15_000] {
      let page = PlanPage.page(CapacityPlan(Self.workload(nodes)))
      #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
      #expect(page.split(separator: "<svg").count == 7)
      #expect(page.split(separator: "<polyline").count == 13)
      #expect(page.contains("prefers-color-scheme: dark"))
      for foreign in ["<script", "http://", "https://", "src=", "nan", "inf"] {
        #expect(!page.contains(foreign), "\(foreign)")
      }
    }
  }

  @Test func machinesGetTheSame() {
    let json = CapacityPlan(Self.workload(100, pods: 40)).json
    #expect(json["advice"] == "perNode")
    #expect(json["layouts"]?.array?.map { $0["layout"] } == ["shared", "perNode"])
    #expect(json["layouts"]?[0]?["fits"] == false)
    #expect(json["model"]?.array?.count == 9)
  }
}
