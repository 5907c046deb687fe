import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import Foundation
import Glibc
import TestSupport
import Testing

/// `operator-sim run` as a user starts it: real sidecars, stand-in collectors, the emulated API
/// server.
@Suite(.serialized) struct WholeRunTests {
  @Test func rolloutLosesAndDuplicatesNothing() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let run = try Run(["--nodes", "2", "--rollouts", "2", "--life", "1s", "--json"], in: directory)
    try #require(await run.wait() == 0, "\(run.errors)")
    let total = try #require(try JSONValue(parsing: run.output)["total"])
    #expect(total["duplicated"] == 0)
    #expect(total["lost"] == 0)
    #expect(total["podGenerations"] == 6)
    #expect(total["delivered"] == total["written"])
    #expect(try #require(total["written"]?.integer) > 600)
    #expect(try #require(total["patches"]?.integer) >= 6)
  }

  /// Two outages of the backend around rollouts; more of them take longer and are played by hand.
  @Test func backendOutageLosesNothingOnlyWithAtLeastOnce() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let run = try Run(
      [
        "--nodes", "1", "--scenario", "backend-outage", "--rollouts", "2", "--outage", "2s",
        "--life", "1s", "--json",
      ], in: directory)
    try #require(await run.wait() == 0, "\(run.errors)")
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

  /// A collector with offsets on a host path: attached, its volume replaced, kept again, each rolled out,
  /// with rotations while no collector runs.
  @Test(arguments: ["1.28", "1.31"])
  func attachingInTwoStepsAndBackLosesAndDuplicatesNothing(_ version: String) async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let run = try Run(
      [
        "--nodes", "1", "--scenario", "attach", "--rollouts", "0", "--life", "1s",
        "--kubernetes-version", version, "--json",
      ], in: directory)
    try #require(await run.wait() == 0, "\(run.errors)")
    let total = try #require(try JSONValue(parsing: run.output)["total"])
    #expect(total["duplicated"] == 0 && total["lost"] == 0, "\(run.output)")
    #expect(total["podGenerations"] == 4)
  }

  /// A program that the shell runs.
  private static func writeProgram(_ script: String, to path: String) throws {
    try HostFiles.write(Array("#!/bin/sh\n\(script)".utf8), to: path)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  @Test func sidecarThatStoresNothingFailsRun() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let script = directory + "/forgetful"
    try Self.writeProgram("[ \"$1\" = --mode=init ] && exit 0\nexec sleep 1000\n", to: script)
    let run = try Run(
      [
        "--nodes", "1", "--rollouts", "1", "--life", "1s", "--grace-period", "2s",
        "--sync-program", script,
      ], in: directory)
    #expect(await run.wait() == 1)
    #expect(run.output.contains("node-1 file 1: written "))
    #expect(!run.output.contains("rollout: 0 duplicated"))
    #expect(run.errors.contains("everything that was written is below \(directory)/work"))
  }

  /// The init container of a shell that holds 40 MB, whatever the map holds.
  @Test func containerBeyondItsMemoryLimitFailsRun() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let script = directory + "/greedy"
    try Self.writeProgram("x=$(head -c 40000000 /dev/zero | tr '\\0' x)\nsleep 1\n", to: script)
    let run = try Run(
      [
        "--nodes", "1", "--scenario", "hostile-payload", "--rollouts", "1", "--life", "1s",
        "--init-program", script,
      ], in: directory)
    #expect(await run.wait() == 1)
    #expect(run.output.contains("\nnode-1: filelog-offset-init took "), "\(run.output)")
    #expect(run.output.contains(" MiB of memory (limit 32.0 MiB)\n"), "\(run.output)")
  }

  /// What only processes show: memory, and traps.
  @Test(arguments: ["hostile-payload", "sparse-files"])
  func hostileContentCostsNothingElse(_ scenario: String) async throws {
    // Files of any length have room there.
    let directory = "/dev/shm/\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let run = try Run(
      ["--nodes", "2", "--scenario", scenario, "--rollouts", "1", "--life", "2s", "--json"],
      in: directory)
    #expect(await run.wait() == 0, "\(run.output)\(run.errors)")
  }

  /// Only processes have queues.
  @Test func busyQueueLosesNothing() async throws {
    let temporary = TemporaryDirectory()
    let run = try Run(
      [
        "--nodes", "1", "--scenario", "busy-queue", "--rollouts", "1", "--life", "1s", "--outage",
        "3s",
      ], in: temporary.path)
    #expect(await run.wait() == 0, "\(run.output)\(run.errors)")
  }

  @Test func interruptingRunTerminatesChildProcesses() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let run = try Run(["--nodes", "2", "--life", "60s"], in: directory)
    _ = try await eventually { Self.processes(naming: directory).count >= 5 }
    // The run itself, two collectors, two sidecars.
    #expect(Self.processes(naming: directory).count == 5)
    run.interrupt()
    #expect(await run.wait() == 130)
    #expect(
      run.errors == "interrupted\neverything that was written is below \(directory)/work\n")
    // What is known until then is shown.
    #expect(run.output.contains("interrupted after "))
    #expect(!run.output.contains("lost"))
    #expect(run.output.contains("\nnode-1     1 "))
    #expect(Self.processes(naming: directory).isEmpty)
  }

  @Test func containerThatKeepsFailingEndsRunAndNamesItsOutput() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let run = try Run(["--nodes", "1", "--init-program", "/bin/false"], in: directory)
    #expect(await run.wait() == 1)
    #expect(
      run.errors == """
        node-1: container filelog-offset-init failed 6 times; its output is in \
        \(directory)/work/node-1/logs/filelog-offset-init.log
        what the containers wrote is below \(directory)/work

        """)
  }

  @Test func missingProgramIsUsageError() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let run = try Run(["--collector", "/no/collector"], in: directory)
    #expect(await run.wait() == 2)
    #expect(
      run.errors == """
        operator-sim run: --collector: /no/collector is not an executable file
        Try: operator-sim run --help

        """)
  }

  @Test func downloadedProgramTellsWhatRunNeeds() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let run = try Run(["--nodes", "1"], in: directory, isAlone: true)
    #expect(await run.wait() == 2)
    #expect(
      run.errors.hasPrefix(
        "operator-sim run: --sync-program is missing, and beside this program there is no "
          + "filelog-offset-sync (\(directory)/filelog-offset-sync); the image holds one, and "
          + "--in-process takes none\n"), "\(run.errors)")
  }

  @Test func runLeavesExistingClusterUnchanged() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let cluster = try OwnCluster(in: directory)
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
      let own = TemporaryDirectory()
      let run = try Run(arguments + ["--layout", layout], in: own.path)
      try #require(await run.wait() == 0, "\(run.errors)")
      #expect(run.output.contains("\nremoved from the cluster what was made there: "))
      #expect(try objects() == before)
    }
    let kept = try Run(arguments + ["--keep"], in: directory)
    try #require(await kept.wait() == 0, "\(kept.errors)")
    #expect(try objects().count > before.count)
    let second = try Run(arguments, in: directory)
    #expect(await second.wait() == 1)
    #expect(
      second.errors.hasPrefix(
        "ServiceAccount sim-opentelemetry-collector-sa exists; choose another --release or "
          + "--namespace, or remove this one with operator-sim delete"), "\(second.errors)")
  }

  /// What a release keeps without its DaemonSet, an earlier simulation's node's map for instance.
  @Test func runRefusesReleaseWhoseOffsetsExist() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let cluster = try OwnCluster(in: directory)
    defer { cluster.server.stop() }
    try cluster.create("Namespace", "operator-sim", namespace: nil)
    try cluster.create(
      "ConfigMap", "sim-filelogoffsets-node-node-1",
      [
        "app.kubernetes.io/name": "opentelemetry-collector", "app.kubernetes.io/instance": "sim",
        "dash0.com/filelog-offsets": "node",
      ])
    let run = try Run(["--nodes", "1", "--kubeconfig", cluster.kubeconfig], in: directory)
    #expect(await run.wait() == 1)
    #expect(
      run.errors.hasPrefix(
        "ConfigMap sim-filelogoffsets-node-node-1 holds offsets of a node; choose another"),
      "\(run.errors)")
  }

  @Test func cleanUpLeavesObjectsOfOthers() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let cluster = try OwnCluster(in: directory)
    defer { cluster.server.stop() }
    let role = ObjectReference(
      try #require(ResourceType.named("ClusterRole")), namespace: nil,
      name: "sim-opentelemetry-collector-cr")
    let run = try Run(
      ["--nodes", "1", "--rollouts", "0", "--life", "4s", "--kubeconfig", cluster.kubeconfig],
      in: directory)
    try await Self.wait("the release") { (try? cluster.client.object(role)) ?? nil != nil }
    try cluster.client.delete(role, uid: nil, resourceVersion: nil)
    try cluster.create("ClusterRole", role.name, namespace: nil)
    // What a controller puts into every namespace goes with them.
    for namespace in ["default", "shop"] {
      try cluster.create("ConfigMap", "everywhere.crt", namespace: namespace)
    }
    try cluster.create("Secret", "theirs")
    #expect(await run.wait() == 0, "\(run.errors)")
    #expect(try cluster.client.object(role) != nil)
    #expect(
      run.output.contains(
        "left in the cluster: namespace operator-sim: holds secret theirs, which this run did not "
          + "make; kubectl delete namespace operator-sim deletes both"), "\(run.output)")
    #expect(!run.output.contains("everywhere.crt"), "\(run.output)")
  }

  /// Whatever the moment: pods are looked at every two seconds, and when they are replaced.
  @Test(arguments: ["1s", "6s"]) func runStopsWhenOthersDeleteItsPod(_ life: String) async throws {
    let temporary = TemporaryDirectory()
    let cluster = try OwnCluster(in: temporary.path)
    defer { cluster.server.stop() }
    let run = try Run(
      [
        "--nodes", "1", "--rollouts", "3", "--life", life, "--kubeconfig", cluster.kubeconfig,
      ], in: temporary.path)
    let type = try #require(ResourceType.named("Pod"))
    func pod() -> String? {
      let pods = try? cluster.client.listMetadata(type, namespace: "operator-sim", labels: [:])
      return pods?.first?["metadata"]?["name"]?.string
    }
    try await Self.wait("a pod") { pod() != nil }
    let name = try #require(pod())
    try cluster.client.delete(
      ObjectReference(type, namespace: "operator-sim", name: name), uid: nil, resourceVersion: nil)
    #expect(await run.wait() == 1)
    #expect(
      run.errors.contains(
        "pod \(name) of node-1: deleted by a controller or a user of the cluster"), "\(run.errors)")
  }

  /// An API server that is not the simulation's own.
  private struct OwnCluster {
    let server: EmulatedAPIServer
    let kubeconfig: String
    let client: KubernetesClient

    init(in directory: String) throws {
      server = try EmulatedAPIServer()
      let endpoint = try server.start()
      kubeconfig = directory + "/kubeconfig"
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

  @Test func flagsOverrideSettingsOfScenarioFile() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let file = directory + "/scenario.yaml"
    try HostFiles.write(
      Array(
        """
        name: twice
        settings: {nodes: 2, rate: 50, seed: many}
        repeat: 2
        steps: [{do: live, for: 500ms}, rollout]
        """.utf8), to: file)
    let wrong = try Run(["--scenario", file], in: directory)
    #expect(await wrong.wait() == 1)
    #expect(
      wrong.errors == """
        \(file):2: settings.seed: expected a number from 0 to \(Int.max), found "many"

        """)
    let run = try Run(["--scenario", file, "--seed", "3", "--nodes", "1", "--json"], in: directory)
    try #require(await run.wait() == 0, "\(run.errors)")
    let result = try JSONValue(parsing: run.output)
    #expect(result["scenario"] == "twice")
    #expect(result["nodes"]?.array?.count == 1)
    #expect(result["total"]?["podGenerations"] == 3)
  }

  @Test func killingRunTerminatesChildProcesses() async throws {
    let temporary = TemporaryDirectory()
    let directory = temporary.path
    let run = try Run(["--nodes", "2", "--life", "60s"], in: directory)
    try await Self.wait("two pods' processes") {
      // Of each node the collector and the sync container.
      Self.processes(naming: directory + "/work/node-").count >= 4
    }
    run.kill()
    _ = await run.wait()
    try await Self.wait("the end of all processes") {
      Self.processes(naming: directory + "/work/node-").isEmpty
    }
  }

  static func wait(_ what: Comment, until condition: @escaping () -> Bool) async throws {
    try #require(try await eventually(condition), what)
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

  /// One `operator-sim run` with its work directory in a directory of the test's.
  final class Run {
    private let process = Process()
    private let ended: AsyncStream<Never>
    private let directory: String

    /// - Parameter isAlone: whether nothing lies beside the program, as after a download.
    init(_ arguments: [String], in directory: String, isAlone: Bool = false) throws {
      self.directory = directory
      let program = isAlone ? directory + "/operator-sim" : Self.program
      if isAlone { try FileManager.default.copyItem(atPath: Self.program, toPath: program) }
      let (ended, end) = AsyncStream.makeStream(of: Never.self)
      self.ended = ended
      process.terminationHandler = { _ in end.finish() }
      for name in ["output", "errors"] { try HostFiles.write([], to: directory + "/" + name) }
      process.executableURL = URL(fileURLWithPath: program)
      process.arguments = ["run", "--work-dir", directory + "/work"] + arguments
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle(forWritingAtPath: directory + "/output")
      process.standardError = FileHandle(forWritingAtPath: directory + "/errors")
      try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

    func wait() async -> Int32 {
      for await _ in ended {}
      return process.terminationStatus
    }

    func interrupt() { process.interrupt() }

    func kill() { _ = Glibc.kill(process.processIdentifier, SIGKILL) }

    var output: String { text("output") }
    var errors: String { text("errors") }

    private func text(_ name: String) -> String {
      String(decoding: (try? HostFiles.read(directory + "/" + name)) ?? [], as: UTF8.self)
    }

    /// The products lie beside the test bundle.
    private static var program: String {
      let arguments = CommandLine.arguments
      let bundle = arguments.firstIndex(of: "--test-bundle-path").map { arguments[$0 + 1] }
      let directory = (bundle ?? arguments[0]).split(
        separator: "/", omittingEmptySubsequences: false
      ).dropLast().joined(separator: "/")
      return directory + "/operator-sim"
    }
  }
}
