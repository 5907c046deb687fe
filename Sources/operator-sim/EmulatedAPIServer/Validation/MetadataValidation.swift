internal import FilelogJSON

/// The rules for `metadata`, the same for every kind.
enum MetadataValidation {
  static func errors(_ object: JSONValue, _ kind: ResourceKind) -> [FieldError] {
    let metadata = object["metadata"] ?? [:]
    var errors: [FieldError] = []
    let name = metadata["name"]?.string ?? ""
    if name.isEmpty {
      errors.append(.required("metadata.name", "name or generateName is required"))
    }
    for problem in name.isEmpty ? [] : nameProblems(name, kind) {
      errors.append(.invalid("metadata.name", .string(name), problem))
    }
    if kind.isNamespaced {
      let namespace = metadata["namespace"]?.string ?? ""
      for problem in Names.labelProblems(namespace) {
        errors.append(.invalid("metadata.namespace", .string(namespace), problem))
      }
    }
    return errors + labels(metadata["labels"], at: "metadata.labels")
      + annotations(metadata["annotations"]) + owners(metadata["ownerReferences"])
      + finalizers(metadata["finalizers"])
  }

  /// What an update may not change.
  static func updateErrors(_ new: JSONValue, _ old: JSONValue) -> [FieldError] {
    let (metadata, before) = (new["metadata"], old["metadata"])
    var errors: [FieldError] = []
    if before?["deletionTimestamp"] != nil {
      let kept = before?["finalizers"]?.array ?? []
      let added = (metadata?["finalizers"]?.array ?? []).filter { !kept.contains($0) }
        .compactMap(\.string).sorted()
      if !added.isEmpty {
        let shown = added.map(GoText.quoted).joined(separator: ", ")
        errors.append(
          .forbidden(
            "metadata.finalizers",
            "no new finalizers can be added if the object is being deleted, found new finalizers "
              + "[]string{\(shown)}"))
      }
    }
    for field in ["name", "namespace", "uid", "deletionTimestamp", "deletionGracePeriodSeconds"]
    where metadata?[field] != before?[field] {
      errors.append(
        .invalid("metadata.\(field)", metadata?[field] ?? "", "field is immutable"))
    }
    return errors + labels(metadata?["labels"], at: "metadata.labels")
      + annotations(metadata?["annotations"]) + owners(metadata?["ownerReferences"])
  }

  private static func nameProblems(_ name: String, _ kind: ResourceKind) -> [String] {
    switch (kind.group, kind.kind) {
    case ("rbac.authorization.k8s.io", _): Names.pathSegmentProblems(name)
    case ("", "Namespace"), ("", "Service"): Names.labelProblems(name)
    default: Names.subdomainProblems(name)
    }
  }

  static func labels(_ labels: JSONValue?, at path: String) -> [FieldError] {
    var errors: [FieldError] = []
    for (key, value) in (labels?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      for problem in Names.qualifiedNameProblems(key) {
        errors.append(.invalid(path, .string(key), problem))
      }
      for problem in Names.labelValueProblems(value.string ?? "") {
        errors.append(.invalid(path, value, problem))
      }
    }
    return errors
  }

  private static let annotationLimit = 256 << 10

  private static func annotations(_ annotations: JSONValue?) -> [FieldError] {
    var errors: [FieldError] = []
    var size = 0
    for (key, value) in (annotations?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      size += key.utf8.count + (value.string?.utf8.count ?? 0)
      for problem in Names.qualifiedNameProblems(key.lowercased()) {
        errors.append(.invalid("metadata.annotations", .string(key), problem))
      }
    }
    if size > annotationLimit {
      errors.append(.tooLong("metadata.annotations", bytes: annotationLimit))
    }
    return errors
  }

  private static func owners(_ owners: JSONValue?) -> [FieldError] {
    var errors: [FieldError] = []
    for owner in owners?.array ?? [] {
      for field in ["apiVersion", "kind", "name", "uid"]
      where (owner[field]?.string ?? "").isEmpty {
        errors.append(
          .invalid(
            "metadata.ownerReferences.\(field)", "",
            field == "apiVersion" ? "version must not be empty" : "must not be empty"))
      }
    }
    return errors
  }

  private static func finalizers(_ finalizers: JSONValue?) -> [FieldError] {
    let names = (finalizers?.array ?? []).compactMap(\.string)
    return names.flatMap { name in
      Names.qualifiedNameProblems(name).map {
        FieldError.invalid("metadata.finalizers", .string(name), $0)
      }
    }
  }
}
