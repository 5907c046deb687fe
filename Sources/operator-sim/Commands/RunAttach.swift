import Attachment
import DesiredState
import FilelogCommandLine
import FilelogContract
import FilelogJSON
import Simulation

/// What `run --scenario attach` attaches to, and how.
struct RunAttach {
  private let options: AttachOptions

  /// Whether the scenario is the one.
  static func isPlayed(_ invocation: Invocation) -> Bool {
    invocation.value("--scenario") == Scenario.attach.rawValue
  }

  /// The rendered release stands for a vendor's: offsets on a host path, no containers of ours, and a
  /// receiver that reads files that are written.
  static func vendor(
    of request: DesiredStateRequest, _ invocation: Invocation
  ) -> DesiredStateRequest {
    guard isPlayed(invocation) else { return request }
    let volume = "operator.collectors.filelogOffsetSyncStorageVolume"
    var request = request
    request.sets += [
      .parsed("\(volume).name=checkpoints"),
      .parsed("\(volume).hostPath.path=/var/lib/otelcol"),
      .parsed("operator.collectors.filelogRotatedFiles=none"),
    ]
    return request
  }

  init(_ request: DesiredStateRequest, _ invocation: Invocation) throws(UsageError) {
    var options = AttachOptions(image: ContainerImage(Contract.ContainerName.sync))
    options.namespace = request.namespace
    options.layout = try invocation.choice("--layout", default: .shared)
    options.user = .ids(user: Contract.userID, group: Contract.groupID)
    options.kubernetesVersion = request.kubernetesVersion
    // Stand-ins do as this one does; what a real one is cannot be told from its image here.
    options.collectorVersion = CollectorVersion("0.156")
    self.options = options
  }

  /// - Throws: ``CommandFailure`` when the manifests are refused.
  var attach: SimulationOptions.Attach {
    { manifests, volume in
      var options = options
      options.existingVolume = volume == .kept ? .keep : .replace
      let attacher = Attacher(file: "the rendered manifests")
      let stream = JSONWriter.compact.bytes(
        ["apiVersion": "v1", "kind": "List", "items": .array(manifests)])
      let result = try attacher.attach(stream, options)
      guard let output = result.output else {
        throw CommandFailure(result.report.lines.joined(separator: "\n"))
      }
      return try attacher.list(output)["items"]?.array ?? []
    }
  }
}
