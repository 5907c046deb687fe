internal import FilelogContract
internal import FilelogJSON
internal import FilelogKubernetesAPI
internal import FoundationEssentials

/// The config map that sidecars keep offsets in, as an administrator sees it.
struct OffsetsMap {
  private static let fillerKey = "zz-filler-of-the-simulation"

  let name: String
  let namespace: String

  /// Finds out from the sync container's environment which map it is; nil without one.
  init?(_ template: PodTemplate, namespace: String) {
    let containers = template.initContainers + template.containers
    guard
      let sync = containers.first(where: { $0.name == Contract.ContainerName.sync }),
      let variable = sync.environment.first(where: {
        $0.name == Contract.Variable.configMapName.rawValue
      }),
      let name = variable.value
    else { return nil }
    self.name = name
    self.namespace = namespace
  }

  /// Bytes of all values; what the limit of a config map counts.
  func size(_ api: ClusterAPI) throws -> Int {
    try content(api, [])?.usage.bytes ?? 0
  }

  /// Leaves no byte free. A sidecar that takes the place meanwhile keeps it.
  func fill(_ api: ClusterAPI) throws {
    let content = try content(api, [Self.fillerKey])
    let own = content?.binaryData[Self.fillerKey]?.count ?? 0
    let others = (content?.usage.bytes ?? 0) - own
    let filler = Data(repeating: 0x2e, count: max(0, Contract.configMapLimit - others))
      .base64EncodedString()
    try? api.patch(
      "ConfigMap", name, namespace: namespace,
      ["binaryData": .object([Self.fillerKey: .string(filler)])])
  }

  private func content(_ api: ClusterAPI, _ keys: Set<String>) throws -> ConfigMapSnapshot? {
    try api.configMap(name, namespace: namespace, reading: ConfigMapSelection(binaryData: keys))
  }

  func empty(_ api: ClusterAPI) throws {
    try api.patch(
      "ConfigMap", name, namespace: namespace, ["binaryData": .object([Self.fillerKey: .null])])
  }
}
