internal import FilelogJSON
internal import FilelogYAML

/// Merges what the values come from, in Helm's order: defaults, files, assignments.
enum ValuesTree {
  static func merged(_ request: DesiredStateRequest, log: ProblemLog) -> SourcedValue {
    let given = given(request, log: log)
    log.nulls = given.nulls
    let tree = defaults.merged(with: given)
    for path in parts {
      guard let value = tree[path], value.isNull else { continue }
      log.add(
        value.origin, path.joined(separator: "."), found: "nothing",
        expected:
          "a mapping: with null the chart loses a whole part of its values, and does not render"
      )
    }
    return tree.withoutNulls
  }

  /// Mappings that the chart's templates look into without asking whether they are there.
  private static let parts =
    [
      [], ["autoMonitorNamespaces"], ["collectorImage"], ["collectors"],
      ["collectors", "k8s_attributes"], ["dash0Export"], ["dash0Export", "keepalive"],
      ["filelogOffsetSyncImage"], ["filelogOffsetVolumeOwnershipImage"], ["gke"],
      ["gke", "autopilot"],
    ].map { ["operator"] + $0 }

  /// The values without the defaults.
  static func given(_ request: DesiredStateRequest, log: ProblemLog) -> SourcedValue {
    var given = SourcedValue(
      .mapping([:]), Origin(source: "values", rank: 0, part: .values))
    for (rank, file) in request.values.enumerated() {
      guard let tree = read(file, rank: rank, log: log) else { continue }
      given = given.merged(with: tree)
    }
    for tree in request.valueTrees {
      let value = SourcedValue(tree, .request(.valueTrees))
      if case .mapping = value.kind {
        given = given.merged(with: value)
      } else if !value.isNull {
        log.add(value.origin, "", found: value.summary, expected: "a mapping of values")
      }
    }
    for assignment in request.sets { given = apply(assignment, to: given, log: log) }
    return given
  }

  /// Reads a values file; an empty one has no values.
  private static func read(_ file: InputFile, rank: Int, log: ProblemLog) -> SourcedValue? {
    let place = Origin(source: file.name, rank: rank)
    let documents = InputDocuments.read(file, rank: rank, log: log)
    guard documents.count <= 1 else {
      log.add(place, "", found: "\(documents.count) documents", expected: "one document")
      return nil
    }
    guard let tree = documents.first, !tree.isNull else { return nil }
    guard case .mapping(let members) = tree.kind else {
      log.add(place, "", found: tree.summary, expected: "a mapping of values")
      return nil
    }
    if let kind = members["kind"], members["apiVersion"] != nil {
      log.add(
        kind.origin, "", found: "a Kubernetes object of kind \(kind.summary)",
        expected: "Helm values; a Dash0Monitoring belongs into a file of monitored namespaces")
      return nil
    }
    return tree
  }

  private static func apply(
    _ assignment: ValueAssignment, to tree: SourcedValue, log: ProblemLog
  ) -> SourcedValue {
    let origin = Origin.request(assignment.part)
    if case .json(let text) = assignment, text.hasPrefix("{"),
      let object = try? JSONValue(parsing: Array(text.utf8))
    {
      return tree.merged(with: SourcedValue(object, origin))
    }
    do {
      return try assignment.assignments().reduce(tree) { tree, assignment in
        tree.setting(assignment.path[...], to: assignment.value, origin)
      }
    } catch {
      log.add(origin, "", found: error.found, expected: error.expected)
      return tree
    }
  }

  /// The chart's defaults of what is read here, and those of this project's own values.
  static let defaults: SourcedValue = {
    let bytes = PackageResources.values_defaults_yaml
    guard let root = try? YAML.parse(bytes, file: "values.defaults.yaml").first else {
      preconditionFailure("the embedded defaults are not valid YAML")
    }
    return SourcedValue(root.value, .chartDefaults)
  }()
}

extension ValueAssignment {
  fileprivate var part: DesiredStateRequest.Part {
    switch self {
    case .parsed: .set
    case .text: .setString
    case .json: .setJSON
    case .file: .setFile
    case .literal: .setLiteral
    }
  }

  fileprivate func assignments() throws(SetExpression.SyntaxError) -> [SetExpression.Assignment] {
    switch self {
    case .parsed(let text): try SetExpression.parse(text, .typed)
    case .text(let text): try SetExpression.parse(text, .text)
    case .json(let text): try SetExpression.parse(text, .json)
    case .file(let key, let file):
      [try .text(String(decoding: file.bytes, as: UTF8.self), at: key, "file")]
    case .literal(let key, let text): [try .text(text, at: key, "text")]
    }
  }
}

extension SetExpression.Assignment {
  fileprivate static func text(
    _ text: String, at key: String, _ word: String
  ) throws(SetExpression.SyntaxError) -> Self {
    Self(path: try SetExpression.path(key, before: word), value: .scalar(.string(text)))
  }
}
