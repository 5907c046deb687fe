import Attachment
import DesiredState
import FilelogCommandLine
import FilelogJSON
import FilelogKubernetesAPI
import FilelogYAML
import Reconciler

/// `operator-sim attach daemonset/NAME`: the same for objects that are in a cluster.
struct AttachLive {
  /// Owns what attach writes.
  static let fieldManager = "operator-sim-attach"

  private let call: Invocation
  private let client: KubernetesClient
  private let namespace: String

  init(_ call: Invocation) throws {
    self.call = call
    let configuration = try clusterConfiguration(call)
    client = commandClient(configuration)
    namespace = call.value("--namespace") ?? configuration.namespace ?? "default"
  }

  /// Shows the difference of each object, or applies it; what was done before an error is reported, too.
  func run() -> (report: AttachReport, outcome: Result<ExitCode, any Error>) {
    var report = AttachReport()
    let outcome = Result<ExitCode, any Error> {
      var code = ExitCode.success
      for operand in call.operands where try run(operand, &report) != .success { code = .failure }
      return code
    }
    return (report, outcome)
  }

  /// An object is read, changed and written; others write it meanwhile: a controller its status, all the
  /// time while pods are replaced.
  private func run(_ operand: String, _ report: inout AttachReport) throws -> ExitCode {
    for attempt in 1...Self.attempts {
      if let code = try run(operand, &report, attempt: attempt) { return code }
    }
    throw CommandFailure(
      "\(operand): changes too often, and is not patched; run it again")
  }

  private static let attempts = 10

  /// - Returns: nil when others changed the object between reading and writing.
  private func run(
    _ operand: String, _ report: inout AttachReport, attempt: Int
  ) throws -> ExitCode? {
    let reference = try reference(operand)
    guard var live = try client.object(reference) else {
      throw CommandFailure("\(operand): not found in namespace \(namespace); correct --namespace")
    }
    let managers = FieldManagers.ofConfiguration(live, besides: Self.fieldManager)
    live["status"] = nil
    if live["metadata"]?["managedFields"] != nil { live["metadata"]?["managedFields"] = nil }
    let others = try others(of: live)
    let stream = JSONWriter.compact.bytes(
      ["apiVersion": "v1", "kind": "List", "items": .array(others + [live])])
    let attacher = Attacher(file: operand)
    let selection = "\(live["kind"]?.string ?? "")/\(reference.name)".lowercased()
    let result =
      call.has("--detach")
      ? try attacher.detach(stream, selection: [selection])
      : try attacher.attach(stream, options(selection, managers, live))
    guard let output = result.output, !call.has("--check") else {
      report.add(result.report)
      return result.report.hasRefusals ? .failure : .success
    }
    let objects = try attacher.list(output)["items"]?.array ?? []
    guard var changed = objects.first(where: { $0["kind"] == live["kind"] }) else {
      return .failure
    }
    ServerDefaults.keep(of: live, in: &changed)
    let added = objects.filter(WorkloadReferences.isAdded)
    // An earlier attachment may have had a policy, which this one does not want.
    let removed = others.filter { other in
      WorkloadReferences.isAdded(other)
        && (call.has("--detach") || !added.contains { Self.isSame($0, other) })
    }
    if call.has("--apply") {
      guard try apply(reference, live, changed, added, removed, attempt) else { return nil }
    } else {
      show(reference, live, changed, added, others, removed)
    }
    report.add(result.report)
    return .success
  }

  private func options(
    _ selection: String, _ managers: [String], _ live: JSONValue
  ) throws -> AttachOptions {
    var options = try AttachOptions(call)
    options.mountsConfiguration = true
    options.otherManagers = managers
    options.otherContainerRuntime = try otherRuntime(of: live)
    options.selection = [selection]
    options.namespace = namespace
    if options.kubernetesVersion == nil {
      let version = try client.send(APIRequest("GET", "/version")).json()["gitVersion"]?.string
      options.kubernetesVersion = version.flatMap(KubernetesVersion.init)
    }
    return options
  }

  /// What the object's pods run in, where it is not containerd, or may not be known.
  private func otherRuntime(of object: JSONValue) throws(KubernetesError) -> String? {
    guard object["kind"]?.string == "DaemonSet", let pods = ResourceType.named("Pod") else {
      return nil
    }
    let labels = (object["spec"]?["selector"]?["matchLabels"]?.object ?? [:]).compactMapValues(
      \.string)
    do throws(KubernetesError) {
      let list = try client.list(pods, namespace: namespace, labels: labels) ?? []
      return ContainerRuntimes.other(in: list)
    } catch .status(let status) where status.code == 403 {
      return "not known, since pods may not be listed"
    }
  }

  // MARK: Reading

  private static let collectorType = ResourceType(
    group: "opentelemetry.io", version: "v1beta1", plural: "opentelemetrycollectors",
    kind: "OpenTelemetryCollector", isNamespaced: true)

  private func reference(_ operand: String) throws(UsageError) -> ObjectReference {
    let workload = try WorkloadName(operand)
    let types = (daemonSet: ResourceType.named("DaemonSet"), collector: Self.collectorType)
    guard let type = workload.isDaemonSet ? types.daemonSet : types.collector else {
      preconditionFailure("DaemonSet is not a known resource")
    }
    return ObjectReference(type, namespace: namespace, name: workload.name)
  }

  /// What the object refers to, as far as it is there and may be read.
  private func others(of object: JSONValue) throws(KubernetesError) -> [JSONValue] {
    var others: [JSONValue] = []
    for reference in WorkloadReferences.of(object, mapName: call.value("--map-name")) {
      guard let type = ResourceType.named(reference.kind) else { continue }
      let target = ObjectReference(type, namespace: namespace, name: reference.name)
      do throws(KubernetesError) {
        guard var found = try client.object(target) else { continue }
        found["metadata"]?["managedFields"] = nil
        if WorkloadReferences.isAdded(found) { found["binaryData"] = nil }
        others.append(found)
      } catch .status(let status) where status.code == 403 {
        call.console.writeError("note: \(target) may not be read")
      }
    }
    return others
  }

  // MARK: Writing

  private func show(
    _ reference: ObjectReference, _ live: JSONValue, _ changed: JSONValue, _ added: [JSONValue],
    _ others: [JSONValue], _ removed: [JSONValue]
  ) {
    var text = UnifiedDiff.text(
      of: "\(reference)", from: YAML.emit(live), to: YAML.emit(changed))
    for object in added where !others.contains(where: { Self.isSame($0, object) }) {
      text += UnifiedDiff.text(of: Self.title(object), from: "", to: YAML.emit(object))
    }
    for object in removed where object["kind"]?.string != "ConfigMap" {
      text += UnifiedDiff.text(of: Self.title(object), from: YAML.emit(object), to: "")
    }
    call.console.write(text)
    if !text.isEmpty { call.console.writeError("note: nothing is changed yet; --apply does it") }
  }

  private func apply(
    _ reference: ObjectReference, _ live: JSONValue, _ changed: JSONValue, _ added: [JSONValue],
    _ removed: [JSONValue], _ attempt: Int
  ) throws(KubernetesError) -> Bool {
    let mode = WriteMode(fieldManager: Self.fieldManager, isForced: true)
    for object in added {
      guard let target = target(object) else { continue }
      try client.apply(Self.configuration(object), to: target, mode)
      if attempt == 1 { call.console.writeLine("\(target) applied") }
    }
    var operations = JSONDifference.operations(from: live, to: changed)
    if operations.isEmpty {
      call.console.writeLine("\(reference) unchanged")
    } else {
      let version = live["metadata"]?["resourceVersion"] ?? .null
      operations.insert(
        ["op": "test", "path": "/metadata/resourceVersion", "value": version], at: 0)
      guard try patch(reference, operations, of: version) else { return false }
      call.console.writeLine("\(reference) patched")
      try release(reference)
    }
    // The map holds the offsets and stays.
    for object in removed where object["kind"]?.string != "ConfigMap" {
      guard let target = target(object) else { continue }
      try client.delete(
        target, uid: object["metadata"]?["uid"]?.string, resourceVersion: nil)
      call.console.writeLine("\(target) deleted")
    }
    return true
  }

  /// - Returns: false when the object is not of this version any more.
  private func patch(
    _ reference: ObjectReference, _ operations: [JSONValue], of version: JSONValue
  ) throws(KubernetesError) -> Bool {
    do throws(KubernetesError) {
      try client.patch(
        reference, operations: operations, WriteMode(fieldManager: Self.fieldManager))
      return true
    } catch .status(let status) where status.code == 409 {
      return false
    } catch .status(let status) where status.code == 422 {
      // A test that fails is told as an invalid patch.
      let now = try client.object(reference)?["metadata"]?["resourceVersion"]
      guard now != version else { throw KubernetesError.status(status) }
      return false
    }
  }

  /// Gives back the fields that are as others wrote them. Controllers write the object's status meanwhile.
  private func release(_ reference: ObjectReference) throws(KubernetesError) {
    for attempt in 1...Self.attempts {
      guard let object = try client.object(reference),
        let version = object["metadata"]?["resourceVersion"]?.string,
        let fields = FieldManagers.released(object, by: Self.fieldManager)
      else { return }
      let operations = JSONValue.patch(managedFields: fields, ofVersion: version)
      do throws(KubernetesError) {
        try client.patch(
          reference, operations: operations, WriteMode(fieldManager: Self.fieldManager))
        return
      } catch .status(let status) where status.code == 409 && attempt < Self.attempts {
        continue
      }
    }
  }

  /// What a manager may apply: no fields of the server.
  private static func configuration(_ object: JSONValue) -> JSONValue {
    var configuration = object
    for field in ["uid", "resourceVersion", "creationTimestamp", "generation"]
    where configuration["metadata"] != nil { configuration["metadata"]?[field] = nil }
    return configuration
  }

  private func target(_ object: JSONValue) -> ObjectReference? {
    guard let type = ResourceType.named(object["kind"]?.string ?? "") else { return nil }
    return ObjectReference(
      type, namespace: namespace, name: object["metadata"]?["name"]?.string ?? "")
  }

  private static func title(_ object: JSONValue) -> String {
    "\((object["kind"]?.string ?? "").lowercased())/\(object["metadata"]?["name"]?.string ?? "")"
  }

  private static func isSame(_ one: JSONValue, _ other: JSONValue) -> Bool {
    title(one) == title(other)
  }
}

/// Fields that the API server fills in where a manifest leaves them out: containers that are injected
/// anew must not look changed for the lack of them.
private enum ServerDefaults {
  private static let fields = [
    "imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy",
  ]

  static func keep(of live: JSONValue, in changed: inout JSONValue) {
    guard var pod = changed["spec"]?["template"]?["spec"] else { return }
    for list in ["initContainers", "containers"] {
      let before = live["spec"]?["template"]?["spec"]?[list]?.array ?? []
      guard let containers = pod[list]?.array else { continue }
      pod[list] = .array(
        containers.map { container in
          guard let old = before.first(where: { $0["name"] == container["name"] }) else {
            return container
          }
          var container = container
          for field in fields where container[field] == nil { container[field] = old[field] }
          container["env"] = container["env"]?.array.map { .array($0.map(withoutEmptyValue)) }
          return container
        })
    }
    changed["spec"]?["template"]?["spec"] = pod
  }

  /// An empty value is the same as none, and the server leaves it out.
  private static func withoutEmptyValue(_ variable: JSONValue) -> JSONValue {
    guard variable["value"]?.string == "" else { return variable }
    var variable = variable
    variable["value"] = nil
    return variable
  }
}
