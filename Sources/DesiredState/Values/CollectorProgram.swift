/// The program in a collector's image: how it is started, and which configuration it understands.
public struct CollectorProgram: Hashable, Sendable {
  /// Empty: the image's own entry point.
  public let command: [String]
  /// Whether the entry point of the image is known, or the command was given.
  public let isEntryPointKnown: Bool
  /// What the tag reads as, or `collectorVersion`; nil when neither reads as a version.
  public let version: Version?
  /// Whether `version` is that of a collector this module knows, and not just a tag.
  private let isVersionKnown: Bool
  /// Whether `version` is that of upstream's chart, which its image has for a tag.
  private let isVersionOfChart: Bool

  /// The entry point of upstream's image is a shell that starts the collector in the background. As
  /// the first process of a container it ignores SIGTERM, so the collector would never hear of it: it
  /// would be killed at the end of the grace period, without a last checkpoint and without sending
  /// what it holds. Its image is therefore started without the shell; those of the OpenTelemetry
  /// project have the collector itself as their entry point. Of other images only their users know.
  init(_ image: ContainerImage, command given: [String]?, version told: Version?) {
    let words = given ?? []
    let isUpstreams = image.repository == Self.upstream
    let isProjects = Self.isProjects(image.repository)
    command = words.isEmpty && isUpstreams ? ["/otelcol"] : words
    isEntryPointKnown = isUpstreams || isProjects || given != nil
    version = told ?? image.tag.flatMap(Version.init)
    isVersionKnown = told != nil || isUpstreams || isProjects
    isVersionOfChart = told == nil && isUpstreams
  }

  /// Whether components have the names that collectors have had since 0.144 to 0.149, and telemetry
  /// names its resource in a list (0.151): without that, newer ones warn at every start; older ones
  /// refuse it. Images of which nothing is known get what all of them take.
  ///
  /// The tag of upstream's image is the version of its chart; 0.153 of the chart brings 0.159 of the
  /// collector.
  public var knowsCurrentNames: Bool {
    guard isVersionKnown, let version else { return false }
    return version >= .currentNames
  }

  /// Set where the version is known, and newer than what was tried: the newest that was.
  var exceededVersion: String? {
    guard isVersionKnown, let version else { return nil }
    if isVersionOfChart {
      return version > .newestChart ? "\(Version.newest), of chart \(Version.newestChart)" : nil
    }
    return version > .newest ? "\(Version.newest)" : nil
  }

  /// Whether the version is known, and older than any that takes the configuration.
  var isTooOld: Bool { isVersionKnown && version.map { $0 < .oldest } == true }

  private static let upstream = "ghcr.io/dash0hq/collector"

  private static func isProjects(_ repository: String) -> Bool {
    let names = [
      "opentelemetry-collector", "opentelemetry-collector-contrib", "opentelemetry-collector-k8s",
    ]
    let places = [
      "otel/", "docker.io/otel/", "ghcr.io/open-telemetry/opentelemetry-collector-releases/",
    ]
    return places.contains { place in names.contains { repository == place + $0 } }
  }

  /// Major and minor version of a collector.
  public struct Version: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The 0 of 0.156.
    public let major: Int
    /// The 156 of 0.156; the patch is not kept.
    public let minor: Int

    /// Nil for a text that does not begin like `0.156.0` or `v0.156.0`.
    public init?(_ text: String) {
      let core = text.hasPrefix("v") ? text.dropFirst() : text[...]
      let parts = core.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count >= 3, let major = Int(parts[0]), let minor = Int(parts[1]),
        (0...9999).contains(major), (0...9999).contains(minor), parts[2].first?.isNumber == true
      else { return nil }
      self.init(major: major, minor: minor)
    }

    init(major: Int, minor: Int) {
      self.major = major
      self.minor = minor
    }

    /// The first that knows all keys that are always rendered.
    static let oldest = Version(major: 0, minor: 130)
    /// The newest that rendered configurations were tried with.
    static let newest = Version(major: 0, minor: 159)
    /// The chart that brings the newest.
    static let newestChart = Version(major: 0, minor: 153)
    static let currentNames = Version(major: 0, minor: 151)
    /// The first that takes a deployment's name from its replica set's by itself; 0.160 does not know
    /// the setting any more, and does not start.
    static let deploymentNames = Version(major: 0, minor: 153)
    static let resourceDetection = Version(major: 0, minor: 154)
    /// The first whose container parser heeds `stanza.synchronousLogEmitter`.
    static let atLeastOnce = Version(major: 0, minor: 153)

    public var description: String { "\(major).\(minor)" }

    public static func < (one: Version, other: Version) -> Bool {
      (one.major, one.minor) < (other.major, other.minor)
    }
  }
}
