internal import FilelogJSON

/// Reads `filelogOffsetSyncStorageVolume`: a Kubernetes `Volume` that a collector can write to.
enum StorageVolume {
  static func read(_ reader: ValueReader) -> (name: String, definition: JSONValue) {
    let fields = reader.object()
    guard case .mapping(let members) = reader.value?.kind else { return ("", [:]) }
    let name = fields["name"].requiredText(.volumeName)
    if VolumeName.isReserved(name) {
      fields["name"].reject(expected: "a name that no other volume of the pod has")
    }
    let sources = members.keys.filter { $0 != "name" }.sorted()
    if sources.count != 1 {
      let found = sources.isEmpty ? "no volume source" : sources.joined(separator: " and ")
      reader.reject(found: found, expected: "exactly one volume source, like persistentVolumeClaim")
    }
    var definition: [String: JSONValue] = ["name": .string(name)]
    for source in sources { definition[source] = read(fields[source], named: source) }
    return (name, .object(definition))
  }

  private static func read(_ reader: ValueReader, named name: String) -> JSONValue? {
    var definition: JSONValue?
    if let reason = mortal[name] {
      reader.reject(found: "a volume of kind \(name), \(reason)", expected: keeps)
    } else if readOnly.contains(name) {
      reader.reject(
        found: "a volume of kind \(name)",
        expected: "one that the collector can write its offsets to")
    } else if let shape = shapes[name] {
      if reader.isMapping {
        definition = shape.read(reader)
      } else {
        reader.reject(expected: "a mapping")
      }
    } else if others.contains(name) {
      definition = Shape.mapping(of: .any).read(reader)
    } else {
      reader.rejectUnknownKey(
        name, among: Array(shapes.keys) + Array(others) + ["emptyDir"],
        otherwise: "a volume source, like persistentVolumeClaim")
    }
    if case .mapping(let members) = reader.value?.kind,
      members["readOnly"]?.kind == .scalar(.bool(true))
    {
      reader.reject(found: "readOnly", expected: "a volume that the collector can write to")
    }
    return definition
  }

  /// The sources that people use, with what they cannot do without.
  private static var shapes: [String: Shape] {
    [
      "hostPath": .object(
        required: ["path": .text(.absolutePath)],
        optional: ["type": .word(["Directory", "DirectoryOrCreate"])]),
      "persistentVolumeClaim": .object(
        required: ["claimName": .text(.resourceName)], optional: ["readOnly": .bool]),
      "nfs": .object(
        required: ["server": .text(.any), "path": .text(.absolutePath)],
        optional: ["readOnly": .bool]),
      "csi": .object(
        required: ["driver": .text(.any)],
        optional: [
          "fsType": .text(.any), "nodePublishSecretRef": .any, "readOnly": .bool,
          "volumeAttributes": .mapping(of: .text(.any)),
        ]),
    ]
  }

  private static let others: Set<String> = [
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "fc", "flexVolume",
    "flocker", "gcePersistentDisk", "glusterfs", "iscsi", "photonPersistentDisk",
    "portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume",
  ]

  /// Volumes that end with their pod. There are no init and no sync container beside a volume of the
  /// user's, so that every rollout would read all files again.
  private static let mortal = [
    "emptyDir": "which is deleted with its pod", "ephemeral": "which is deleted with its pod",
  ]
  private static let keeps =
    "one that outlives its pod, like persistentVolumeClaim, or no volume: offsets then travel "
    + "through config maps"

  /// The kubelet mounts these read-only.
  private static let readOnly: Set<String> = [
    "configMap", "downwardAPI", "gitRepo", "image", "projected", "secret",
  ]
}

extension TextRule {
  static let absolutePath = TextRule(expected: "an absolute path without ..") { text in
    text.hasPrefix("/") && !text.split(separator: "/").contains("..")
  }
}
