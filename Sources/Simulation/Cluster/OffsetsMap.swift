internal import Base64
internal import DesiredState
internal import FoundationEssentials
internal import JSON

/// The config map that sidecars keep offsets in, as the operator's people see it.
struct OffsetsMap {
  static let limit = 1_048_576
  private static let fillerKey = "zz-filler-of-the-simulation"

  let name: String
  let namespace: String

  /// Finds out from the sync container's environment which map it is; nil without one.
  init?(_ template: PodTemplate, namespace: String) {
    let containers = template.initContainers + template.containers
    guard
      let sync = containers.first(where: { $0.name == Contract.ContainerName.sync }),
      let variable = sync.environment.first(where: { $0.name == "K8S_CONFIGMAP_NAME" }),
      let name = variable.value
    else { return nil }
    self.name = name
    self.namespace = namespace
  }

  /// Bytes of all values; what the limit of a config map counts.
  func size(_ api: ClusterAPI) throws -> Int {
    try sizes(api).values.reduce(0, +)
  }

  /// Leaves no byte free. A sidecar that takes the place meanwhile keeps it.
  func fill(_ api: ClusterAPI) throws {
    let others = try sizes(api).filter { $0.key != Self.fillerKey }.values.reduce(0, +)
    let filler = Data(repeating: 0x2e, count: max(0, Self.limit - others)).base64EncodedString()
    try? api.patch(
      "ConfigMap", name, namespace: namespace,
      ["binaryData": .object([Self.fillerKey: .string(filler)])])
  }

  private func sizes(_ api: ClusterAPI) throws -> [String: Int] {
    let map = try api.get("ConfigMap", name, namespace: namespace)
    let binary = (map?["binaryData"]?.object ?? [:]).mapValues {
      $0.string.flatMap { Base64.decode($0) }?.count ?? 0
    }
    let text = (map?["data"]?.object ?? [:]).mapValues { $0.string?.utf8.count ?? 0 }
    return binary.merging(text) { $0 + $1 }
  }

  func empty(_ api: ClusterAPI) throws {
    try api.patch(
      "ConfigMap", name, namespace: namespace, ["binaryData": .object([Self.fillerKey: .null])])
  }
}
