internal import FilelogEncodings
internal import FilelogJSON

/// How the configuration reaches the collector: as a file from a config map, plain or, with
/// `compressConfigMaps`, as gzip that an init container unpacks onto a volume.
struct CollectorConfigFile {
  private let input: DesiredStateInput
  private let text: String

  static let directory = "/etc/otelcol/conf"
  static let path = "\(directory)/config.yaml"
  static let compressedDirectory = "/etc/otelcol/conf-compressed"
  static let key = "config.yaml"
  /// The same key, as in upstream's map: it tells what is within, not how it is stored.
  static let compressedKey = key

  init(_ input: DesiredStateInput) {
    self.input = input
    text = input.configuration
  }

  /// Differs whenever a pod must be replaced to take up a change: of the configuration, or of a
  /// secret that its environment holds.
  var checksum: String {
    var hash = SHA256()
    hash.update(text.utf8)
    if let secret = assembleSecret(input) { hash.update(secret.canonicalJSON) }
    return hash.finish().hexadecimal
  }

  /// `data` or `binaryData` of the config map.
  var data: [String: JSONValue] {
    guard isCompressed else { return ["data": [Self.key: .string(text)]] }
    let bytes = Gzip.compress(Array(text.utf8))
    return ["binaryData": [Self.compressedKey: .string(Base64.encode(bytes))]]
  }

  var volumes: [JSONValue] {
    let name = JSONValue.string(Names(input.release).collectorConfigMap)
    let configMap: JSONValue = ["name": name]
    guard isCompressed else {
      return [["name": .string(VolumeName.collectorConfig), "configMap": configMap]]
    }
    return [
      ["name": .string(VolumeName.compressedConfig), "configMap": configMap],
      ["name": .string(VolumeName.collectorConfig), "emptyDir": ["sizeLimit": "50M"]],
    ]
  }

  /// In the collector's container.
  var mount: JSONValue {
    .mount(VolumeName.collectorConfig, at: Self.directory, readOnly: true)
  }

  private var isCompressed: Bool { input.compressesConfiguration }
}

/// The map that holds the collector's configuration.
func assembleCollectorConfigMap(_ input: DesiredStateInput) -> Manifest {
  Manifest(
    apiVersion: "v1", kind: "ConfigMap",
    metadata: ObjectMetadata(Names(input.release).collectorConfigMap, in: input.release),
    content: CollectorConfigFile(input).data)
}

/// Unpacks the configuration before the collector starts. The volume ownership image does it: it is
/// busybox, so that a shell and gunzip are at hand whatever the collector's image holds.
func configUnpackContainer(_ input: DesiredStateInput) -> Container {
  let source = "\(CollectorConfigFile.compressedDirectory)/\(CollectorConfigFile.compressedKey)"
  return Container(
    name: "collector-config-unpack",
    image: input.values.images.volumeOwnership,
    command: ["/bin/sh", "-c", "gunzip -c \(source) > \(CollectorConfigFile.path)"],
    resources: input.values.resources.configUnpack.json,
    volumeMounts: [
      .mount(
        VolumeName.compressedConfig, at: CollectorConfigFile.compressedDirectory, readOnly: true),
      .mount(VolumeName.collectorConfig, at: CollectorConfigFile.directory),
    ],
    securityContext: containerSecurityContext(input))
}
