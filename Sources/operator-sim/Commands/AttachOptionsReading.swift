import Attachment
import DesiredState
import FilelogCommandLine
import FilelogContract
import Glibc

/// The options of `attach`, in the order in which the help lists them.
let attachOptions: [CommandOption] = [
  .value(
    "--image", "IMAGE", help: "The image of the init and the sync container; needed to attach."),
  .value(
    "--namespace", short: "-n", "NS",
    help: "The namespace of objects that state none, as helm template's often do."),
  .repeated(
    "--select", "KIND/NAME",
    help: "Only this object, daemonset/agent; default: all that collect logs."),
  .value(
    "--container", "NAME",
    help: "The collector's container; default: the one whose command, image or configuration tells."
  ),
  .value(
    "--receivers", "GLOB", help: "Only receivers with such names; default: every file log receiver."
  ),
  .value(
    "--collector-user", "UID[:GID]",
    help:
      "Who the collector runs as; default: what container, pod or a known image says. none: the "
      + "platform decides (OpenShift)."),
  .repeated(
    "--config-file", "FILE",
    help: "The collector's configuration, where the input does not hold it; later files win."),
  .value(
    "--layout", "LAYOUT", choices: Contract.OffsetLayout.allCases.map(\.rawValue),
    help: "shared: one config map (the default). perNode: one for each node, for over 20 nodes."),
  .value(
    "--map-name", "NAME", help: "The shared config map; default <daemonset>-filelogoffsets-cm."),
  .flag(
    "--admission-policy",
    help: "Keep each pod to its own node's offsets (Kubernetes 1.30 and newer)."),
  .value(
    "--kubernetes-version", "VERSION",
    help: "The cluster's version; from 1.29 on the sync container becomes a native sidecar."),
  .flag(
    "--keep-volume", help: "Offsets lie on a host path or claim today: synchronize it as it is."),
  .flag(
    "--replace-volume", help: "Offsets lie on a host path or claim today: use an emptyDir instead."),
  .value(
    "--collector-version", "VERSION",
    help: "The collector's version, 0.156 for instance, where its image's tag does not tell."),
  .flag("--no-rotated-logs", help: "Leave the receivers' patterns as they are."),
  .flag("--assume-file-storage", help: "The collector's image has the extension file_storage."),
  .flag("--allow-surge", help: "Accept maxSurge: lines are read twice during a rollout."),
  .flag("--allow-none", help: "Succeed also when no object was attached."),
  .flag("--detach", help: "Take back what attach did."),
  .flag("--check", help: "Write no manifests, only the report."),
  .value("--report", "FILE", help: "Write the report to a file too."),
  .flag("--json", help: "Write the report as JSON."),
  .value(
    "--format", short: "-o", "FORMAT", choices: AttachFormat.allCases.map(\.rawValue),
    help: "yaml, json or patches; default: as the input is."),
]

/// How `attach` writes what comes out.
enum AttachFormat: String, CaseIterable {
  case yaml
  case json
  /// For tools that only take patches, Flux's `HelmRelease` for instance.
  case patches
}

extension AttachOptions {
  /// - Throws: ``UsageError`` for a wrong command line, ``CommandFailure`` for a file that cannot be
  ///   read.
  init(_ call: Invocation) throws {
    guard let image = call.value("--image"), !image.isEmpty else {
      throw UsageError("--image is missing: the image of the init and the sync container")
    }
    guard Self.isImage(image) else {
      throw UsageError("--image: expected an image like REGISTRY/NAME:TAG, found \"\(image)\"")
    }
    self.init(image: ContainerImage(image))
    namespace = call.value("--namespace")
    selection = try WorkloadName.selection(call)
    container = call.value("--container")
    receivers = call.value("--receivers")
    user = try call.value("--collector-user").map(Self.user)
    for path in call.values("--config-file") {
      configuration.append(
        InputFile(name: path, bytes: try File.read(path, limit: 16 << 20)))
    }
    layout = try call.choice("--layout", default: Contract.OffsetLayout.shared)
    mapName = call.value("--map-name")
    hasAdmissionPolicy = call.has("--admission-policy")
    kubernetesVersion = try versionOption(call)
    collectorVersion = try call.value("--collector-version").map { text in
      guard let version = CollectorVersion(text) else {
        throw UsageError("--collector-version: expected a version like 0.156, found \"\(text)\"")
      }
      return version
    }
    followsRotatedLogs = !call.has("--no-rotated-logs")
    guard !call.has("--keep-volume") || !call.has("--replace-volume") else {
      throw UsageError("--keep-volume and --replace-volume exclude each other")
    }
    if call.has("--keep-volume") { existingVolume = .keep }
    if call.has("--replace-volume") { existingVolume = .replace }
    assumesFileStorage = call.has("--assume-file-storage")
    allowsSurge = call.has("--allow-surge")
    allowsNone = call.has("--allow-none")
  }

  /// Whether a kubelet could take it for an image: what else is wrong with a name, a registry tells.
  private static func isImage(_ text: String) -> Bool {
    func isAlphanumeric(_ byte: UInt8?) -> Bool {
      byte.map { isalnum(Int32($0)) != 0 } ?? false
    }
    let marks = Array("._-/:@".utf8)
    return isAlphanumeric(text.utf8.first) && isAlphanumeric(text.utf8.last)
      && text.utf8.allSatisfy { isAlphanumeric($0) || marks.contains($0) }
      && !text.contains("//")
  }

  private static func user(_ text: String) throws(UsageError) -> CollectorUser {
    if text == "none" { return .platform }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.map { Int($0) }
    guard (1...2).contains(parts.count), numbers.allSatisfy({ $0.map { $0 >= 0 } ?? false }),
      let user = numbers[0]
    else {
      throw UsageError("--collector-user: expected UID, UID:GID or none, found \"\(text)\"")
    }
    return .ids(user: user, group: numbers.count > 1 ? numbers[1] : nil)
  }
}
