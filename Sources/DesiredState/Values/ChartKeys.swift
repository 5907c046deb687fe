/// The chart's keys that belong to other components: accepted, and listed as ignored.
///
/// They stand here so that a key that looks like one of ours (`deploymentLabels`,
/// `daemonSetLabels`) is known not to be a slip.
enum ChartKeys {
  /// Ends the reading of the levels that are shared with other components.
  static func ignored(
    root: ObjectReader, chart: ObjectReader, collectors: ObjectReader, dash0Export: ObjectReader
  ) -> ObjectReader.Ignored {
    var elsewhere: [String: String] = [:]
    for key in collectors.knownKeys { elsewhere[key] = "operator.collectors.\(key)" }
    for key in chart.knownKeys { elsewhere[key] = "operator.\(key)" }
    let ignored = [
      root.ignoreUnknownKeys(foreign: ofRoot, elsewhere: elsewhere),
      chart.ignoreUnknownKeys(foreign: ofOperator, elsewhere: elsewhere),
      collectors.ignoreUnknownKeys(foreign: ofCollectors, elsewhere: elsewhere),
      dash0Export.ignoreUnknownKeys(foreign: ofDash0Export, elsewhere: [:]),
    ]
    return ObjectReader.Ignored(
      foreign: ignored.flatMap(\.foreign).sorted(), unknown: ignored.flatMap(\.unknown).sorted())
  }

  private static let ofRoot: Set<String> = ["global", "monitoringTemplate"]

  private static let ofOperator: Set<String> = [
    "additionalLabels", "agent0Connector", "agent0ConnectorImage", "autoMonitorNamespaces",
    "certManager", "collectNamespaceLabelsAndAnnotationsEnabled",
    "collectNodeLabelsAndAnnotationsEnabled", "collectPodLabelsAndAnnotationsEnabled",
    "configurationReloaderImage", "deploymentAnnotations", "disableCollectorResourceWatches",
    "edgeProxyImage", "gke", "iac", "image", "initContainerResources", "instrumentation",
    "instrumentationImage", "kubernetesInfrastructureMetricsCollectionEnabled", "logLevel",
    "managerContainerResources", "managerPriorityClassName", "metricsPort", "monitoringTemplate",
    "nodeAffinity", "podAnnotations", "podLabels", "pprofPort", "profilingEnabled",
    "prometheusCrdSupportEnabled", "replicaCount", "serviceAccount", "serviceAnnotations",
    "signalControl", "signalControlCollectorImage", "targetAllocator", "targetAllocatorImage",
    "telemetryCollectionEnabled", "tolerations", "webhookService",
  ]

  private static let ofCollectors: Set<String> = [
    "daemonSetConfigurationReloaderContainerResources", "deploymentAnnotations",
    "deploymentCollectorContainerResources",
    "deploymentConfigurationReloaderContainerResources", "deploymentLabels",
    "deploymentNodeAffinity", "deploymentPodAnnotations", "deploymentPodLabels",
    "deploymentPriorityClassName", "deploymentProbes", "deploymentSysctls",
    "deploymentTolerations", "disableHostPorts", "forceUseServiceUrl", "k8s_attributes",
    "kubeletstats", "signalControlCollectorAnnotations",
    "signalControlCollectorConfigurationReloaderContainerResources",
    "signalControlCollectorContainerResources", "signalControlCollectorLabels",
    "signalControlCollectorNodeAffinity", "signalControlCollectorPodAnnotations",
    "signalControlCollectorPodLabels", "signalControlCollectorPriorityClassName",
    "signalControlCollectorProbes", "signalControlCollectorReplicas",
    "signalControlCollectorSysctls", "signalControlCollectorTolerations",
  ]

  private static let ofDash0Export: Set<String> = ["apiEndpoint", "keepalive"]
}
