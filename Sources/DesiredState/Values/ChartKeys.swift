internal import FilelogJSON

/// The chart's keys that are not read here: accepted, and listed where they differ from the chart's
/// defaults.
///
/// They stand here so that a key that looks like one of ours (`deploymentLabels`,
/// `daemonSetLabels`) is known not to be a slip.
enum ChartKeys {
  struct Ignored {
    let foreign: [String]
    let withoutEffect: [String]
    let unknown: [String]
  }

  /// Ends the reading of the levels that are shared with other components.
  static func ignored(
    root: ObjectReader, chart: ObjectReader, collectors: ObjectReader, dash0Export: ObjectReader
  ) -> Ignored {
    var elsewhere: [String: String] = [:]
    for key in collectors.knownKeys { elsewhere[key] = "operator.collectors.\(key)" }
    for key in chart.knownKeys { elsewhere[key] = "operator.\(key)" }
    elsewhere.merge(within) { known, _ in known }
    root.rejectNested(
      "operator", expected: "it at the top level: the values of this chart alone")
    chart.rejectRepeated("operator", expected: "its keys one level higher")
    let ignored = [
      root.ignoreUnknownKeys(foreign: ofRoot, elsewhere: elsewhere),
      chart.ignoreUnknownKeys(foreign: ofOperator, elsewhere: elsewhere),
      collectors.ignoreUnknownKeys(foreign: ofCollectors, elsewhere: elsewhere),
      dash0Export.ignoreUnknownKeys(foreign: [], elsewhere: [:]),
    ]
    let foreign = ignored.flatMap(\.foreign).filter { !isDefault($0.value, at: $0.path) }
      .map(\.path).sorted()
    return Ignored(
      foreign: foreign.filter { !ofThisDaemonSet.contains($0) },
      withoutEffect: foreign.filter { ofThisDaemonSet.contains($0) },
      unknown: ignored.flatMap(\.unknown).sorted())
  }

  /// Whether a value changes nothing.
  private static func isDefault(_ value: JSONValue, at path: String) -> Bool {
    var expected: JSONValue? = defaults
    for step in path.split(separator: ".") { expected = expected?[String(step)] }
    return value.isPart(of: expected)
  }

  /// What upstream's chart has for the keys that are not read here.
  private static let defaults: JSONValue = {
    guard let value = try? JSONValue(parsing: PackageResources.chart_defaults_json) else {
      preconditionFailure("the embedded defaults of the chart are not valid JSON")
    }
    return value
  }()

  /// Keys that stand in mappings of their own, and what pods have under other names.
  private static let within: [String: String] = {
    var paths = [
      "autopilot": "operator.gke.autopilot",
      "deployAllowlistSynchronizer": "operator.gke.autopilot.deployAllowlistSynchronizer",
      "labelSelector": "operator.autoMonitorNamespaces.labelSelector",
      "terminationGracePeriodSeconds":
        "operator.collectors.filelogOffsetSyncShutdownDeadline (the grace period is 10 s longer)",
      "daemonSetTerminationGracePeriodSeconds":
        "operator.collectors.filelogOffsetSyncShutdownDeadline (the grace period is 10 s longer)",
    ]
    let groups: [(String, [String])] = [
      (
        "operator.collectors.k8s_attributes",
        ["disableReplicasetInformer", "wait_for_metadata", "wait_for_metadata_timeout"]
      ),
      (
        "operator.dash0Export",
        ["apiEndpoint", "dataset", "endpoint", "keepalive", "secretRef", "token"]
      ),
      ("operator.export", ["grpc", "http"]),
      ("operator.collectors.daemonSetProbes", ["liveness", "readiness", "startup"]),
    ]
    for (place, keys) in groups {
      for key in keys { paths[key] = "\(place).\(key)" }
    }
    let synonyms = [
      "affinity": "NodeAffinity", "nodeAffinity": "NodeAffinity", "nodeSelector": "NodeAffinity",
      "tolerations": "Tolerations", "sysctls": "Sysctls", "updateStrategy": "UpdateStrategy",
      "maxUnavailable": "UpdateStrategy", "priorityClassName": "PriorityClassName",
      "securityContext": "ContainerSecurityContext", "podSecurityContext": "PodSecurityContext",
      "podLabels": "PodLabels", "podAnnotations": "PodAnnotations", "labels": "Labels",
      "annotations": "Annotations", "resources": "CollectorContainerResources", "probes": "Probes",
    ]
    for (key, name) in synonyms { paths[key] = "operator.collectors.daemonSet\(name)" }
    return paths
  }()

  private static let ofRoot: Set<String> = ["global"]

  /// They shape upstream's DaemonSet, in parts that this one does not have: OTLP ports, profiles,
  /// metrics, the reloader of its configuration.
  private static let ofThisDaemonSet: Set<String> = [
    "operator.collectors.daemonSetConfigurationReloaderContainerResources",
    "operator.collectors.disableHostPorts", "operator.collectors.forceUseServiceUrl",
    "operator.collectors.kubeletstats", "operator.configurationReloaderImage",
    "operator.profilingEnabled", "operator.signalControl",
  ]

  private static let ofOperator: Set<String> = [
    "additionalLabels", "agent0Connector", "agent0ConnectorImage", "certManager",
    "collectorDaemonSetConfigurationReloaderContainerResources",
    "collectorDeploymentCollectorContainerResources",
    "collectorDeploymentConfigurationReloaderContainerResources", "configurationReloaderImage",
    "deploymentAnnotations", "disableCollectorResourceWatches", "edgeProxyImage", "iac", "image",
    "initContainerResources", "instrumentation", "instrumentationImage",
    "kubernetesInfrastructureMetricsCollectionEnabled", "logLevel", "managerContainerResources",
    "managerPriorityClassName", "metricsPort", "nodeAffinity", "podAnnotations", "podLabels",
    "pprofPort", "profilingEnabled", "prometheusCrdSupportEnabled", "replicaCount",
    "serviceAccount", "serviceAnnotations", "signalControl", "signalControlCollectorImage",
    "targetAllocator", "targetAllocatorImage", "tolerations", "webhookService",
  ]

  private static let ofCollectors: Set<String> = [
    "daemonSetConfigurationReloaderContainerResources", "deploymentAnnotations",
    "deploymentCollectorContainerResources",
    "deploymentConfigurationReloaderContainerResources", "deploymentLabels",
    "deploymentNodeAffinity", "deploymentPodAnnotations", "deploymentPodLabels",
    "deploymentPriorityClassName", "deploymentProbes", "deploymentSysctls",
    "deploymentTolerations", "disableHostPorts", "forceUseServiceUrl", "kubeletstats",
    "signalControlCollectorAnnotations",
    "signalControlCollectorConfigurationReloaderContainerResources",
    "signalControlCollectorContainerResources", "signalControlCollectorLabels",
    "signalControlCollectorNodeAffinity", "signalControlCollectorPodAnnotations",
    "signalControlCollectorPodLabels", "signalControlCollectorPriorityClassName",
    "signalControlCollectorProbes", "signalControlCollectorReplicas",
    "signalControlCollectorSysctls", "signalControlCollectorTolerations",
  ]
}
