internal import JSON

/// The rules of a container's resources.
enum ResourceValidation {
  static func errors(_ resources: FieldNode) -> [FieldError] {
    let limits = resources["limits"]
    var errors = limits.names.flatMap { amount(limits.key($0), $0) }
    for name in resources["requests"].names {
      let request = resources["requests"].key(name)
      errors += amount(request, name)
      let limit = limits.value?[name]?.string
      if let limit, let most = Quantity.amount(limit), let asked = Quantity.amount(request.text),
        asked > most
      {
        errors.append(
          .invalid(
            resources["requests"].path, .string(request.text),
            "must be less than or equal to \(name) limit of \(limit)"))
      }
    }
    return errors
  }

  private static let standard = ["cpu", "memory", "ephemeral-storage"]

  private static func amount(_ amount: FieldNode, _ name: String) -> [FieldError] {
    var errors: [FieldError] = []
    if !name.contains("/"), !standard.contains(name), !name.hasPrefix("hugepages-") {
      for problem in [
        "must be a standard resource type or fully qualified",
        "must be a standard resource for containers",
      ] { errors.append(.invalid(amount.path, .string(name), problem)) }
    }
    if let number = Quantity.amount(amount.text), number < 0 {
      errors.append(amount.invalid("must be greater than or equal to 0"))
    }
    return errors
  }
}
