internal import JSON

/// The rules of containers.
enum ContainerValidation {
  /// What holds for containers of every sort.
  static func common(_ container: FieldNode, _ volumes: Set<String>) -> [FieldError] {
    let name = container["name"]
    var errors = name.requirement
    if errors.isEmpty { errors += name.checked(Names.labelProblems) }
    errors += container["image"].requirement
    errors += container["terminationMessagePolicy"].choice(["File", "FallbackToLogsOnError"])
    errors += container["ports"].elements.flatMap(port)
    errors += container["env"].elements.flatMap(variable)
    errors += mounts(container, volumes)
    errors += container["imagePullPolicy"].choice(["Always", "IfNotPresent", "Never"])
    errors += ResourceValidation.errors(container["resources"])
    return errors + SecurityValidation.errors(container["securityContext"])
      + SecurityValidation.combinations(container["securityContext"])
  }

  static func restartPolicy(_ container: FieldNode) -> [FieldError] {
    container["restartPolicy"].choice(["Always", "Never", "OnFailure"])
  }

  /// What happens while a container runs.
  static func life(_ container: FieldNode) -> [FieldError] {
    var errors: [FieldError] = []
    for name in ["postStart", "preStop"] where container["lifecycle"][name].isPresent {
      errors += ProbeValidation.handler(container["lifecycle"][name])
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"]
    where container[name].isPresent {
      errors += ProbeValidation.errors(container[name])
      let threshold = container[name]["successThreshold"]
      if name != "readinessProbe", threshold.value != .some(1) {
        errors.append(threshold.invalid("must be 1"))
      }
    }
    return errors
  }

  /// An init container runs once; only one that always restarts may have a life of its own.
  static func initLife(_ container: FieldNode) -> [FieldError] {
    if container["restartPolicy"].text == "Always" { return life(container) }
    return ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]
      .map { container[$0] }.filter(\.isPresent).map {
        $0.forbidden("may not be set for init containers without restartPolicy=Always")
      }
  }

  private static func port(_ port: FieldNode) -> [FieldError] {
    let name = port["name"]
    var errors: [FieldError] = []
    if name.text.utf8.count > 15 {
      errors.append(name.invalid("must be no more than 15 characters"))
    }
    let number = port["containerPort"]
    errors += number.value == .some(0) ? [number.required] : number.within(1...65_535)
    if port["hostPort"].value != .some(0) { errors += port["hostPort"].within(1...65_535) }
    return errors + port["protocol"].choice(["SCTP", "TCP", "UDP"])
  }

  private static func variable(_ variable: FieldNode) -> [FieldError] {
    let name = variable["name"]
    var errors = name.requirement
    if !name.text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "=") }) {
      errors.append(
        name.invalid(
          "a valid environment variable name must consist only of printable ASCII characters "
            + "other than '='"))
    }
    let source = variable["valueFrom"]
    guard source.isPresent else { return errors }
    if source.names.isEmpty {
      errors.append(
        .invalid(
          source.path, "",
          "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, "
            + "`secretKeyRef` or `fileKeyRef`"))
    } else if !variable["value"].text.isEmpty {
      errors.append(.invalid(source.path, "", "may not be specified when `value` is not empty"))
    } else if source.names.count > 1 {
      errors.append(
        .invalid(source.path, "", "may not have more than one field specified at a time"))
    }
    if source["fieldRef"].isPresent { errors += field(source["fieldRef"]["fieldPath"]) }
    for reference in ["configMapKeyRef", "secretKeyRef"] where source[reference].isPresent {
      errors += source[reference]["name"].requirement + source[reference]["key"].requirement
    }
    return errors
  }

  private static let fields = [
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
    "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
  ]

  private static func field(_ path: FieldNode) -> [FieldError] {
    if path.text.isEmpty { return [path.required] }
    if fields.contains(path.text) || path.text.hasPrefix("metadata.labels[")
      || path.text.hasPrefix("metadata.annotations[")
    {
      return []
    }
    return [
      path.invalid("error converting fieldPath: field label not supported: \(path.text)")
    ]
  }

  private static func mounts(_ container: FieldNode, _ volumes: Set<String>) -> [FieldError] {
    var errors: [FieldError] = []
    var targets: Set<String> = []
    for mount in container["volumeMounts"].elements {
      let (name, target) = (mount["name"], mount["mountPath"])
      if name.text.isEmpty {
        errors.append(name.required)
      } else if !volumes.contains(name.text) {
        errors.append(.notFound(name.path, .string(name.text)))
      }
      if target.text.isEmpty {
        errors.append(target.required)
      } else if !targets.insert(target.text).inserted {
        errors.append(target.invalid("must be unique"))
      }
      if mount["subPath"].isPresent, mount["subPathExpr"].isPresent {
        errors.append(
          mount["subPathExpr"].invalid("subPathExpr and subPath are mutually exclusive"))
      }
      let propagation = mount["mountPropagation"].text
      if propagation == "Bidirectional", !container["securityContext"]["privileged"].isTrue {
        errors.append(
          container["volumeMounts"]["mountPropagation"].forbidden(
            "Bidirectional mount propagation is available only to privileged containers"))
      }
    }
    return errors
  }
}
