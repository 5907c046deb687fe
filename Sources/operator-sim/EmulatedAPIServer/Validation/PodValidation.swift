internal import JSON

/// The rules of pod specifications that a generator of manifests is likely to break.
enum PodValidation {
  static func errors(_ spec: FieldNode) -> [FieldError] {
    var errors = VolumeValidation.errors(spec["volumes"])
    let volumes = Set(spec["volumes"].elements.map { $0["name"].text })
    let containers = spec["containers"].elements
    if containers.isEmpty { errors.append(spec["containers"].required) }
    var taken: Set<String> = []
    for container in containers {
      errors += ContainerValidation.common(container, volumes)
      let name = container["name"]
      if !taken.insert(name.text).inserted {
        errors.append(.duplicate(name.path, .string(name.text)))
      }
      errors += ContainerValidation.life(container)
      errors += ContainerValidation.restartPolicy(container)
    }
    for container in spec["initContainers"].elements {
      errors += ContainerValidation.common(container, volumes)
      errors += ContainerValidation.restartPolicy(container)
      let name = container["name"]
      if !taken.insert(name.text).inserted {
        errors.append(.duplicate(name.path, .string(name.text)))
      }
      errors += ContainerValidation.initLife(container)
    }
    errors += spec["restartPolicy"].choice(["Always", "OnFailure", "Never"])
    errors += spec["dnsPolicy"].choice([
      "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None",
    ])
    for name in ["serviceAccountName", "nodeName", "priorityClassName"]
    where !spec[name].text.isEmpty {
      errors += spec[name].checked(Names.subdomainProblems)
    }
    return errors + SchedulingValidation.errors(spec)
      + SecurityValidation.errors(spec["securityContext"])
  }
}

/// The rules of security contexts.
enum SecurityValidation {
  static func errors(_ context: FieldNode) -> [FieldError] {
    ["runAsUser", "runAsGroup", "fsGroup"].flatMap { context[$0].within(0...2_147_483_647) }
      + context["seccompProfile"]["type"].choice(["Localhost", "RuntimeDefault", "Unconfined"])
  }

  /// What a container's context may not combine.
  static func combinations(_ context: FieldNode) -> [FieldError] {
    guard context["allowPrivilegeEscalation"].value == .some(.bool(false)) else { return [] }
    if context["privileged"].isTrue {
      return [
        context.invalid(
          "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
      ]
    }
    if context["capabilities"]["add"].value?.array?.contains("CAP_SYS_ADMIN") ?? false {
      return [
        context.invalid(
          "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")
      ]
    }
    return []
  }
}
