internal import FilelogJSON

/// The rules for `metadata`, the same for every kind.
enum MetadataValidation {
  static func errors(_ object: JSONValue, _ kind: ResourceKind) -> [FieldError] {
    let metadata = FieldNode(object["metadata"], at: "metadata")
    let name = metadata["name"]
    var errors: [FieldError] =
      name.text.isEmpty
      ? [.required(name.path, "name or generateName is required")]
      : name.checked { nameProblems($0, kind) }
    if kind.isNamespaced { errors += metadata["namespace"].checked(Names.labelProblems) }
    let finalizers = metadata["finalizers"]
    return errors + common(metadata)
      + finalizers.elements.flatMap { finalizer in
        FieldError.invalid(finalizers.path, finalizer.text, Names.qualifiedNameProblems)
      }
  }

  /// What creations and updates may not say.
  private static func common(_ metadata: FieldNode) -> [FieldError] {
    labels(metadata["labels"]) + annotations(metadata["annotations"])
      + owners(metadata["ownerReferences"])
  }

  /// What an update may not change.
  static func updateErrors(_ new: JSONValue, _ old: JSONValue) -> [FieldError] {
    let (metadata, before) = (new["metadata"], old["metadata"])
    var errors: [FieldError] = []
    if old.isGoing {
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
      errors.append(.invalid("metadata.\(field)", metadata?[field] ?? "", "field is immutable"))
    }
    return errors + common(FieldNode(metadata, at: "metadata"))
  }

  private static func nameProblems(_ name: String, _ kind: ResourceKind) -> [String] {
    switch (kind.group, kind.kind) {
    case ("rbac.authorization.k8s.io", _): Names.pathSegmentProblems(name)
    case ("", "Namespace"), ("", "Service"): Names.labelProblems(name)
    default: Names.subdomainProblems(name)
    }
  }

  static func labels(_ labels: FieldNode) -> [FieldError] {
    labels.names.flatMap { key in
      FieldError.invalid(labels.path, key, Names.qualifiedNameProblems)
        + FieldError.invalid(labels.path, labels[key].text, Names.labelValueProblems)
    }
  }

  private static let annotationLimit = 256 << 10

  private static func annotations(_ annotations: FieldNode) -> [FieldError] {
    var errors: [FieldError] = []
    var size = 0
    for key in annotations.names {
      size += key.utf8.count + annotations[key].text.utf8.count
      errors += FieldError.invalid(annotations.path, key) {
        Names.qualifiedNameProblems($0.lowercased())
      }
    }
    if size > annotationLimit { errors.append(.tooLong(annotations.path, bytes: annotationLimit)) }
    return errors
  }

  private static func owners(_ owners: FieldNode) -> [FieldError] {
    owners.elements.flatMap { owner in
      ["apiVersion", "kind", "name", "uid"].filter { owner[$0].text.isEmpty }.map { field in
        FieldError.invalid(
          "\(owners.path).\(field)", "",
          field == "apiVersion" ? "version must not be empty" : "must not be empty")
      }
    }
  }
}
