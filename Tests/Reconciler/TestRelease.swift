import DesiredState
import EmulatedAPIServer
import FilelogJSON
import FilelogKubernetesAPI
import Synchronization
import Testing

@testable import Reconciler

/// A release on an emulated API server of its own, with an administrator beside the reconciler.
/// Waiting moves a clock and takes no time.
final class TestRelease {
  static let namespace = "ops"
  static let fieldManager = "operator-sim"
  static let scope = ReleaseScope(
    release: "rel", namespace: namespace, fieldManager: fieldManager)
  static let offsetsMap = ref("ConfigMap", "rel-filelogoffsets-cm")
  static let collectorMap = ref("ConfigMap", "rel-opentelemetry-collector-agent-cm")
  static let daemonSet = ref("DaemonSet", "rel-opentelemetry-collector-agent-daemonset")
  static let role = ref("Role", "rel-opentelemetry-collector-role")
  static let roleBinding = ref("RoleBinding", "rel-opentelemetry-collector-rolebinding")
  static let serviceAccount = ref("ServiceAccount", "rel-opentelemetry-collector-sa")

  let server: EmulatedAPIServer
  let endpoint: EmulatedAPIEndpoint
  /// Another client with every right.
  let admin: KubernetesClient
  let clock = TestClock()
  private let log = RequestLog()
  private(set) var events: [Event] = []

  init(makesNamespace: Bool = true) throws {
    var options = EmulatedAPIOptions()
    options.isTLS = false
    options.observer = { [log] record in log.add(record) }
    server = try EmulatedAPIServer(options)
    endpoint = try server.start()
    admin = KubernetesClient(
      ClusterConfiguration(server: endpoint.url, token: .fixed(endpoint.adminToken)),
      userAgent: "kubectl-edit")
    if makesNamespace { try create("Namespace", Self.namespace) }
  }

  deinit { server.stop() }

  static func ref(
    _ kind: String, _ name: String, in namespace: String = namespace
  ) -> ObjectReference {
    guard let type = ResourceType.named(kind) else { preconditionFailure("no kind \(kind)") }
    return ObjectReference(type, namespace: namespace, name: name)
  }

  // MARK: The reconciler

  /// - Parameter token: as whom it acts; by default with every right.
  func reconciler(token: String? = nil, server url: String? = nil) -> Reconciler {
    let client = KubernetesClient(
      ClusterConfiguration(
        server: url ?? endpoint.url, token: .fixed(token ?? endpoint.adminToken)),
      userAgent: "operator-sim")
    return Reconciler(
      client,
      TestRelease.scope, clock.host,
      report: { [unowned self] in events.append($0) })
  }

  /// Without an export there is nothing to render; upstream's sidecar knows no layouts.
  static let baseValues = InputFile(
    name: "base.yaml",
    text: """
      operator:
        selfMonitoringEnabled: false
        export: {grpc: {endpoint: "otel.example.com:4317"}}
        filelogOffsetSyncImage: {repository: registry.example.com/filelog-offset-sync}
      """)

  static func manifests(
    _ sets: String..., namespace: String = namespace, version: String? = nil
  ) throws -> [Manifest] {
    let key = sets + [namespace, version ?? ""]
    if let known = rendered.withLock({ $0[key] }) { return known }
    var request = DesiredStateRequest(release: "rel", namespace: namespace)
    request.values = [baseValues]
    request.sets = sets.map { .parsed($0) }
    request.kubernetesVersion = version.flatMap { KubernetesVersion($0) }
    let manifests = assembleDesiredState(try DesiredStateInput(request))
    rendered.withLock { $0[key] = manifests }
    return manifests
  }

  /// By what was asked for: tests ask for the same again and again.
  private static let rendered = Mutex<[[String]: [Manifest]]>([:])

  static let volume = [
    "operator.collectors.filelogOffsetSyncStorageVolume.name=offsets",
    "operator.collectors.filelogOffsetSyncStorageVolume.hostPath.path=/var/offsets",
  ]

  static func volumeManifests() throws -> [Manifest] { try manifests(volume[0], volume[1]) }

  /// Applies and prunes, as the command does.
  /// - Returns: what was reported, line by line.
  @discardableResult
  func apply(
    _ manifests: [Manifest]? = nil, token: String? = nil,
    _ change: (inout ApplyOptions) -> Void = { _ in }
  ) throws -> [String] {
    var options = ApplyOptions()
    change(&options)
    let manifests = try manifests ?? Self.manifests()
    let reconciler = reconciler(token: token)
    events = []
    try reconciler.reconcile(manifests, options)
    return events.map(\.description)
  }

  func diff(
    _ manifests: [Manifest]? = nil, _ change: (inout ApplyOptions) -> Void = { _ in }
  ) throws -> String {
    var options = ApplyOptions()
    change(&options)
    let manifests = try manifests ?? Self.manifests()
    let reconciler = reconciler()
    return try reconciler.diff(
      reconciler.plan(manifests, options), reconciler.leftovers(beside: manifests, options))
  }

  /// The lines of the failure that something ends in.
  func failure(_ body: () throws -> Void) -> [String] {
    do {
      try body()
      return []
    } catch {
      return "\(error)".split(separator: "\n").map(String.init)
    }
  }

  // MARK: Other clients

  func create(_ kind: String, _ name: String, _ members: JSONValue = [:]) throws {
    var object = members
    let reference = Self.ref(kind, name)
    object["apiVersion"] = .string(reference.type.apiVersion)
    object["kind"] = .string(kind)
    if object["metadata"] == nil { object["metadata"] = [:] }
    object["metadata"]?["name"] = .string(name)
    _ = try admin.send(
      APIRequest(
        "POST", reference.type.path(namespace: reference.namespace),
        contentType: MediaType.json, body: JSONWriter.compact.bytes(object)))
  }

  /// Merges a change, as `kubectl edit` would.
  func edit(_ reference: ObjectReference, as manager: String = "kubectl-edit", _ change: JSONValue)
    throws
  {
    _ = try admin.send(
      APIRequest(
        "PATCH", reference.path, query: [(name: "fieldManager", value: manager)],
        contentType: MediaType.mergePatch, body: JSONWriter.compact.bytes(change)))
  }

  func object(_ reference: ObjectReference) throws -> JSONValue? {
    try admin.object(reference)
  }

  /// The payloads of the offsets map.
  func offsets() throws -> [String: JSONValue]? {
    try object(Self.offsetsMap)?["binaryData"]?.object
  }

  /// Every object of the release with its version.
  func versions() throws -> [String: String] {
    var versions: [String: String] = [:]
    for type in ReleaseScope.types where type.kind != "NetworkPolicy" {
      let items =
        try admin.listMetadata(
          type, namespace: type.isNamespaced ? Self.namespace : nil, labels: [:]) ?? []
      for item in items {
        let name = item["metadata"]?["name"]?.string ?? ""
        versions["\(type.plural)/\(name)"] = item["metadata"]?["resourceVersion"]?.string
      }
    }
    return versions
  }

  // MARK: What was asked of the server

  /// What changed something since the last call, `patch daemonsets/name`.
  func takeWrites() -> [String] {
    log.take().filter(\.changed).map { "\($0.verb) \($0.resource)/\($0.name)" }
  }

  func takeRequests() -> [RequestRecord] { log.take() }
}

/// A clock that moves when a caller waits.
final class TestClock {
  private(set) var now = Duration.zero
  /// Called before each wait; what the world does meanwhile.
  var onWait: (Duration) -> Void = { _ in }
  var isStopRequested = false

  var host: HostEnvironment {
    HostEnvironment(
      now: { [unowned self] in now },
      wait: { [unowned self] time in
        onWait(time)
        now += time
      },
      isStopRequested: { [unowned self] in isStopRequested })
  }
}

private final class RequestLog: Sendable {
  private let records = Mutex<[RequestRecord]>([])

  func add(_ record: RequestRecord) { records.withLock { $0.append(record) } }

  func take() -> [RequestRecord] {
    records.withLock { records in
      defer { records = [] }
      return records
    }
  }
}
