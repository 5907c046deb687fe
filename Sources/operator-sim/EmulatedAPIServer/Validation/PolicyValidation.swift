internal import FilelogJSON

/// The rules of admission policies and their bindings.
enum PolicyValidation {
  static func policy(_ policy: JSONValue) -> [FieldError] {
    let spec = FieldNode(policy["spec"], at: "spec")
    let match = spec["matchConstraints"]
    var errors = spec["failurePolicy"].requirement
    errors += spec["failurePolicy"].choice(["Fail", "Ignore"])
    if match.isPresent {
      errors += rules(match)
      if match["resourceRules"].elements.isEmpty { errors.append(match["resourceRules"].required) }
    } else {
      errors.append(match.required)
    }
    for condition in spec["matchConditions"].elements {
      errors += condition["expression"].requirement + condition["name"].requirement
      errors += compilation(condition["expression"])
    }
    for variable in spec["variables"].elements {
      errors += text(variable["name"], "name") + text(variable["expression"], "expression")
      errors += compilation(variable["expression"])
    }
    let validations = spec["validations"]
    if validations.elements.isEmpty, spec["auditAnnotations"].elements.isEmpty {
      let reason = "validations or auditAnnotations must contain at least one item"
      return errors
        + [
          .required(validations.path, reason), .required(spec["auditAnnotations"].path, reason),
        ]
    }
    for validation in validations.elements {
      errors += text(validation["expression"], "expression") + compilation(validation["expression"])
      errors += validation["reason"].choice(["Forbidden", "Invalid", "RequestEntityTooLarge"])
    }
    return errors
  }

  static func binding(_ binding: JSONValue) -> [FieldError] {
    let spec = FieldNode(binding["spec"], at: "spec")
    let (name, actions) = (spec["policyName"], spec["validationActions"])
    var errors = name.text.isEmpty ? [name.required] : name.checked(Names.subdomainProblems)
    errors += rules(spec["matchResources"])
    for action in actions.elements { errors += action.choice(["Audit", "Deny", "Warn"]) }
    if actions.elements.isEmpty {
      errors.append(.required(actions.path, "at least one validation action is required"))
    }
    if ["Deny", "Warn"].allSatisfy({ actions.value?.array?.contains(.string($0)) ?? false }) {
      errors.append(
        actions.invalid(
          "must not contain both Deny and Warn (repeating the same validation failure information "
            + "in the API response and headers serves no purpose)"))
    }
    return errors
  }

  private static func text(_ node: FieldNode, _ what: String) -> [FieldError] {
    node.text.allSatisfy(\.isWhitespace) ? [.required(node.path, "\(what) is not specified")] : []
  }

  /// An expression must be one; what it means is seen when it is evaluated.
  private static func compilation(_ node: FieldNode) -> [FieldError] {
    if node.text.allSatisfy(\.isWhitespace) { return [] }
    do throws(CELSyntaxError) {
      _ = try CELParser.parse(node.text)
      return []
    } catch {
      return [node.invalid("compilation failed: ERROR: \(error.message)")]
    }
  }

  private static func rules(_ match: FieldNode) -> [FieldError] {
    let lists = ["resourceRules", "excludeResourceRules"]
    return lists.flatMap { match[$0].elements }.flatMap { rule in
      var errors: [FieldError] = []
      for name in ["operations", "apiGroups", "apiVersions", "resources"]
      where rule[name].elements.isEmpty {
        errors.append(rule[name].required)
      }
      let operations = rule["operations"].elements.flatMap {
        $0.choice(["*", "CONNECT", "CREATE", "DELETE", "UPDATE"])
      }
      return errors + operations
    }
  }
}
