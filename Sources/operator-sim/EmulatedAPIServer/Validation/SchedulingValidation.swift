internal import JSON

/// The rules of where pods may run.
enum SchedulingValidation {
  static func errors(_ spec: FieldNode) -> [FieldError] {
    let node = spec["affinity"]["nodeAffinity"]
    let required = node["requiredDuringSchedulingIgnoredDuringExecution"]
    var errors: [FieldError] = []
    if required.isPresent {
      let terms = required["nodeSelectorTerms"]
      if terms.elements.isEmpty {
        errors.append(.required(terms.path, "must have at least one node selector term"))
      }
      errors += terms.elements.flatMap(term)
    }
    for preferred in node["preferredDuringSchedulingIgnoredDuringExecution"].elements {
      errors += preferred["weight"].outside(1...100) + term(preferred["preference"])
    }
    return errors + spec["tolerations"].elements.flatMap(toleration)
      + MetadataValidation.labels(
        spec["nodeSelector"].value, at: spec["nodeSelector"].path)
  }

  private static func term(_ term: FieldNode) -> [FieldError] {
    term["matchExpressions"].elements.flatMap { expression in
      let values = expression["values"].elements.count
      let key = expression["key"].checked(Names.qualifiedNameProblems)
      switch expression["operator"].text {
      case "In", "NotIn":
        return values == 0
          ? [
            .required(
              expression["values"].path,
              "must be specified when `operator` is 'In' or 'NotIn'")
          ] + key : key
      case "Exists", "DoesNotExist":
        return values > 0
          ? [
            expression["values"].forbidden(
              "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
          ] + key : key
      case "Gt", "Lt":
        return values != 1
          ? [
            .required(
              expression["values"].path,
              "must be specified single value when `operator` is 'Lt' or 'Gt'")
          ] + key : key
      default: return [expression["operator"].invalid("not a valid selector operator")] + key
      }
    }
  }

  private static func toleration(_ toleration: FieldNode) -> [FieldError] {
    let (key, operation) = (toleration["key"], toleration["operator"])
    var errors = key.text.isEmpty ? [] : key.checked(Names.qualifiedNameProblems)
    if key.text.isEmpty, operation.text != "Exists" {
      errors.append(
        operation.invalid(
          "operator must be Exists when `key` is empty, which means \"match all values and all "
            + "keys\""))
    }
    if toleration["tolerationSeconds"].isPresent, toleration["effect"].text != "NoExecute" {
      errors.append(
        toleration["effect"].invalid(
          "effect must be 'NoExecute' when `tolerationSeconds` is set"))
    }
    switch operation.text {
    case "", "Equal": break
    case "Exists":
      if !toleration["value"].text.isEmpty {
        errors.append(
          .invalid(
            operation.path, .string(toleration["value"].text),
            "value must be empty when `operator` is 'Exists'"))
      }
    default:
      errors.append(
        .notSupported(
          operation.path, .string(operation.text), ["Equal", "Exists"]))
    }
    return errors + toleration["effect"].choice(["NoSchedule", "PreferNoSchedule", "NoExecute"])
  }
}

extension FieldNode {
  /// Refuses a weight that is too small or too large.
  fileprivate func outside(_ range: ClosedRange<Int>) -> [FieldError] {
    guard let number = value?.integer, !range.contains(number) else { return [] }
    return [invalid("must be in the range \(range.lowerBound)-\(range.upperBound)")]
  }
}
