import DesiredState
import FilelogCommandLine
import FilelogContract
import FilelogJSON
import FilelogYAML

enum ManifestFormat: String, CaseIterable {
  case json
  case yaml

  func text(of value: JSONValue) -> String {
    switch self {
    case .json: JSONWriter.pretty.string(value)
    case .yaml: YAML.emit(value)
    }
  }
}

/// A directory with one file for each object, numbered in apply order.
struct ManifestDirectory {
  let path: String
  let format: ManifestFormat
  let release: String

  /// Writes all files.
  /// - Returns: the files of an earlier run for this release that were removed because they are no
  ///   longer wanted; `kubectl apply -f` on the directory would bring them back.
  func write(_ manifests: [Manifest]) throws(CommandFailure) -> [String] {
    let hasSecret = manifests.contains { $0.kind == "Secret" }
    try File.createDirectory(path, mode: hasSecret ? 0o700 : 0o755)
    var names: Set<String> = []
    for (index, manifest) in manifests.enumerated() {
      let name = manifest.fileName(at: index, format: format.rawValue)
      // Before it has the secret in it, no other user can read the file.
      try File.write(
        Array(format.text(of: manifest.json).utf8), to: "\(path)/\(name)",
        mode: manifest.kind == "Secret" ? 0o600 : 0o644)
      names.insert(name)
    }
    var removed: [String] = []
    for name in try File.list(path) where !names.contains(name) && isOurs(name) {
      try File.remove("\(path)/\(name)")
      removed.append("\(path)/\(name)")
    }
    return removed
  }

  /// Whether an earlier run for the same release wrote the file: its name and its labels say so.
  private func isOurs(_ name: String) -> Bool {
    let characters = Array(name.utf8)
    guard characters.count > 3, characters[2] == UInt8(ascii: "-"),
      characters[..<2].allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
      ManifestFormat.allCases.contains(where: { name.hasSuffix(".\($0.rawValue)") }),
      File.isPlain("\(path)/\(name)"), let bytes = try? File.read("\(path)/\(name)"),
      let labels = (try? YAML.parse(bytes, file: name))?.first?["metadata"]?["labels"]?.value
    else { return false }
    return Contract.releaseLabels(release: release).allSatisfy { labels[$0]?.string == $1 }
  }
}
