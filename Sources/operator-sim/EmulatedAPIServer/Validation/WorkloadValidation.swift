internal import FilelogJSON

/// The rules of what runs pods, and of changing it.
enum WorkloadValidation {
  static func daemonSet(_ object: JSONValue) -> [FieldError] {
    let spec = FieldNode(object["spec"], at: "spec")
    let (template, selector) = (spec["template"], spec["selector"])
    var errors: [FieldError] = []
    // No selector selects nothing, an empty one everything.
    if !selector.isPresent || !matches(selector.value ?? [:], template.value) {
      errors.append(
        .invalid(
          template["metadata"]["labels"].path, template["metadata"]["labels"].value ?? .null,
          "`selector` does not match template `labels`"))
    }
    if selector.isPresent, selector.names.isEmpty {
      errors.append(selector.invalid("empty selector is invalid for daemonset"))
    }
    errors += MetadataValidation.labels(
      template["metadata"]["labels"].value, at: template["metadata"]["labels"].path)
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

  /// Whether an object has the labels that a selector asks for.
  static func matches(_ selector: JSONValue, _ template: JSONValue?) -> Bool {
    let labels = template?["metadata"]?["labels"]
    let equal = (selector["matchLabels"]?.object ?? [:]).allSatisfy { labels?[$0.key] == $0.value }
    let expressions = (selector["matchExpressions"]?.array ?? []).allSatisfy { term in
      let value = labels?[term["key"]?.string ?? ""]
      let values = term["values"]?.array ?? []
      return switch term["operator"]?.string {
      case "In": value.map(values.contains) ?? false
      case "NotIn": value.map { !values.contains($0) } ?? true
      case "Exists": value != nil
      case "DoesNotExist": value == nil
      default: false
      }
    }
    return equal && expressions
  }
}
