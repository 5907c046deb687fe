internal import FilelogEncodings
internal import FilelogJSON

/// Makes a pod's volumes on this machine, and takes away what ends with the pod.
struct PodVolumes {
  static let serviceAccountPath = "/var/run/secrets/kubernetes.io/serviceaccount"

  let template: PodTemplate
  let directories: NodeDirectories
  /// Stands for storage that is not a node's own: claims, NFS and the like.
  let sharedDirectory: String
  /// Reads a config map or secret of the pod's namespace; nil when there is none.
  let object: (_ kind: String, _ name: String) throws -> JSONValue?

  /// Makes every volume that is not there yet.
  /// - Parameter transform: what becomes of each file of a config map before it is written.
  func make(transform: (_ name: String, _ bytes: [UInt8]) throws -> [UInt8]) throws {
    for volume in template.volumes {
      let directory = directory(of: volume)
      try Files.makeDirectory(directory)
      for (member, kind, nameMember) in [
        ("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName"),
      ] {
        guard let source = volume.source[member], let name = source[nameMember]?.string else {
          continue
        }
        for (file, bytes) in try files(kind, name, source) {
          try Files.write(
            kind == "ConfigMap" ? transform(file, bytes) : bytes, to: directory + "/" + file)
        }
      }
    }
  }

  /// Deletes what a pod's end deletes: all but host paths and storage of others.
  func delete() {
    for volume in template.volumes where directory(of: volume).hasPrefix(directories.volumes + "/")
    {
      Files.remove(directory(of: volume))
    }
  }

  /// Where the paths that a container sees lie.
  /// - Parameter environment: for `subPathExpr`.
  func pathMap(of container: ContainerSpec, environment: [String: String]) throws -> PathMap {
    var map = PathMap()
    for mount in container.mounts {
      guard let volume = template.volumes.first(where: { $0.name == mount.volume }) else {
        throw SimulationError(
          "container \(container.name) mounts volume \(mount.volume), which the pod does not have")
      }
      var directory = directory(of: volume)
      if let subPath = mount.subPath { directory += "/" + subPath }
      if let expression = mount.subPathExpression {
        directory += "/" + ContainerEnvironment.expand(expression, environment)
      }
      // A mount of a single file needs no directory of its own.
      if !Files.exists(directory) { try Files.makeDirectory(directory) }
      map.map(mount.path, to: directory)
    }
    map.map(Self.serviceAccountPath, to: directories.serviceAccount)
    return map
  }

  private func directory(of volume: PodTemplate.Volume) -> String {
    if let path = volume.source["hostPath"]?["path"]?.string { return directories.host + path }
    let isPods = ["emptyDir", "configMap", "secret", "projected", "downwardAPI"].contains {
      volume.source[$0] != nil
    }
    return isPods ? directories.volumes + "/" + volume.name : sharedDirectory + "/" + volume.name
  }

  private func files(
    _ kind: String, _ name: String, _ source: JSONValue
  ) throws -> [(name: String, bytes: [UInt8])] {
    guard let object = try object(kind, name) else {
      if source["optional"]?.bool == true { return [] }
      throw SimulationError("the pod mounts \(kind) \(name), which is not there")
    }
    let encoded = (kind == "Secret" ? object["data"] : object["binaryData"])?.object ?? [:]
    var content = encoded.compactMapValues { $0.string.flatMap { Base64.decode($0) } }
    if kind == "ConfigMap" {
      for (key, text) in object["data"]?.object ?? [:] {
        content[key] = text.string.map { Array($0.utf8) }
      }
    }
    guard let items = source["items"]?.array else {
      return content.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
    return items.compactMap { item in
      guard let key = item["key"]?.string, let path = item["path"]?.string, let bytes = content[key]
      else { return nil }
      return (path, bytes)
    }
  }
}
