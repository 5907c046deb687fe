internal import FilelogEncodings
internal import FilelogJSON

/// The objects of a stream that others refer to by name.
struct ClusterObjects {
  private let objects: [StreamObject]
  private let defaultNamespace: String?

  init(_ objects: [StreamObject], defaultNamespace: String?) {
    self.objects = objects
    self.defaultNamespace = defaultNamespace
  }

  /// An object without a namespace is wherever it is asked for.
  func find(_ kind: String, _ name: String, namespace: String?) -> StreamObject? {
    let wanted = namespace ?? defaultNamespace
    return objects.first { object in
      guard object.kind == kind, object.name == name else { return false }
      guard let found = object.namespace ?? defaultNamespace, let wanted else { return true }
      return found == wanted
    }
  }

  /// The files that a ConfigMap or a Secret becomes when it is mounted.
  /// - Returns: nil when the stream does not hold it.
  func files(_ kind: String, _ name: String, namespace: String?) -> [String: [UInt8]]? {
    guard let value = find(kind, name, namespace: namespace)?.value else { return nil }
    var files: [String: [UInt8]] = [:]
    for member in [kind == "Secret" ? "stringData" : "data"] {
      for (key, text) in value[member]?.object ?? [:] {
        files[key] = text.string.map { Array($0.utf8) }
      }
    }
    for (key, text) in value[kind == "Secret" ? "data" : "binaryData"]?.object ?? [:]
    where files[key] == nil {
      files[key] = text.string.flatMap { Base64.decode($0) }
    }
    return files
  }
}
