internal import JSON

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
    errors += spec["minReadySeconds"].nonNegative
    return errors + strategy(spec["updateStrategy"]) + spec["revisionHistoryLimit"].nonNegative
  }

  private static func strategy(_ strategy: FieldNode) -> [FieldError] {
    switch strategy["type"].text {
    case "OnDelete": return []
    case "RollingUpdate":
      let rolling = strategy["rollingUpdate"]
      func isZero(_ name: String) -> Bool {
        [.some(0), .some("0"), .some("0%"), nil].contains(rolling[name].value)
      }
      guard isZero("maxUnavailable"), isZero("maxSurge") else { return [] }
      return [.required(rolling["maxUnavailable"].path, "cannot be 0 when maxSurge is 0")]
    case let other:
      let shown: JSONValue = ["Type": .string(other), "RollingUpdate": .null]
      return [.notSupported(strategy.path, shown, ["RollingUpdate", "OnDelete"])]
    }
  }

  static func daemonSetUpdate(_ new: JSONValue, _ old: JSONValue) -> [FieldError] {
    new["spec"]?["selector"] == old["spec"]?["selector"]
      ? []
      : [.invalid("spec.selector", new["spec"]?["selector"] ?? .null, "field is immutable")]
  }

  /// Of a pod that exists, little may change.
  static func podUpdate(_ new: JSONValue, _ old: JSONValue) -> [FieldError] {
    func fixed(_ pod: JSONValue) -> JSONValue? {
      var spec = pod["spec"]
      for list in ["containers", "initContainers"] {
        spec?.changeElements(list) { $0["image"] = .none }
      }
      for name in ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"] {
        spec?[name] = .none
      }
      return spec
    }
    if fixed(new) == fixed(old) { return [] }
    return [
      .forbidden(
        "spec",
        "pod updates may not change fields other than `spec.containers[*].image`,"
          + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
          + "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to "
          + "be set to 1 if it was previously negative)")
    ]
  }

  private static func matches(_ selector: JSONValue, _ template: JSONValue?) -> Bool {
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
