internal import DesiredState

/// What is known of the images that collectors come in.
struct KnownImage: Hashable, Sendable {
  /// The last part of the repository; mirrors keep it.
  let name: String
  /// Who the image's process runs as; nil: not known.
  let user: Int?
  /// The image's own group, where it names one.
  var group: Int?
  /// Whether it has the extension `file_storage`.
  let hasFileStorage: Bool
  /// The configuration of its `CMD`, which Kubernetes leaves out when `args` are given.
  let defaultConfig: String?
  /// Whether it takes its configuration from a server.
  var isSupervisor = false
  /// Whether its tags are the versions of the collector in it.
  var hasCollectorVersions = false

  /// Read in the Dockerfile and the builder's manifest of each project, August 2026.
  static let table: [KnownImage] = [
    // github.com/open-telemetry/opentelemetry-collector-releases, distributions/<name>/Dockerfile
    // and manifest.yaml. The core distribution has neither file log nor file storage.
    KnownImage(
      name: "opentelemetry-collector-contrib", user: 10001, group: 10001, hasFileStorage: true,
      defaultConfig: "/etc/otelcol-contrib/config.yaml", hasCollectorVersions: true),
    KnownImage(
      name: "opentelemetry-collector-k8s", user: 10001, group: 10001, hasFileStorage: true,
      defaultConfig: nil, hasCollectorVersions: true),
    KnownImage(
      name: "opentelemetry-collector", user: 10001, group: 10001, hasFileStorage: false,
      defaultConfig: "/etc/otelcol/config.yaml", hasCollectorVersions: true),
    KnownImage(
      name: "opentelemetry-collector-otlp", user: 10001, group: 10001, hasFileStorage: false,
      defaultConfig: nil, hasCollectorVersions: true),
    // github.com/signalfx/splunk-otel-collector, cmd/otelcol/Dockerfile: the program chooses a
    // configuration by its environment.
    KnownImage(
      name: "splunk-otel-collector", user: 999, hasFileStorage: true, defaultConfig: nil,
      hasCollectorVersions: true),
    // github.com/SumoLogic/sumologic-otel-collector, Dockerfile
    KnownImage(
      name: "sumologic-otel-collector", user: 10001, hasFileStorage: true,
      defaultConfig: "/etc/otel/config.yaml", hasCollectorVersions: true),
    // github.com/SigNoz/signoz-otel-collector, cmd/signozotelcollector/Dockerfile
    KnownImage(
      name: "signoz-otel-collector", user: 10001, hasFileStorage: true,
      defaultConfig: "/etc/otel/config.yaml"),
    // github.com/Dynatrace/dynatrace-otel-collector, Dockerfile; file storage since #834
    KnownImage(
      name: "dynatrace-otel-collector", user: 10001, hasFileStorage: true,
      defaultConfig: "/etc/otelcol/config.yaml"),
    // github.com/aws-observability/aws-otel-collector, cmd/awscollector/Dockerfile
    KnownImage(
      name: "aws-otel-collector", user: 4317, hasFileStorage: true,
      defaultConfig: "/etc/otel-config.yaml"),
    // github.com/os-observability/redhat-opentelemetry-collector, Dockerfile and manifest.yaml
    KnownImage(
      name: "opentelemetry-collector-rhel8", user: 1001, group: 0, hasFileStorage: true,
      defaultConfig: nil),
    KnownImage(
      name: "opentelemetry-collector-rhel9", user: 1001, group: 0, hasFileStorage: true,
      defaultConfig: nil),
    // github.com/newrelic/nrdot-collector-releases, distributions/*/manifest.yaml
    KnownImage(
      name: "nrdot-collector", user: 10001, hasFileStorage: false,
      defaultConfig: "/etc/nrdot-collector/config.yaml"),
    KnownImage(
      name: "nrdot-collector-k8s", user: 10001, hasFileStorage: false,
      defaultConfig: "/etc/nrdot-collector-k8s/config.yaml"),
    KnownImage(
      name: "nrdot-collector-host", user: 10001, hasFileStorage: false,
      defaultConfig: "/etc/nrdot-collector-host/config.yaml"),
    // github.com/coralogix/opentelemetry-helm-charts: an OpAMP supervisor starts the collector
    KnownImage(
      name: "coralogix-otel-supervised-collector", user: 10001, hasFileStorage: true,
      defaultConfig: nil, isSupervisor: true),
  ]

  /// - Parameter reference: `registry/owner/name:tag@digest`.
  static func find(_ reference: String) -> KnownImage? {
    let name = repositoryName(reference)
    return table.first { $0.name == name }
  }

  /// The version of the collector in an image, where its tag tells.
  static func collectorVersion(_ reference: String) -> CollectorVersion? {
    guard find(reference)?.hasCollectorVersions == true else { return nil }
    return ContainerImage(reference).tag.flatMap(CollectorVersion.init)
  }

  /// The last part of a repository, without tag and digest.
  static func repositoryName(_ reference: String) -> String {
    let path = reference.split(separator: "@").first ?? ""
    let last = path.split(separator: "/").last ?? ""
    return String(last.split(separator: ":").first ?? "")
  }

  /// Whether a repository or a program is called as collectors are.
  static func isCollectorName(_ name: String) -> Bool {
    let name = name.lowercased()
    return find(name) != nil
      || ["otelcol", "otel-col", "opentelemetry-collector", "otelcontribcol"].contains {
        name.contains($0)
      }
  }
}
