internal import FilelogContract
internal import FilelogJSON
public import FilelogKubernetesAPI

/// An object of a release that another manager than the one which applies has written.
public struct Drift: Hashable, Sendable, CustomStringConvertible {
  /// Which object.
  public let reference: ObjectReference
  /// Who wrote it.
  public let manager: String
  /// When, as the API server noted it.
  public let time: String?

  /// `daemonset.apps/agent: changed by kubectl-edit at 2026-11-28T10:00:00Z`
  public var description: String {
    "\(reference): changed by \(manager)" + (time.map { " at \($0)" } ?? "")
  }
}

extension Reconciler {
  /// What others changed in objects of a release since they were applied, or applied beside the
  /// managers that keep it; and the types that may not be looked at. What an apply would set back only
  /// its plan tells.
  /// - Parameter appliers: who keeps the release; this manager alone where it is one of them.
  public func drift(
    from appliers: [String]
  ) throws(ReconcileFailure) -> (drift: [Drift], unseen: [ResourceType]) {
    let found = try leftovers(
      beside: [], LeftoverRules(prunesOffsets: false, prunesForeign: true))
    let keepers = appliers.contains(scope.fieldManager) ? [scope.fieldManager] : appliers
    return (found.objects.flatMap { drift(of: $0, keepers) }, found.unseen)
  }

  private func drift(of object: Leftover, _ keepers: [String]) -> [Drift] {
    // Nodes' maps are their sidecars'.
    guard scope.offsetsMap(object.reference) != .perNode else { return [] }
    let entries = object.live.managedFields ?? []
    let own = keepers + [Contract.sidecarFieldManager]
    return entries.filter { $0["subresource"] == nil }.compactMap { entry in
      guard let manager = entry["manager"]?.string, !own.contains(manager) else { return nil }
      return Drift(reference: object.reference, manager: manager, time: entry["time"]?.string)
    }
  }
}
