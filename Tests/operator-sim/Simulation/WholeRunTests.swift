import EmulatedAPIServer
import Foundation
import Glibc
import JSON
import KubernetesAPI
import TestSupport
import Testing

/// `operator-sim run` as a user starts it: real sidecars, stand-in collectors, the emulated API
/// server.
@Suite(.serialized) struct WholeRunTests {
  @Test func threeLivesOfTwoNodesLoseAndDuplicateNothing() throws {
    try HostFiles.withTemporaryFolder { folder in
      let run = try Run(["--nodes", "2", "--rollouts", "2", "--life", "1s", "--json"], in: folder)
      try #require(run.wait() == 0, "\(run.errors)")
      let total = try #require(try JSONValue(parsing: run.output)["total"])
      #expect(total["duplicated"] == 0)
      #expect(total["lost"] == 0)
      #expect(total["lives"] == 6)
      #expect(total["delivered"] == total["written"])
      #expect(try #require(total["written"]?.integer) > 600)
      #expect(try #require(total["patches"]?.integer) >= 6)
    }
  }

  /// Two outages of the backend around rollouts; more of them take longer and are played by hand.
  @Test func anOutageOfTheBackendLosesNothingAtLeastOnceAndMuchWithBestEffort() throws {
    try HostFiles.withTemporaryFolder { folder in
      let run = try Run(
        [
          "--nodes", "1", "--scenario", "backend-outage", "--rollouts", "2", "--outage", "2s",
          "--life", "1s", "--json",
        ], in: folder)
      try #require(run.wait() == 0, "\(run.errors)")
      let modes = try #require(try JSONValue(parsing: run.output)["deliveries"]?.array)
      #expect(modes.map { $0["delivery"] } == ["atLeastOnce", "bestEffort"])
      for (mode, isLossless) in zip(modes, [true, false]) {
        let lost = try #require(mode["total"]?["lost"]?.integer)
        #expect(isLossless ? lost == 0 : lost > 0, "\(run.output)")
        #expect(mode["backendOutages"] == 2)
        // Every duplicate has a cause.
        let duplicates = mode["duplicates"]?.array ?? []
        #expect(
          duplicates.compactMap { $0["records"]?.integer }.reduce(0, +)
            == mode["total"]?["duplicated"]?.integer, "\(run.output)")
        #expect(!duplicates.contains { $0["cause"] == "unexplained" }, "\(run.output)")
      }
    }
  }

  @Test func aSidecarThatKeepsNothingIsFoundOut() throws {
    try HostFiles.withTemporaryFolder { folder in
      let script = folder + "/forgetful"
      try HostFiles.write(
        Array("#!/bin/sh\n[ \"$1\" = --mode=init ] && exit 0\nexec sleep 1000\n".utf8), to: script)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
      let run = try Run(
        [
          "--nodes", "1", "--rollouts", "1", "--life", "1s", "--grace-period", "2s",
          "--sync-image", script,
        ], in: folder)
      #expect(run.wait() == 1)
      #expect(run.output.contains("node-1 file 1: written "))
      #expect(!run.output.contains("rollout: 0 duplicated"))
      #expect(run.errors.contains("everything that was written is below \(folder)/work"))
    }
  }

  @Test func anInterruptedRunLeavesNoProcessBehind() throws {
    try HostFiles.withTemporaryFolder { folder in
      let run = try Run(["--nodes", "2", "--life", "60s"], in: folder)
      let deadline = ContinuousClock.now + .seconds(30)
      while Self.processes(naming: folder).count < 5, ContinuousClock.now < deadline {
        Thread.sleep(forTimeInterval: 0.02)
      }
      // The run itself, two collectors, two sidecars.
      #expect(Self.processes(naming: folder).count == 5)
      run.interrupt()
      #expect(run.wait() == 1)
      #expect(
        run.errors == "interrupted\nwhat the containers wrote is below \(folder)/work\n")
      #expect(Self.processes(naming: folder).isEmpty)
    }
  }

  @Test func aContainerThatKeepsFailingEndsTheRunAndNamesItsOutput() throws {
    try HostFiles.withTemporaryFolder { folder in
      let run = try Run(["--nodes", "1", "--init-image", "/bin/false"], in: folder)
      #expect(run.wait() == 1)
      #expect(
        run.errors == """
          node-1: container filelog-offset-init failed 6 times; its output is in \
          \(folder)/work/node-1/logs/filelog-offset-init.log
          what the containers wrote is below \(folder)/work

          """)
    }
  }

  @Test func aProgramThatIsNotThereIsAWrongCommandLine() throws {
    try HostFiles.withTemporaryFolder { folder in
      let run = try Run(["--collector", "/no/collector"], in: folder)
      #expect(run.wait() == 2)
      #expect(
        run.errors == """
          operator-sim run: --collector: /no/collector is no program that can be run
          Try: operator-sim run --help

          """)
    }
  }

  @Test func somebodysClusterIsLeftAsItWas() throws {
    try HostFiles.withTemporaryFolder { folder in
      let cluster = try OwnCluster(in: folder)
      defer { cluster.server.stop() }
      let (kubeconfig, client) = (cluster.kubeconfig, cluster.client)
      func objects() throws -> [String] {
        try ["Namespace", "Node", "Pod", "ConfigMap", "DaemonSet", "ClusterRole"].flatMap { kind in
          let type = try #require(ResourceType.named(kind))
          return try #require(try client.listMetadata(type, namespace: nil, labels: [:])).map {
            "\(kind) \($0["metadata"]?["name"]?.string ?? "")"
          }
        }
      }
      let before = try objects()
      let arguments = [
        "--nodes", "1", "--rollouts", "1", "--life", "1s", "--kubeconfig", kubeconfig,
      ]
      for layout in ["shared", "perNode"] {
        let own = TemporaryFolder()
        let run = try Run(arguments + ["--layout", layout], in: own.path)
        try #require(run.wait() == 0, "\(run.errors)")
        #expect(run.output.contains("\nremoved from the cluster what was made there: "))
        #expect(try objects() == before)
      }
      let kept = try Run(arguments + ["--keep"], in: folder)
      try #require(kept.wait() == 0, "\(kept.errors)")
      #expect(try objects().count > before.count)
      let second = try Run(arguments, in: folder)
      #expect(second.wait() == 1)
      #expect(
        second.errors.hasPrefix(
          "ServiceAccount sim-opentelemetry-collector-sa exists: choose another --release or "
            + "--namespace, or remove this one with operator-sim delete"), "\(second.errors)")
    }
  }

  /// What a release keeps without its DaemonSet, an earlier simulation's node's map for instance.
  @Test func offsetsThatSomebodyKeptAreNotTouched() throws {
    try HostFiles.withTemporaryFolder { folder in
      let cluster = try OwnCluster(in: folder)
      defer { cluster.server.stop() }
      try cluster.create("Namespace", "operator-sim", namespace: nil)
      try cluster.create(
        "ConfigMap", "sim-filelogoffsets-node-node-1",
        [
          "app.kubernetes.io/name": "opentelemetry-collector", "app.kubernetes.io/instance": "sim",
          "dash0.com/filelog-offsets": "node",
        ])
      let run = try Run(["--nodes", "1", "--kubeconfig", cluster.kubeconfig], in: folder)
      #expect(run.wait() == 1)
      #expect(
        run.errors.hasPrefix(
          "ConfigMap sim-filelogoffsets-node-node-1 holds offsets of a node: choose another"),
        "\(run.errors)")
    }
  }

  @Test func whatSomebodyElseMadeMeanwhileStays() throws {
    try HostFiles.withTemporaryFolder { folder in
      let cluster = try OwnCluster(in: folder)
      defer { cluster.server.stop() }
      let role = ObjectReference(
        try #require(ResourceType.named("ClusterRole")), namespace: nil,
        name: "sim-opentelemetry-collector-cr")
      let run = try Run(
        ["--nodes", "1", "--rollouts", "0", "--life", "4s", "--kubeconfig", cluster.kubeconfig],
        in: folder)
      try Self.wait("the release") { (try? cluster.client.object(role)) ?? nil != nil }
      try cluster.client.delete(role, uid: nil, resourceVersion: nil)
      try cluster.create("ClusterRole", role.name, namespace: nil)
      try cluster.create("Secret", "theirs")
      #expect(run.wait() == 0, "\(run.errors)")
      #expect(try cluster.client.object(role) != nil)
      #expect(
        run.output.contains(
          "left in the cluster: namespace operator-sim: somebody else made secret theirs in it"),
        "\(run.output)")
    }
  }

  /// An API server that is not the simulation's own.
  private struct OwnCluster {
    let server: EmulatedAPIServer
    let kubeconfig: String
    let client: KubernetesClient

    init(in folder: String) throws {
      server = try EmulatedAPIServer()
      let endpoint = try server.start()
      kubeconfig = folder + "/kubeconfig"
      try HostFiles.write(
        Array(endpoint.kubeconfig(token: endpoint.adminToken).utf8), to: kubeconfig)
      client = KubernetesClient(try .kubeconfig(path: kubeconfig))
    }

    func create(
      _ kind: String, _ name: String, namespace: String? = "operator-sim",
      _ labels: [String: String] = [:]
    ) throws {
      let type = try #require(ResourceType.named(kind))
      let object: JSONValue = [
        "apiVersion": .string(type.apiVersion), "kind": .string(kind),
        "metadata": [
          "name": .string(name), "labels": .object(labels.mapValues { .string($0) }),
        ],
      ]
      _ = try client.send(
        APIRequest(
          "POST", type.path(namespace: namespace), contentType: MediaType.json,
          body: JSONWriter.compact.bytes(object)))
    }
  }

  @Test func aScenarioFileSaysWhatHappensAndFlagsHaveTheLastWord() throws {
    try HostFiles.withTemporaryFolder { folder in
      let file = folder + "/scenario.yaml"
      try HostFiles.write(
        Array(
          """
          name: twice
          settings: {nodes: 2, rate: 50, seed: many}
          repeat: 2
          steps: [{do: live, for: 500ms}, rollout]
          """.utf8), to: file)
      let wrong = try Run(["--scenario", file], in: folder)
      #expect(wrong.wait() == 1)
      #expect(
        wrong.errors == """
          \(file):2: settings.seed: expected a number from 0 to \(Int.max), found "many"

          """)
      let run = try Run(["--scenario", file, "--seed", "3", "--nodes", "1", "--json"], in: folder)
      try #require(run.wait() == 0, "\(run.errors)")
      let result = try JSONValue(parsing: run.output)
      #expect(result["scenario"] == "twice")
      #expect(result["nodes"]?.array?.count == 1)
      #expect(result["total"]?["lives"] == 3)
    }
  }

  @Test func aKilledRunTakesItsProcessesAlong() throws {
    try HostFiles.withTemporaryFolder { folder in
      let run = try Run(["--nodes", "2", "--life", "60s"], in: folder)
      try Self.wait("two pods' processes") {
        // Of each node the collector and the sync container.
        Self.processes(naming: folder + "/work/node-").count >= 4
      }
      run.kill()
      _ = run.wait()
      try Self.wait("the end of all processes") {
        Self.processes(naming: folder + "/work/node-").isEmpty
      }
    }
  }

  static func wait(_ what: Comment, until condition: () -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while !condition() {
      try #require(ContinuousClock.now < deadline, what)
      usleep(20_000)
    }
  }

  /// Processes of this machine that have a text in their arguments or environment.
  static func processes(naming text: String) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { pid in
      guard pid != getpid() else { return false }
      return ["cmdline", "environ"].contains { file in
        let bytes = (try? HostFiles.read("/proc/\(pid)/\(file)")) ?? []
        return String(decoding: bytes, as: UTF8.self).contains(text)
      }
    }
  }

  /// One `operator-sim run` with its work folder in a folder of the test's.
  final class Run {
    private let process = Process()
    private let folder: String

    init(_ arguments: [String], in folder: String) throws {
      self.folder = folder
      for name in ["output", "errors"] { try HostFiles.write([], to: folder + "/" + name) }
      process.executableURL = URL(fileURLWithPath: Self.program)
      process.arguments = ["run", "--work-dir", folder + "/work"] + arguments
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle(forWritingAtPath: folder + "/output")
      process.standardError = FileHandle(forWritingAtPath: folder + "/errors")
      try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

    func wait() -> Int32 {
      process.waitUntilExit()
      return process.terminationStatus
    }

    func interrupt() { process.interrupt() }

    func kill() { _ = Glibc.kill(process.processIdentifier, SIGKILL) }

    var output: String { text("output") }
    var errors: String { text("errors") }

    private func text(_ name: String) -> String {
      String(decoding: (try? HostFiles.read(folder + "/" + name)) ?? [], as: UTF8.self)
    }

    /// The products lie beside the test bundle.
    private static var program: String {
      let arguments = CommandLine.arguments
      let bundle = arguments.firstIndex(of: "--test-bundle-path").map { arguments[$0 + 1] }
      let folder = (bundle ?? arguments[0]).split(
        separator: "/", omittingEmptySubsequences: false
      ).dropLast().joined(separator: "/")
      return folder + "/operator-sim"
    }
  }
}
