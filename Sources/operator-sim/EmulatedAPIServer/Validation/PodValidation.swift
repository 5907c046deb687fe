internal import FilelogJSON

/// The rules of pod specifications that a mistake in the making of manifests breaks: what is missing,
/// there twice or referred to in vain, and who may have a life of their own. The full rules of values
/// are for a real API server.
enum PodValidation {
  static func errors(_ spec: FieldNode) -> [FieldError] {
    var errors = volumes(spec["volumes"])
    let volumes = Set(spec["volumes"].elements.map { $0["name"].text })
    let containers = spec["containers"].elements
    if containers.isEmpty { errors.append(spec["containers"].required) }
    var taken: Set<String> = []
    for container in containers {
      errors += common(container, volumes, &taken) + restartPolicy(container)
    }
    for container in spec["initContainers"].elements {
      errors += common(container, volumes, &taken) + restartPolicy(container)
      if container["restartPolicy"].text != "Always" { errors += life(container) }
    }
    return errors + spec["restartPolicy"].choice(["Always", "OnFailure", "Never"])
  }

  private static func common(
    _ container: FieldNode, _ volumes: Set<String>, _ taken: inout Set<String>
  ) -> [FieldError] {
    let name = container["name"]
    var errors = name.requirement
    if errors.isEmpty { errors += name.checked(Names.labelProblems) }
    errors += container["image"].requirement
    errors += container["env"].elements.flatMap { $0["name"].requirement }
    for mount in container["volumeMounts"].elements {
      let name = mount["name"]
      errors += name.requirement
      if !name.text.isEmpty, !volumes.contains(name.text) {
        errors.append(.notFound(name.path, .string(name.text)))
      }
      errors += mount["mountPath"].requirement
    }
    if !taken.insert(name.text).inserted {
      errors.append(.duplicate(name.path, .string(name.text)))
    }
    return errors
  }

  private static func restartPolicy(_ container: FieldNode) -> [FieldError] {
    container["restartPolicy"].choice(["Always", "Never", "OnFailure"])
  }

  /// An init container runs once; only one that always restarts may have a life of its own.
  private static func life(_ container: FieldNode) -> [FieldError] {
    ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"]
      .map { container[$0] }.filter(\.isPresent).map {
        $0.forbidden("may not be set for init containers without restartPolicy=Always")
      }
  }

  private static func volumes(_ volumes: FieldNode) -> [FieldError] {
    var errors: [FieldError] = []
    var taken: Set<String> = []
    for volume in volumes.elements {
      // The API server looks at an empty directory first.
      let sources = volume.names.filter { $0 != "name" }.sorted { $0 == "emptyDir" && $1 != $0 }
      errors += sources.dropFirst().map {
        volume[$0].forbidden("may not specify more than 1 volume type")
      }
      let name = volume["name"]
      errors += name.requirement
      if !name.text.isEmpty, !taken.insert(name.text).inserted {
        errors.append(.duplicate(name.path, .string(name.text)))
      }
    }
    return errors
  }
}
