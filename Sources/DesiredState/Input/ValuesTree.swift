internal import JSON
internal import YAML

/// Merges what the values come from, in Helm's order: defaults, files, `--set`.
enum ValuesTree {
  static func merged(_ request: DesiredStateRequest, log: ProblemLog) -> SourcedValue {
    var given = SourcedValue(.mapping([:]), Origin(source: "--values", line: nil, rank: 0))
    for (rank, file) in request.values.enumerated() {
      guard let tree = read(file, rank: rank, log: log) else { continue }
      given = given.merged(with: tree)
    }
    for expression in request.sets { given = apply(expression, to: given, log: log) }
    return defaults.merged(with: given).withoutNulls
  }

  /// Reads a values file; an empty one says nothing.
  private static func read(_ file: InputFile, rank: Int, log: ProblemLog) -> SourcedValue? {
    let place = Origin(source: file.name, line: nil, rank: rank)
    let documents = InputDocuments.read(file, rank: rank, log: log)
    guard documents.count <= 1 else {
      log.add(place, "", found: "\(documents.count) documents", expected: "one document")
      return nil
    }
    guard let tree = documents.first, !tree.isNull else { return nil }
    if case .mapping(let members) = tree.kind {
      guard let kind = members["kind"], members["apiVersion"] != nil else { return tree }
      log.add(
        kind.origin, "", found: "a Kubernetes object of kind \(kind.summary)",
        expected: "Helm values; a Dash0Monitoring belongs into a file of monitored namespaces")
      return nil
    }
    log.add(place, "", found: tree.summary, expected: "a mapping of values")
    return nil
  }

  private static func apply(
    _ expression: String, to tree: SourcedValue, log: ProblemLog
  ) -> SourcedValue {
    do {
      return try SetExpression.parse(expression).reduce(tree) { tree, assignment in
        tree.setting(assignment.path[...], to: assignment.value, .option("--set"))
      }
    } catch {
      log.add(.option("--set"), "", found: error.found, expected: error.expected)
      return tree
    }
  }

  private static let defaults: SourcedValue = {
    let bytes = PackageResources.values_defaults_yaml
    guard let root = try? YAML.parse(bytes, file: "values.defaults.yaml").first else {
      preconditionFailure("the embedded defaults are no YAML")
    }
    return SourcedValue(root.value, .chartDefaults)
  }()
}
