internal import DesiredState
internal import FilelogContract
internal import FilelogJSON

/// What must hold of a workload whatever its configuration.
struct WorkloadChecks {
  private let workload: Workload
  private let options: AttachOptions
  private let objects: [StreamObject]

  /// The least grace period, in seconds, that leaves the sync container some time of its own.
  private static let shortestGracePeriod = 15

  init(_ workload: Workload, _ options: AttachOptions, _ objects: [StreamObject]) {
    self.workload = workload
    self.options = options
    self.objects = objects
  }

  var refusals: [Refusal] {
    [duplicates, namespace, gracePeriod, surge, containerNames, names, mapName, policy].compactMap {
      $0
    }
  }

  private var duplicates: Refusal? {
    let object = workload.object
    let same = objects.filter {
      $0.kind == object.kind && $0.name == object.name && $0.namespace == object.namespace
    }
    guard same.count > 1 else { return nil }
    return Refusal(
      field: "metadata.name",
      message: "the input has \(same.count) objects of this kind and name; remove all but one")
  }

  private var namespace: Refusal? {
    guard workload.namespace == nil else { return nil }
    return Refusal(
      field: "metadata.namespace",
      message: "is not set; give the namespace with \(option: .namespace)")
  }

  private var gracePeriod: Refusal? {
    let seconds = workload.gracePeriodSeconds
    guard seconds < Self.shortestGracePeriod else { return nil }
    return Refusal(
      field: (workload.podPath + ["terminationGracePeriodSeconds"]).text,
      message: "\(seconds) s leave no time to store the last offsets; set at least "
        + "\(Self.shortestGracePeriod)")
  }

  private var surge: Refusal? {
    guard workload.surges, !options.allowsSurge else { return nil }
    return Refusal(
      field: workload.maxSurgePath.text,
      message:
        "with maxSurge a node has two pods for a while, and the new one starts before the old "
        + "one's offsets are stored: lines are read twice; set 0 and maxUnavailable 1, or accept it "
        + "with \(option: .allowSurge)")
  }

  private var containerNames: Refusal? {
    let ours = [Contract.ContainerName.initialize, Contract.ContainerName.sync]
    let all = workload.initContainers + workload.containers
    guard let taken = all.compactMap({ $0["name"]?.string }).first(where: ours.contains) else {
      return nil
    }
    return Refusal(
      field: workload.containersPath.text,
      message: "a container is called \(taken), not made by attach; rename or remove it")
  }

  private var names: Refusal? {
    let added = AddedObjects(
      workload: workload, options: options, namespace: workload.namespace ?? "default")
    let taken = added.conflicts(among: objects)
    if !taken.isEmpty {
      return Refusal(
        field: "metadata.name",
        message: "there is \(taken.joined(separator: ", ")) already, not made by attach; rename or "
          + "remove it, or choose another map with \(option: .mapName)")
    }
    guard !OffsetsMapName.mayBelongToOthers(added.mapName) else {
      return Refusal(
        field: "metadata.name",
        message: "config maps named after it could be called as another DaemonSet's "
          + "(\(added.mapName)); rename it, or choose another map with \(option: .mapName)")
    }
    guard !workload.object.name.isEmpty else {
      return Refusal(
        field: "metadata.name", message: "is not set; objects are named after it: set it")
    }
    // Names of nodes' maps are hashed where they are too long.
    guard added.longestName > Contract.NodeMap.longestName else { return nil }
    return Refusal(
      field: "metadata.name",
      message:
        "a name made from it has \(added.longestName) characters, and at most "
        + "\(Contract.NodeMap.longestName) are allowed; shorten it")
  }

  private var policy: Refusal? {
    guard options.hasAdmissionPolicy, let version = options.kubernetesVersion,
      version < .admissionPolicies
    else { return nil }
    return Refusal(
      field: AttachMessage(.admissionPolicy),
      message: "needs Kubernetes \(KubernetesVersion.admissionPolicies) or newer, and this is "
        + "\(version); leave the option out")
  }

  private var mapName: Refusal? {
    guard let name = options.mapName else { return nil }
    let isName =
      (1...Contract.NodeMap.longestName).contains(name.utf8.count)
      && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
        !part.isEmpty && !part.hasPrefix("-") && !part.hasSuffix("-")
          && part.utf8.allSatisfy {
            ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z"))
              || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || $0 == UInt8(ascii: "-")
          }
      }
    guard isName else {
      return Refusal(
        field: AttachMessage(.mapName),
        message: "\"\(name)\" is not a name of an object; use a-z, 0-9, - and . only")
    }
    return nil
  }
}
