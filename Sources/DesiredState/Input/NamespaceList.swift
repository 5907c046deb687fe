internal import JSON

/// Reads the namespaces of a cluster: `Namespace` objects, or names one a line.
enum NamespaceList {
  struct Entry {
    let name: String
    let labels: [String: String]
  }

  static func read(_ file: InputFile, rank: Int, log: ProblemLog) -> [Entry] {
    let text = String(decoding: file.bytes, as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline).map { line in
      String(line.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    if lines.allSatisfy({ KubernetesName.isLabel($0) || $0.isEmpty || $0.hasPrefix("#") }) {
      return lines.filter { KubernetesName.isLabel($0) }.map { Entry(name: $0, labels: named($0)) }
    }
    let objects = ClusterObjects.read(
      [file], [], part: .monitoringObjects, firstRank: rank, kinds: ["Namespace"], log: log)
    return objects.filter { $0.state != .isBeingDeleted }.map { object in
      var labels = named(object.name)
      for (key, value) in object.reader.value?.json["metadata"]?["labels"]?.object ?? [:] {
        labels[key] = value.string
      }
      return Entry(name: object.name, labels: labels)
    }
  }

  /// Kubernetes gives every namespace this label.
  private static func named(_ name: String) -> [String: String] {
    ["kubernetes.io/metadata.name": name]
  }
}
