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
    all(kind, name, namespace: namespace).first
  }

  private func all(_ kind: String, _ name: String, namespace: String?) -> [StreamObject] {
    let wanted = namespace ?? defaultNamespace
    return objects.filter { object in
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
      files[key] = text.string.flatMap(Self.decode)
    }
    return files
  }

  /// Whether the stream holds several of that name that are not the same: which one the cluster keeps
  /// depends on their order.
  func isAmbiguous(_ kind: String, _ name: String, namespace: String?) -> Bool {
    let same = all(kind, name, namespace: namespace)
    return same.contains { $0.value != same[0].value }
  }

  /// The API server reads base64 over line breaks.
  private static func decode(_ text: String) -> [UInt8]? {
    Base64.decode(text.utf8.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }[...])
  }
}
