internal import FilelogJSON

/// Reads the namespaces of a cluster: `Namespace` objects, or names between white space.
enum NamespaceList {
  struct Entry {
    let name: String
    let labels: [String: String]
    let origin: Origin
  }

  /// Files first.
  /// - Parameter firstRank: the place of the first file in the order of the input.
  static func read(
    _ request: DesiredStateRequest, firstRank: Int, log: ProblemLog
  ) -> [Entry] {
    request.namespaces.enumerated().flatMap { index, file in
      read(file, rank: firstRank + index, log: log)
    }
      + entries(
        ClusterObjects.read(
          [], request.namespaceObjects, part: .namespaceObjects, firstRank: firstRank,
          kinds: ["Namespace"], log: log))
  }

  private static func read(_ file: InputFile, rank: Int, log: ProblemLog) -> [Entry] {
    let text = String(decoding: file.bytes, as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }
    let names = lines.filter { !$0.hasPrefix("#") }.flatMap { line in
      line.split(whereSeparator: \.isWhitespace).map(name)
    }
    if names.allSatisfy(KubernetesName.isLabel) {
      let origin = Origin(source: file.name, rank: rank)
      return names.map { Entry(name: $0, labels: named($0), origin: origin) }
    }
    return entries(
      ClusterObjects.read(
        [file], [], part: .namespaceObjects, firstRank: rank, kinds: ["Namespace"], log: log))
  }

  /// Without what `kubectl get namespaces -o name` prints before it.
  private static func name(_ word: Substring) -> String {
    let prefix = "namespace/"
    return String(word.hasPrefix(prefix) ? word.dropFirst(prefix.count) : word)
  }

  private static func entries(_ objects: [ClusterObject]) -> [Entry] {
    objects.filter { $0.state != .isBeingDeleted }.map { object in
      var labels = named(object.name)
      for (key, value) in object.reader.value?.json["metadata"]?["labels"]?.object ?? [:] {
        labels[key] = value.string
      }
      return Entry(name: object.name, labels: labels, origin: object.reader.origin)
    }
  }

  /// Kubernetes gives every namespace this label.
  private static func named(_ name: String) -> [String: String] {
    ["kubernetes.io/metadata.name": name]
  }
}
