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
    let deadline = template["spec"]["activeDeadlineSeconds"]
    if deadline.isPresent { errors.append(deadline.invalid("must not be specified")) }
    errors += spec["minReadySeconds"].nonNegative
    return errors + strategy(spec["updateStrategy"]) + spec["revisionHistoryLimit"].nonNegative
  }

  private static func strategy(_ strategy: FieldNode) -> [FieldError] {
    switch strategy["type"].text {
    case "OnDelete": return []
    case "RollingUpdate":
      return rolling(strategy["rollingUpdate"])
    case let other:
      let shown: JSONValue = ["Type": .string(other), "RollingUpdate": .null]
      return [.notSupported(strategy.path, shown, ["RollingUpdate", "OnDelete"])]
    }
  }

  /// A rollout makes room either by stopping pods first or by starting more, never by both.
  private static func rolling(_ rolling: FieldNode) -> [FieldError] {
    let (stopped, added) = (rolling["maxUnavailable"], rolling["maxSurge"])
    let errors =
      count(stopped) + count(added)
      + [stopped, added].filter { percent($0) ?? 0 > 100 }
      .map { $0.invalid("must not be greater than 100%") }
    func isZero(_ node: FieldNode) -> Bool { (node.value?.integer ?? percent(node) ?? 0) == 0 }
    return switch (isZero(stopped), isZero(added)) {
    case (true, true): errors + [.required(stopped.path, "cannot be 0 when maxSurge is 0")]
    case (false, false): errors + [added.invalid("may not be set when maxUnavailable is non-zero")]
    default: errors
    }
  }

  /// Refuses what is neither a number of pods nor a share of them.
  private static func count(_ node: FieldNode) -> [FieldError] {
    if node.value?.string == nil || percent(node) != nil { return node.nonNegative }
    return [
      node.invalid(
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
          + "'93%', regex used for validation is '[0-9]+%')")
    ]
  }

  private static func percent(_ node: FieldNode) -> Int? {
    let digits = node.text.dropLast()
    guard node.text.hasSuffix("%"), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Int(digits)
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
