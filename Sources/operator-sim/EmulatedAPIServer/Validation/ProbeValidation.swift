internal import JSON

/// The rules of probes and of lifecycle handlers.
enum ProbeValidation {
  static func errors(_ probe: FieldNode) -> [FieldError] {
    let numbers = [
      "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold",
      "failureThreshold",
    ]
    var errors = handler(probe) + numbers.flatMap { probe[$0].nonNegative }
    let grace = probe["terminationGracePeriodSeconds"]
    if let seconds = grace.value?.integer, seconds <= 0 {
      errors.append(grace.invalid("must be greater than 0"))
    }
    return errors
  }

  /// Exactly one thing is to be done.
  static func handler(_ handler: FieldNode) -> [FieldError] {
    let given = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"].map { handler[$0] }
      .filter(\.isPresent)
    guard let first = given.first else {
      return [.required(handler.path, "must specify a handler type")]
    }
    var errors: [FieldError] = []
    switch first.path.split(separator: ".").last {
    case "exec" where first["command"].elements.isEmpty:
      errors.append(first["command"].required)
    case "httpGet":
      errors += first["path"].requirement + port(first["port"])
      errors += first["scheme"].choice(["HTTP", "HTTPS"])
    case "tcpSocket": errors += port(first["port"])
    case "grpc": errors += first["port"].within(1...65_535)
    default: break
    }
    return errors
      + given.dropFirst().map { $0.forbidden("may not specify more than 1 handler type") }
  }

  private static func port(_ port: FieldNode) -> [FieldError] {
    guard case .string(let name)? = port.value else { return port.within(1...65_535) }
    return name.utf8.count > 15 ? [port.invalid("must be no more than 15 characters")] : []
  }
}
