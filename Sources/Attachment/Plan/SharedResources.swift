/// What workloads that are attached at once must not have in common: each would write over the other's
/// offsets, or keep the other from writing them.
struct SharedResources {
  private var mapOwners: [String: String] = [:]
  private var accountOwners: [String: String] = [:]

  /// Why a workload cannot be attached beside those that were asked for before it.
  mutating func conflict(of planner: WorkloadPlanner) -> Refusal? {
    let reference = planner.workload.object.reference
    let map = "\(planner.namespace)/\(planner.objects.mapName)"
    if let owner = mapOwners[map] {
      let isChosen = planner.options.mapName != nil
      return Refusal(
        field: isChosen ? AttachMessage(.mapName) : "metadata.name",
        message:
          "\(owner) would keep its offsets in configmap/\(planner.objects.mapName) as well, and "
          + "each would write over the other's; "
          + (isChosen
            ? "choose one with \(option: .selection), and give the other another map"
            : "rename one of them"))
    }
    let account = "\(planner.namespace)/\(planner.workload.serviceAccount)"
    if planner.options.hasAdmissionPolicy, let owner = accountOwners[account] {
      return Refusal(
        field: (planner.workload.podPath + [planner.workload.serviceAccountKey]).text,
        message:
          "\(owner) runs as the service account \(planner.workload.serviceAccount) as well, and "
          + "with \(option: .admissionPolicy) each one's policy refuses the other's offsets; give "
          + "each an account of its own, or leave the option out")
    }
    mapOwners[map] = reference
    accountOwners[account] = reference
    return nil
  }
}
