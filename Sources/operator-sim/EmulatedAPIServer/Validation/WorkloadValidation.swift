internal import FilelogJSON

/// The rules of what runs pods, and of changing it.
enum WorkloadValidation {
  static func daemonSet(_ object: JSONValue) -> [FieldError] {
    let spec = FieldNode(object["spec"], at: "spec")
    let (template, selector) = (spec["template"], spec["selector"])
    let labels = template["metadata"]["labels"]
    var errors: [FieldError] = []
    // No selector selects nothing, an empty one everything.
    if !(selector.value.map { LabelSelector($0).matches(template.value ?? [:]) } ?? false) {
      errors.append(
        .invalid(
          labels.path, labels.value ?? .null, "`selector` does not match template `labels`"))
    }
    if selector.isPresent, selector.names.isEmpty {
      errors.append(selector.invalid("empty selector is invalid for daemonset"))
    }
    errors += MetadataValidation.labels(labels)
    errors += PodValidation.errors(template["spec"])
    let restart = template["spec"]["restartPolicy"]
    if !restart.text.isEmpty { errors += restart.choice(["Always"]) }
    return errors + spec["updateStrategy"]["type"].choice(["RollingUpdate", "OnDelete"])
  }

  static func daemonSetUpdate(_ new: JSONValue, _ old: JSONValue) -> [FieldError] {
    new["spec"]?["selector"] == old["spec"]?["selector"]
      ? []
      : [.invalid("spec.selector", new["spec"]?["selector"] ?? .null, "field is immutable")]
  }
}
