internal import FilelogContract
internal import FilelogJSON

/// A release in a cluster, as the operator applies it once and again.
final class AppliedRelease {
  let release: ClusterSetUp.Release
  let manifests: [JSONValue]
  private let api: ClusterAPI
  private let render: (Contract.OffsetLayout?) throws -> [JSONValue]
  /// As they were applied last.
  private var current: [JSONValue] = []
  /// As it was before the last apply.
  private var formerDaemonSet: JSONValue?

  /// Renders; nothing is applied yet.
  /// - Parameter render: for a layout other than the values ask for, or nil.
  init(_ api: ClusterAPI, render: @escaping (Contract.OffsetLayout?) throws -> [JSONValue]) throws {
    self.api = api
    self.render = render
    manifests = try render(nil)
    release = try ClusterSetUp.Release(manifests)
  }

  /// For the first time.
  func apply() throws {
    try ClusterSetUp.apply(manifests, of: release, to: api)
    note(manifests)
  }

  /// With another layout; pods that run stay as they are.
  func apply(_ layout: Contract.OffsetLayout) throws {
    let manifests = try render(layout)
    for manifest in manifests { try api.apply(manifest) }
    note(manifests)
  }

  /// With offsets attached to the manifests as they were rendered; pods that run stay as they are.
  func attach(_ volume: AttachedVolume, _ attach: SimulationOptions.Attach?) throws {
    guard let attached = try attach?(manifests, volume) else { return }
    for manifest in attached { try api.apply(manifest) }
    note(attached)
  }

  /// With the offsets directory on another mount path, and on a volume of another name; the next time
  /// where it was before. Pods that run stay as they are.
  func moveDirectory() throws {
    let template = try template()
    guard let path = template.value(of: .offsetDirectoryPath),
      let volume = template.volume(at: path)
    else { return }
    let suffix = "-moved"
    func moved(_ name: String) -> String {
      name.hasSuffix(suffix) ? String(name.dropLast(suffix.utf8.count)) : name + suffix
    }
    let manifests = current.map {
      $0.mappingStrings { text in
        text == volume ? moved(volume) : text.replacing(path, with: moved(path))
      }
    }
    for manifest in manifests { try api.apply(manifest) }
    note(manifests)
  }

  /// `kubectl rollout undo`: the pod template as it was before, and nothing else.
  func undo() throws {
    guard let former = formerDaemonSet else { return }
    try api.apply(former)
    note(current.map { $0["kind"] == former["kind"] ? former : $0 })
  }

  /// The DaemonSet's pod template as the API server has it.
  func template() throws -> PodTemplate {
    guard let object = try api.get("DaemonSet", release.daemonSet, namespace: release.namespace)
    else { throw SimulationError("DaemonSet \(release.daemonSet): deleted meanwhile") }
    return try PodTemplate(daemonSet: object)
  }

  private func note(_ manifests: [JSONValue]) {
    formerDaemonSet = current.first { $0["kind"]?.string == "DaemonSet" }
    current = manifests
  }
}
