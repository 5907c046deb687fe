internal import FilelogJSON

/// A file in the collector's container that comes from a ConfigMap or a Secret of the stream.
struct MountedFile {
  private let workload: Workload
  private let objects: ClusterObjects
  private let field: String

  init(_ workload: Workload, _ objects: ClusterObjects, _ field: String) {
    self.workload = workload
    self.objects = objects
    self.field = field
  }

  /// A file that was found.
  struct Found {
    /// In the collector's container.
    let path: String
    let mount: Workload.Mount
    /// Below the mount; empty where the file is mounted by itself.
    let relativePath: String
    let bytes: [UInt8]
    /// As errors call it.
    let place: String
  }

  func find(_ path: String) throws(Refused) -> Found {
    let path = ContainerPath.clean(path, in: workload.collector["workingDir"]?.string)
    guard let mount = workload.mount(holding: path) else {
      throw refusal("\(path) is a file of the image")
    }
    guard let volume = workload.volume(named: mount.volume) else {
      throw refusal("\(path) lies on the volume \(mount.volume), which the pod does not have")
    }
    let below = mount.relative(path) ?? ""
    var relative = below
    let subPath = mount.json["subPath"]?.string ?? ""
    if !subPath.isEmpty { relative = relative.isEmpty ? subPath : "\(subPath)/\(relative)" }
    var sources = [volume]
    if let projected = volume["projected"]?["sources"]?.array { sources = projected }
    var absent: [String] = []
    for source in sources {
      guard let (kind, name, items) = Self.reference(source) else { continue }
      guard let key = Self.key(of: relative, items) else { continue }
      guard let files = objects.files(kind, name, namespace: workload.namespace) else {
        absent.append("\(kind) \(name)")
        continue
      }
      guard let bytes = files[key] else { continue }
      guard !objects.isAmbiguous(kind, name, namespace: workload.namespace) else {
        throw refusal(
          "the input has several objects \(kind) \(name) that differ; remove all but one, or")
      }
      return Found(
        path: path, mount: mount, relativePath: below, bytes: bytes,
        place: "\(kind.lowercased())/\(name), key \(key)")
    }
    if !absent.isEmpty {
      throw refusal(
        "\(path) comes from \(absent.joined(separator: ", ")), not in the input; add it, or")
    }
    throw refusal("\(path) \(origin(of: volume, mount.volume))")
  }

  private static func reference(_ source: JSONValue) -> (String, String, [JSONValue]?)? {
    if let map = source["configMap"], let name = map["name"]?.string {
      return ("ConfigMap", name, map["items"]?.array)
    }
    guard let secret = source["secret"],
      let name = secret["secretName"]?.string ?? secret["name"]?.string
    else { return nil }
    return ("Secret", name, secret["items"]?.array)
  }

  /// The key that becomes a file; nil when none does.
  private static func key(of path: String, _ items: [JSONValue]?) -> String? {
    guard let items, !items.isEmpty else { return path }
    return items.first { $0["path"]?.string == path }?["key"]?.string
  }

  /// What makes the files of a volume that is neither.
  private func origin(of volume: JSONValue, _ name: String) -> String {
    let writers = workload.initContainers.filter { container in
      (container["volumeMounts"]?.array ?? []).contains { $0["name"]?.string == name }
    }.compactMap { $0["name"]?.string }
    if !writers.isEmpty, volume["emptyDir"] != nil {
      return "is made by the init container \(writers.joined(separator: ", "))"
    }
    if volume["configMap"] != nil || volume["secret"] != nil || volume["projected"] != nil {
      return "is not among the files of the volume \(name)"
    }
    let kind = volume.object?.keys.filter { $0 != "name" }.sorted().first ?? "volume"
    return "lies on the volume \(name) (\(kind))"
  }

  private func refusal(_ problem: String) -> Refused {
    let joint = problem.hasSuffix(" or") ? "" : ";"
    return Refused(
      field,
      "the configuration cannot be read: \(problem)\(joint) give it with \(option: .configuration)")
  }
}
