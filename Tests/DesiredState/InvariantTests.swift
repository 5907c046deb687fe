import FilelogJSON
import FilelogYAML
import Synchronization
import Testing

@testable import DesiredState

/// What holds for every valid input, tried on random ones and on all golden cases.
@Suite struct InvariantTests {
  private static let seeds = Array(UInt64(1)...40)

  @Test(arguments: seeds)
  func permutedInputsGiveEqualBytes(_ seed: UInt64) throws {
    var input = RandomInput(seed: seed)
    let first = assembleDesiredState(try DesiredStateInput(input.request())).files
    #expect(assembleDesiredState(try DesiredStateInput(input.request())).files == first)
  }

  @Test(arguments: seeds)
  func manifestsRoundTripThroughJSONAndYAML(_ seed: UInt64) throws {
    for manifest in try manifests(seed) {
      let bytes = manifest.canonicalJSON
      let decoded = try JSONValue(parsing: bytes)
      #expect(decoded == manifest.json)
      #expect(JSONWriter.pretty.bytes(decoded) == bytes)
      #expect(try YAML.parse(YAML.emit(decoded), file: "m").map(\.value) == [decoded])
    }
  }

  @Test(arguments: seeds)
  func offsetsMapRoleInitAndSyncExistTogether(_ seed: UInt64) throws {
    let manifests = try manifests(seed)
    let spec = try PodSpec(manifests)
    let hasMap = manifests.contains { $0.name == "rel-filelogoffsets-cm" }
    let hasRole = manifests.contains { $0.kind == "Role" }
    let hasBinding = manifests.contains { $0.kind == "RoleBinding" }
    let hasInit = spec.names(of: spec.initContainers).contains("filelog-offset-init")
    let hasSync = spec.names(of: spec.allContainers).contains("filelog-offset-sync")
    let hasOwnership =
      spec.names(of: spec.initContainers).contains("filelog-offset-volume-ownership")
    #expect([hasRole, hasBinding, hasInit, hasSync].allSatisfy { $0 == hasMap })
    #expect(hasOwnership != hasMap)
  }

  @Test(arguments: seeds)
  func mountsAndVolumesCorrespond(_ seed: UInt64) throws {
    let spec = try PodSpec(manifests(seed))
    let volumes = spec.volumes.compactMap { $0["name"]?.string }
    #expect(Set(volumes).count == volumes.count)
    let mounted = spec.allContainers.flatMap { container in
      (container["volumeMounts"]?.array ?? []).compactMap { $0["name"]?.string }
    }
    #expect(Set(mounted) == Set(volumes))
  }

  @Test(arguments: seeds)
  func offsetsAreWritableInTheirContainersOnly(_ seed: UInt64) throws {
    let spec = try PodSpec(manifests(seed))
    let users = spec.allContainers.filter { container in
      container["volumeMounts"]?.array?.contains {
        $0["mountPath"] == "/var/otelcol/filelogreceiver_offsets" && $0["readOnly"] == nil
      } == true
    }
    let names = Set(spec.names(of: users))
    let withMap: Set = [
      "opentelemetry-collector", "filelog-offset-sync", "filelog-offset-init",
    ]
    #expect(
      names == withMap
        || names == ["opentelemetry-collector", "filelog-offset-volume-ownership"])
  }

  @Test(arguments: seeds)
  func manifestsHoldNoNull(_ seed: UInt64) throws {
    for manifest in try manifests(seed) { #expect(!hasNull(manifest.json), "\(manifest.name)") }
  }

  @Test(arguments: seeds)
  func tokensStandInSecretOnly(_ seed: UInt64) throws {
    for manifest in try manifests(seed) where manifest.kind != "Secret" {
      #expect(!String(decoding: manifest.canonicalJSON, as: UTF8.self).contains("s3cr3t"))
    }
  }

  @Test(arguments: seeds)
  func referencedVariablesAreDefinedBefore(_ seed: UInt64) throws {
    let manifests = try manifests(seed)
    let secret = manifests.first { $0.kind == "Secret" }?.json["data"]?.object ?? [:]
    for container in try PodSpec(manifests).allContainers {
      var defined: Set<String> = []
      for variable in container["env"]?.array ?? [] {
        let name = try #require(variable["name"]?.string)
        for reference in references(in: variable["value"]?.string ?? "") {
          #expect(defined.contains(reference), "\(name) refers to \(reference)")
        }
        #expect(defined.insert(name).inserted, "\(name) is defined twice")
        let source = variable["valueFrom"]?["secretKeyRef"]
        if source?["name"] == "rel-opentelemetry-collector-agent-secret" {
          #expect(secret[try #require(source?["key"]?.string)] != nil)
        }
      }
    }
  }

  @Test(arguments: seeds)
  func configurationReferencesResolve(_ seed: UInt64) throws {
    var random = RandomInput(seed: seed)
    let input = try DesiredStateInput(random.request())
    let configuration = CollectorConfiguration(input).tree
    let receivers = configuration["receivers"]
    let receiver = receivers?["file_log"] ?? receivers?["filelog"]
    let pipeline = configuration["service"]?["pipelines"]?["logs"]
    guard !input.collectedNamespaces.isEmpty else {
      #expect(receiver?["include"] == ["/var/log/pods/_/none.log"])
      return
    }
    let rotated = RotatedFilesSettings(input.values.rotatedFiles)
    let patterns = input.collectedNamespaces.flatMap { rotated.patterns(namespace: $0) }
    #expect(receiver?["include"]?.array?.compactMap(\.string) == patterns)
    let exporters = try #require(pipeline?["exporters"]?.array).compactMap(\.string)
    #expect(!exporters.isEmpty)
    #expect(exporters.allSatisfy { configuration["exporters"]?[$0] != nil })
    let extensions = try #require(configuration["service"]?["extensions"]?.array)
    #expect(
      Set(extensions.compactMap(\.string))
        == Set(configuration["extensions"]?.object?.keys ?? [:].keys))
  }

  /// Rendered for the first test that asks.
  private static let rendered = Mutex<[UInt64: [Manifest]]>([:])

  private func manifests(_ seed: UInt64) throws -> [Manifest] {
    if let known = Self.rendered.withLock({ $0[seed] }) { return known }
    var input = RandomInput(seed: seed)
    let manifests = assembleDesiredState(try DesiredStateInput(input.request()))
    Self.rendered.withLock { $0[seed] = manifests }
    return manifests
  }

  private func hasNull(_ value: JSONValue) -> Bool {
    switch value {
    case .null: true
    case .array(let elements): elements.contains(where: hasNull)
    case .object(let members): members.values.contains(where: hasNull)
    default: false
    }
  }

  /// The names in `$(NAME)` that Kubernetes would expand.
  private func references(in text: String) -> [String] {
    text.replacing("$$", with: "").split(separator: "$(").dropFirst(text.hasPrefix("$(") ? 0 : 1)
      .compactMap { $0.split(separator: ")", omittingEmptySubsequences: false).first }
      .map(String.init)
  }
}
