internal import FilelogContract
internal import FilelogEncodings
public import FilelogJSON
internal import FilelogYAML

/// The namespaces whose logs a collector's config map, as it lies in a cluster, asks for: what
/// ``DesiredStateInput/collectedNamespaces`` became when it was rendered.
/// - Returns: sorted, each once; none for a map that is not a collector's.
public func collectedNamespaces(_ configMap: JSONValue) -> [String] {
  guard let text = CollectorConfigFile.text(in: configMap),
    let tree = try? YAML.parse(text, file: CollectorConfigFile.key).first?.value
  else { return [] }
  let receivers = tree["receivers"]?.object ?? [:]
  let patterns = receivers.values.flatMap { $0["include"]?.array ?? [] }.compactMap(\.string)
  let prefix = Contract.LogDirectory.pods + "/"
  let namespaces = patterns.compactMap { pattern -> String? in
    guard pattern.hasPrefix(prefix) else { return nil }
    // A namespace's name holds no underscore.
    let name = pattern.dropFirst(prefix.count).prefix { $0 != "_" && $0 != "/" }
    return KubernetesName.isLabel(String(name)) ? String(name) : nil
  }
  return Set(namespaces).sorted()
}

extension CollectorConfigFile {
  /// What a map of 1 MiB unpacks to; a gzip of names alike is a tenth of them at least.
  private static let sizeLimit = 16 << 20

  fileprivate static func text(in configMap: JSONValue) -> [UInt8]? {
    if let text = configMap["data"]?[key]?.string { return Array(text.utf8) }
    guard let packed = configMap["binaryData"]?[compressedKey]?.string,
      let bytes = Base64.decode(Array(packed.utf8)[...])
    else { return nil }
    return try? GzipReader(bytes, limit: sizeLimit).read(sizeLimit)
  }
}
