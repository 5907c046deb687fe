import BoltFile
import EmulatedAPIServer
import FilelogCheckpoint
import FoundationEssentials
import Glibc
import KubernetesAPI
import OffsetSync
import StandInCollector
import Synchronization
import TestSupport

/// Measures the sidecar as a process of its own, against an API server over TLS.
final class ProcessBench {
  private let program: String
  private let server: EmulatedAPIServer
  private let account = TemporaryFolder()
  private let work = TemporaryFolder()
  private let patches: PatchCount
  private var environment: [String: String]
  private let client: KubernetesClient

  private final class PatchCount: Sendable {
    private let count = Mutex(0)
    func add() { count.withLock { $0 += 1 } }
    var value: Int { count.withLock { $0 } }
  }

  /// - Parameter program: the path of `filelog-offset-sync`, built for release.
  init(program: String) throws {
    self.program = program
    let patches = PatchCount()
    self.patches = patches
    var options = EmulatedAPIOptions()
    options.observer = { if $0.verb == "patch", $0.changed { patches.add() } }
    server = try EmulatedAPIServer(options)
    let endpoint = try server.start()
    account.write("token", endpoint.adminToken)
    account.write("ca.crt", endpoint.caPEM ?? "")
    account.write("namespace", "default")
    environment = ProcessInfo.processInfo.environment.filter { $0.key == "LD_LIBRARY_PATH" }
    environment["KUBERNETES_SERVICE_HOST"] = endpoint.host
    environment["KUBERNETES_SERVICE_PORT"] = String(endpoint.port)
    environment["SERVICE_ACCOUNT_DIRECTORY_PATH"] = account.path
    environment["K8S_CONFIGMAP_NAMESPACE"] = "default"
    environment["K8S_NODE_NAME"] = "bench"
    client = KubernetesClient(
      try .inCluster(environment: environment, serviceAccountDirectory: account.path))
  }

  deinit { server.stop() }

  /// A map of its own, so that no scenario finds what another left.
  private func makeMap(_ name: String) throws -> SharedMapStore {
    let body = #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\#(name)"}}"#
    _ = try client.send(
      APIRequest(
        "POST", APIRequest.path("api", "v1", "namespaces", "default", "configmaps"),
        contentType: MediaType.json, body: Array(body.utf8)))
    let settings = Settings(namespace: "default", configMap: name, node: "bench", directory: "/")
    return SharedMapStore(client: client, settings: settings)
  }

  private func environment(map: String, folder: TemporaryFolder) -> [String: String] {
    environment.merging([
      "K8S_CONFIGMAP_NAME": map, "FILELOG_OFFSET_DIRECTORY_PATH": folder.path,
      "SYNC_INTERVAL": "10ms", "LOG_LEVEL": "warn",
    ]) { _, new in new }
  }

  /// From the start of an init process to its end, in an empty directory each time.
  func startAndInit(_ scenario: Scenario, rounds: Int) throws -> Measurement {
    let map = "init-\(scenario.folder)"
    let payload = Payload.pack(try scenario.snapshot(), directory: Payload.contractDirectory)
    try makeMap(map).save(payload)
    var times: [Double] = []
    for _ in 0...rounds {
      let folder = TemporaryFolder()
      let start = Clocks.wall
      try Sidecar(
        program, ["--mode=init"], environment: environment(map: map, folder: folder),
        output: work.path + "/init.log"
      ).wait()
      times.append(Clocks.wall - start)
      guard HostFiles.list(folder.path).count == scenario.databases.count else {
        throw Sidecar.Failure(description: "init restored nothing")
      }
    }
    return Measurement(
      scenario: scenario, quantity: .startAndInit, value: Clocks.median(Array(times.dropFirst())))
  }

  /// Memory of a sync process after many syncs, each of which stores another state.
  func memory(_ scenario: Scenario, syncs: Int) throws -> [Measurement] {
    let map = "sync-\(scenario.folder)"
    _ = try makeMap(map)
    let folder = TemporaryFolder()
    try scenario.write(to: folder.path)
    let log = try GrowingLog(path: folder.path + "/" + scenario.databases[0].name)
    let sidecar = try Sidecar(
      program, ["--mode=sync"], environment: environment(map: map, folder: folder),
      output: work.path + "/sync.log")
    defer { sidecar.stop() }
    let begun = patches.value
    try awaitPatches(begun + 1)
    var early = 0.0
    for sync in 1...syncs {
      try log.grow()
      try awaitPatches(begun + 1 + sync)
      if sync == min(100, syncs / 2) { early = try sidecar.memory().peak }
    }
    let peak = try sidecar.memory().peak
    return [
      Measurement(scenario: scenario, quantity: .peakMemory, value: peak),
      Measurement(scenario: scenario, quantity: .memoryGrowth, value: peak - early),
    ]
  }

  private func awaitPatches(_ count: Int) throws {
    let deadline = Clocks.wall + 20_000
    while patches.value < count {
      guard Clocks.wall < deadline else {
        throw Sidecar.Failure(description: "the sidecar stores nothing any more")
      }
      usleep(500)
    }
  }
}

/// A receiver's database in which one log file is read a line further at a time.
private final class GrowingLog {
  private let writer: InPlaceBoltWriter
  private var checkpoint: Checkpoint

  init(path: String) throws {
    writer = try InPlaceBoltWriter(path: path)
    guard case .bucket(let bucket)? = writer.root[Checkpoint.bucket],
      case .value(let value)? = bucket[Checkpoint.knownFilesKey]
    else { throw Sidecar.Failure(description: "\(path) holds no checkpoint") }
    checkpoint = try Checkpoint(decoding: Array(value))
  }

  func grow() throws {
    checkpoint.files[checkpoint.files.count / 2].offset += 120
    checkpoint.files[checkpoint.files.count / 2].recordNumber += 1
    let value = BoltBucket.Entry.Content.value(checkpoint.encoded()[...])
    var root = writer.root
    root.entries = root.entries.map { entry in
      guard case .bucket(var bucket) = entry.content, entry.key.elementsEqual(Checkpoint.bucket)
      else { return entry }
      bucket.entries = bucket.entries.map {
        $0.key.elementsEqual(Checkpoint.knownFilesKey) ? .init(key: $0.key, content: value) : $0
      }
      return .init(key: entry.key, content: .bucket(bucket))
    }
    try writer.commit(root)
  }
}
