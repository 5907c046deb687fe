internal import FilelogContract
internal import FilelogJSON

/// What the init and sync containers of a node logged as errors.
enum SidecarComplaints {
  /// One line for each container that logged errors: how many, and the first.
  /// - Parameter nodes: their names, and where a container's output lies.
  static func notes(of nodes: [(name: String, logPath: (String) -> String)]) -> [String] {
    var notes: [String] = []
    for node in nodes {
      for container in [Contract.ContainerName.initialize, Contract.ContainerName.sync] {
        let errors = errors(in: node.logPath(container))
        guard let first = errors.first else { continue }
        let times = errors.count == 1 ? "an error" : "\(errors.count) errors, the first"
        notes.append("\(node.name): \(container) logged \(times): \(first)")
      }
    }
    return notes.count <= 10 ? notes : notes.prefix(10) + ["and \(notes.count - 10) more"]
  }

  private static let longest = 300

  private static func errors(in path: String) -> [String] {
    guard let bytes = try? Files.read(path) else { return [] }
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { text(ofLine: $0) }
  }

  /// Message and error of a log line; nil for one of another level.
  static func text(ofLine line: some Sequence<UInt8>) -> String? {
    guard let entry = try? JSONValue(parsing: Array(line)), entry["level"] == "error" else {
      return nil
    }
    let parts = [entry["msg"]?.string, entry["error"]?.string].compactMap(\.self)
    let text = parts.joined(separator: ": ")
    return text.count > longest ? String(text.prefix(longest - 1)) + "…" : text
  }
}
