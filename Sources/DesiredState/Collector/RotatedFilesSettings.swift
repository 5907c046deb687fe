internal import FilelogContract
internal import FilelogJSON

/// What reading rotated files changes in the receiver's configuration.
///
/// The receiver knows files by their beginnings, and forgets one that has not matched for three polls.
/// Whatever matches stays in its offsets.
struct RotatedFilesSettings {
  private let mode: RotatedFiles

  init(_ mode: RotatedFiles) { self.mode = mode }

  /// What the receiver's patterns are for one namespace.
  func patterns(namespace: String) -> [String] {
    let written = "\(Contract.LogDirectory.pods)/\(namespace)_*/*/*.log"
    return switch mode {
    case .none: [written]
    case .links: [written, Contract.RotatedLogs.pattern(namespace: namespace)]
    case .newest, .all: [written + "*"]
    }
  }

  /// Packed files are known by their beginning, and their fingerprint is that of their content, with
  /// `compression: auto` alone. `.tmp` is a file that the kubelet is packing.
  func place(in tree: inout JSONValue) {
    func place(_ value: JSONValue, _ key: String) {
      tree.place(value, at: "receivers", "filelog", key, isNew: true)
    }
    switch mode {
    case .none: break
    case .links: place("auto", "compression")
    case .newest: place(["**/*.gz", "**/*.tmp"], "exclude")
    case .all:
      place(["**/*.tmp"], "exclude")
      place("auto", "compression")
      let operators = tree["receivers"]?["filelog"]?["operators"]?.array ?? []
      tree.place(
        .array([Self.pathWithoutGzip] + operators), at: "receivers", "filelog", "operators")
    }
  }

  /// The container parser does not know a path that ends in `.gz`, and would send the record without
  /// namespace, pod and container.
  private static let pathWithoutGzip: JSONValue = [
    "id": "path-without-gzip", "type": "add", "field": "attributes[\"log.file.path\"]",
    "value": "EXPR(trimSuffix(attributes[\"log.file.path\"], \".gz\"))",
  ]
}
