internal import JSON

/// The rules of pod specifications that a generator of manifests is likely to break.
enum PodValidation {
  static func errors(_ spec: JSONValue?, at path: String) -> [FieldError] {
    let spec = spec ?? [:]
    let volumes = spec["volumes"]?.array ?? []
    var errors = volumeErrors(volumes, at: "\(path).volumes")
    let names = Set(volumes.compactMap { $0["name"]?.string })
    let containers = spec["containers"]?.array ?? []
    if containers.isEmpty { errors.append(.required("\(path).containers")) }
    var taken: Set<String> = []
    for (index, container) in containers.enumerated() {
      let path = "\(path).containers[\(index)]"
      errors += containerErrors(container, names, &taken, at: path)
    }
    for (index, container) in (spec["initContainers"]?.array ?? []).enumerated() {
      let path = "\(path).initContainers[\(index)]"
      errors += containerErrors(container, names, &taken, at: path)
      errors += initErrors(container, at: path)
    }
    errors += choice(
      spec["restartPolicy"], ["Always", "OnFailure", "Never"], at: "\(path).restartPolicy")
    errors += choice(
      spec["dnsPolicy"], ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
      at: "\(path).dnsPolicy")
    return errors
  }

  private static func containerErrors(
    _ container: JSONValue, _ volumes: Set<String>, _ taken: inout Set<String>, at path: String
  ) -> [FieldError] {
    var errors: [FieldError] = []
    let name = container["name"]?.string ?? ""
    if name.isEmpty {
      errors.append(.required("\(path).name"))
    } else {
      errors += Names.labelProblems(name).map { .invalid("\(path).name", .string(name), $0) }
      if !taken.insert(name).inserted {
        errors.append(.duplicate("\(path).name", .string(name)))
      }
    }
    if (container["image"]?.string ?? "").isEmpty { errors.append(.required("\(path).image")) }
    errors += choice(
      container["imagePullPolicy"], ["Always", "IfNotPresent", "Never"],
      at: "\(path).imagePullPolicy")
    for (index, variable) in (container["env"]?.array ?? []).enumerated() {
      let path = "\(path).env[\(index)]"
      if (variable["name"]?.string ?? "").isEmpty { errors.append(.required("\(path).name")) }
      if variable["valueFrom"] != nil, !(variable["value"]?.string ?? "").isEmpty {
        errors.append(
          .invalid("\(path).valueFrom", "", "may not be specified when `value` is not empty"))
      }
    }
    errors += mountErrors(container, volumes, at: "\(path).volumeMounts")
    return errors + restartErrors(container, at: path)
  }

  private static func mountErrors(
    _ container: JSONValue, _ volumes: Set<String>, at path: String
  ) -> [FieldError] {
    var errors: [FieldError] = []
    var paths: Set<String> = []
    for (index, mount) in (container["volumeMounts"]?.array ?? []).enumerated() {
      let path = "\(path)[\(index)]"
      let name = mount["name"]?.string ?? ""
      let target = mount["mountPath"]?.string ?? ""
      if name.isEmpty {
        errors.append(.required("\(path).name"))
      } else if !volumes.contains(name) {
        errors.append(.notFound("\(path).name", .string(name)))
      }
      if target.isEmpty {
        errors.append(.required("\(path).mountPath"))
      } else if !paths.insert(target).inserted {
        errors.append(.invalid("\(path).mountPath", .string(target), "must be unique"))
      }
      if mount["subPath"] != nil, mount["subPathExpr"] != nil {
        errors.append(
          .invalid(
            "\(path).subPathExpr", mount["subPathExpr"] ?? "",
            "subPathExpr and subPath are mutually exclusive"))
      }
    }
    return errors
  }

  private static func restartErrors(_ container: JSONValue, at path: String) -> [FieldError] {
    choice(
      container["restartPolicy"], ["Always", "Never", "OnFailure"], at: "\(path).restartPolicy")
  }

  /// An init container runs once; only one that always restarts may have a life of its own.
  private static func initErrors(_ container: JSONValue, at path: String) -> [FieldError] {
    if container["restartPolicy"] == .some("Always") { return [] }
    return ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"].filter {
      container[$0] != nil
    }.map {
      .forbidden("\(path).\($0)", "may not be set for init containers without restartPolicy=Always")
    }
  }

  private static func volumeErrors(_ volumes: [JSONValue], at path: String) -> [FieldError] {
    var errors: [FieldError] = []
    var taken: Set<String> = []
    for (index, volume) in volumes.enumerated() {
      let path = "\(path)[\(index)]"
      let name = volume["name"]?.string ?? ""
      if name.isEmpty {
        errors.append(.required("\(path).name"))
      } else {
        errors += Names.labelProblems(name).map { .invalid("\(path).name", .string(name), $0) }
        if !taken.insert(name).inserted {
          errors.append(.duplicate("\(path).name", .string(name)))
        }
      }
      let sources = (volume.object ?? [:]).keys.filter { $0 != "name" }.sorted()
      if sources.isEmpty { errors.append(.required(path, "must specify a volume type")) }
      for extra in sources.dropFirst() {
        errors.append(
          .forbidden("\(path).\(extra)", "may not specify more than 1 volume type"))
      }
    }
    return errors
  }

  private static func choice(
    _ value: JSONValue?, _ allowed: [String], at path: String
  ) -> [FieldError] {
    guard let text = value?.string, !allowed.contains(text) else { return [] }
    return [.notSupported(path, .string(text), allowed.sorted())]
  }
}

/// The rules of what runs pods, and of changing it.
enum WorkloadValidation {
  static func daemonSet(_ object: JSONValue) -> [FieldError] {
    let spec = object["spec"]
    let template = spec?["template"]
    var errors: [FieldError] = []
    if let selector = spec?["selector"], case .object(let members) = selector, !members.isEmpty {
      if !matches(selector, template) {
        errors.append(
          .invalid(
            "spec.template.metadata.labels", template?["metadata"]?["labels"] ?? .null,
            "`selector` does not match template `labels`"))
      }
    } else if spec?["selector"] == nil {
      errors.append(.required("spec.selector"))
    } else {
      errors.append(
        .invalid(
          "spec.selector", spec?["selector"] ?? [:], "empty selector is invalid for daemonset"))
    }
    errors += PodValidation.errors(template?["spec"], at: "spec.template.spec")
    if let policy = template?["spec"]?["restartPolicy"]?.string, policy != "Always",
      ["OnFailure", "Never"].contains(policy)
    {
      errors.append(
        .notSupported("spec.template.spec.restartPolicy", .string(policy), ["Always"]))
    }
    return errors
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
        spec?.changeElements(list) { $0["image"] = nil }
      }
      for name in ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"] {
        spec?[name] = nil
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
