internal import FilelogJSON

/// Defaults of pods and pod templates.
enum PodDefaults {
  static func filled(_ spec: JSONValue, isTemplate: Bool) -> JSONValue {
    guard case .object = spec else { return spec }
    var spec = spec
    spec.setDefault("restartPolicy", "Always")
    spec.setDefault("dnsPolicy", "ClusterFirst")
    spec.setDefault("schedulerName", "default-scheduler")
    spec.setDefault("securityContext", [:])
    spec.setDefault("terminationGracePeriodSeconds", 30)
    if !isTemplate {
      spec.setDefault("enableServiceLinks", true)
    }
    // Two names of one field; the older one fills in for the newer.
    let account = spec["serviceAccountName"] ?? spec["serviceAccount"]
    spec["serviceAccountName"] = account
    spec["serviceAccount"] = account
    for list in ["initContainers", "containers", "ephemeralContainers"] {
      spec.changeElements(list) { fillContainer(&$0, isTemplate: isTemplate) }
    }
    spec.changeElements("volumes", fillVolume)
    return spec
  }

  private static func fillContainer(_ container: inout JSONValue, isTemplate: Bool) {
    guard case .object = container else { return }
    container.setDefault("terminationMessagePath", "/dev/termination-log")
    container.setDefault("terminationMessagePolicy", "File")
    let image = container["image"]?.string ?? ""
    container.setDefault("imagePullPolicy", isLatest(image) ? "Always" : "IfNotPresent")
    container.changeElements("ports") { $0.setDefault("protocol", "TCP") }
    container.changeElements("env") { variable in
      guard var field = variable["valueFrom"]?["fieldRef"] else { return }
      field.setDefault("apiVersion", "v1")
      variable["valueFrom"]?["fieldRef"] = field
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
      guard var probe = container[name] else { continue }
      fillProbe(&probe)
      container[name] = probe
    }
    // A pod that limits a resource requests as much; a template is left as it is.
    if !isTemplate, case .object(let limits)? = container["resources"]?["limits"] {
      container["resources"]?.setDefault("requests", [:])
      for (name, limit) in limits { container["resources"]?["requests"]?.setDefault(name, limit) }
    }
  }

  private static func fillProbe(_ probe: inout JSONValue) {
    probe.setDefault("timeoutSeconds", 1)
    probe.setDefault("periodSeconds", 10)
    probe.setDefault("successThreshold", 1)
    probe.setDefault("failureThreshold", 3)
    if var get = probe["httpGet"] {
      get.setDefault("path", "/")
      get.setDefault("scheme", "HTTP")
      probe["httpGet"] = get
    }
  }

  private static func fillVolume(_ volume: inout JSONValue) {
    guard case .object(let members) = volume else { return }
    // A volume without a source is an empty directory.
    if members.keys.allSatisfy({ $0 == "name" }) { volume["emptyDir"] = [:] }
    for source in ["configMap", "secret", "downwardAPI", "projected"] {
      guard var found = volume[source] else { continue }
      found.setDefault("defaultMode", 420)
      if source == "downwardAPI" { fillItems(&found) }
      if source == "projected" { found.changeElements("sources", fillProjection) }
      volume[source] = found
    }
    if var path = volume["hostPath"] {
      path.setDefault("type", "")
      volume["hostPath"] = path
    }
  }

  private static func fillProjection(_ source: inout JSONValue) {
    if var token = source["serviceAccountToken"] {
      token.setDefault("expirationSeconds", 3600)
      source["serviceAccountToken"] = token
    }
    if var downward = source["downwardAPI"] {
      fillItems(&downward)
      source["downwardAPI"] = downward
    }
  }

  private static func fillItems(_ source: inout JSONValue) {
    source.changeElements("items") { item in
      guard var field = item["fieldRef"] else { return }
      field.setDefault("apiVersion", "v1")
      item["fieldRef"] = field
    }
  }

  /// Whether an image's tag is `latest`, written or implied.
  private static func isLatest(_ image: String) -> Bool {
    if image.contains("@") { return false }
    let last = image.split(separator: "/").last ?? ""
    guard let colon = last.lastIndex(of: ":") else { return true }
    return last[last.index(after: colon)...] == "latest"
  }
}

/// Defaults of services.
enum ServiceDefaults {
  static func filled(_ spec: JSONValue) -> JSONValue {
    var spec = spec
    spec.setDefault("type", "ClusterIP")
    spec.setDefault("sessionAffinity", "None")
    spec.setDefault("internalTrafficPolicy", "Cluster")
    spec.changeElements("ports") { port in
      port.setDefault("protocol", "TCP")
      if port["targetPort"] == nil || port["targetPort"] == .some(0) {
        port["targetPort"] = port["port"]
      }
    }
    return spec
  }
}
