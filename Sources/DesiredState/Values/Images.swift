internal import FilelogContract

/// The images of the pod.
public struct Images: Hashable, Sendable {
  /// The collector's image.
  public let collector: ContainerImage
  /// How the collector is started, and what its image is known to be.
  public let collectorProgram: CollectorProgram
  /// Of the init and the sync container.
  public let offsetSync: ContainerImage
  /// Of the container that hands a volume of the user's to the collector.
  public let volumeOwnership: ContainerImage

  init(_ chart: ObjectReader, _ collectors: ObjectReader, chartVersion: String) {
    collector = ContainerImage(chart["collectorImage"], chartVersion: chartVersion)
    collectorProgram = CollectorProgram(collector, collectors)
    offsetSync = ContainerImage(chart["filelogOffsetSyncImage"], chartVersion: chartVersion)
    volumeOwnership = ContainerImage(
      chart["filelogOffsetVolumeOwnershipImage"], chartVersion: chartVersion)
  }

  /// Whether the sync container's image is upstream's by its name, a mirror's included: its program
  /// knows nothing but the words of upstream's contract.
  public var hasUpstreamSidecar: Bool {
    let name = offsetSync.repository
    return name.contains("dash0hq") && name.hasSuffix(Contract.ContainerName.sync)
  }
}

extension ContainerImage {
  init(_ reader: ValueReader, chartVersion: String) {
    let fields = reader.object()
    let repository = fields["repository"].requiredText(.imageRepository)
    let tag = fields["tag"].text(.imageTag, takesDecimals: false) ?? chartVersion
    let digest = fields["digest"].text(.imageDigest)
    self.init(
      digest.map { "\(repository)@\($0)" } ?? "\(repository):\(tag)",
      pullPolicy: fields["pullPolicy"].choice())
    fields.rejectUnknownKeys()
  }
}

extension TextRule {
  static let imageRepository = TextRule(
    expected: "an image repository without tag or digest, like ghcr.io/owner/name",
    accepts: ImageName.isRepository)

  static let imageTag = TextRule(
    expected: "an image tag (up to 128 letters, digits, -, _ and .)", accepts: ImageName.isTag)

  static let imageDigest = TextRule(
    expected: "an image digest, sha256: and 64 hexadecimal digits", accepts: ImageName.isDigest)
}

/// The grammar of image names, as far as it tells a mistake from a name.
///
/// Source: github.com/distribution/reference.
private enum ImageName {
  static func isRepository(_ text: String) -> Bool {
    var parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard text.utf8.count <= 255, !parts.contains("") else { return false }
    if parts.count > 1 {
      let registry = parts.removeFirst()
      guard registry.utf8.allSatisfy({ isTagByte($0) || $0 == UInt8(ascii: ":") }) else {
        return false
      }
    }
    return parts.allSatisfy { part in
      part.utf8.allSatisfy { isTagByte($0) && !isUpper($0) }
    }
  }

  static func isTag(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
    return first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
      && text.utf8.allSatisfy(isTagByte)
  }

  static func isDigest(_ text: String) -> Bool {
    let digits = text.utf8.dropFirst("sha256:".utf8.count)
    return text.hasPrefix("sha256:") && digits.count == 64
      && digits.allSatisfy { "0123456789abcdef".utf8.contains($0) }
  }

  private static func isTagByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: isUpper(byte)
    }
  }

  private static func isUpper(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
  }
}
