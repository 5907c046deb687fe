public import DesiredState
internal import FilelogContract
internal import FilelogJSON
internal import FilelogKubernetesAPI

extension Reconciler {
  /// The desired state for this cluster: what the request leaves open, the cluster answers; what it
  /// does not tell this caller stays as the live release has it.
  ///
  /// A release that is switched back to one shared map goes on looking into the nodes' maps, as long
  /// as they are in use or hold offsets.
  /// - Throws: `InvalidInput`, or ``ReconcileFailure``: the cluster does not answer, or what is wanted
  ///   would lose offsets or stop the collection of logs without a word that it should.
  public func desiredState(
    _ request: DesiredStateRequest, _ options: ApplyOptions
  ) throws -> DesiredStateInput {
    let facts = try clusterFacts()
    var request = request
    request.kubernetesVersion =
      request.kubernetesVersion ?? facts.version.flatMap { KubernetesVersion($0) }
    request.clusterUID = request.clusterUID ?? facts.uid
    var input = try DesiredStateInput(request)
    if input.notes.contains(.namespacesUnknown), let namespaces = try namespaces() {
      request.namespaceObjects = namespaces
      input = try DesiredStateInput(request)
    }
    let daemonSet = try liveDaemonSet(assembleReleaseObjects(input))
    if keepLive(&request, daemonSet) { input = try DesiredStateInput(request) }
    if input.offsetLayout == .shared {
      let previous = try previousLayout(daemonSet)
      if try mustLook(input, previous) {
        request.previousLayout = .perNode
        input = try DesiredStateInput(request)
      }
    }
    if !options.stopsCollecting { try checkCollection(input) }
    return input
  }

  /// Takes from the live release what cannot change, or what the cluster does not tell this caller.
  /// - Returns: whether the request was changed.
  private func keepLive(
    _ request: inout DesiredStateRequest, _ daemonSet: LiveDaemonSet?
  ) -> Bool {
    var isChanged = false
    if request.adoptedInstance == nil, let instance = daemonSet?.instance,
      instance != request.release
    {
      request.adoptedInstance = instance
      isChanged = true
    }
    if request.liveLayout == nil, let layout = daemonSet?.layout {
      request.liveLayout = layout
      isChanged = true
    }
    if request.clusterUID == nil, let uid = daemonSet?.clusterUID {
      request.clusterUID = uid
      isChanged = true
    } else if request.clusterUID == nil {
      say(
        .note(
          Message(
            "namespace kube-system: it may not be read, so that the cluster's UID is not set",
            .giveClusterUID)))
    }
    // What runs as a native sidecar shows that the cluster has them.
    if request.kubernetesVersion == nil, daemonSet?.usesNativeSidecar == true {
      request.kubernetesVersion = .admissionPolicies
      isChanged = true
    }
    return isChanged
  }

  private func liveDaemonSet(
    _ manifests: [Manifest]
  ) throws(ReconcileFailure) -> LiveDaemonSet? {
    try live(manifests.first { $0.kind == "DaemonSet" }).map(LiveDaemonSet.init)
  }

  /// Nil also where it may not be read: the apply reports what is in the way.
  private func live(_ manifest: Manifest?) throws(ReconcileFailure) -> JSONValue? {
    guard let reference = manifest?.reference else { return nil }
    do {
      return try attempt { () throws(KubernetesError) in try client.object(reference) }
    } catch {
      if error.problem == .forbidden { return nil }
      throw ReconcileFailure(reference, error)
    }
  }

  /// Whether pods must look into the nodes' maps although the values do not ask for it.
  private func mustLook(
    _ input: DesiredStateInput, _ previous: PreviousLayout
  ) throws(ReconcileFailure) -> Bool {
    let isDeclined = input.saysPreviousLayout && input.previousLayout == nil
    if isDeclined {
      // No pod will ever read what a node left that is gone.
      let nodes = try previous.nodes.map { nodes throws(ReconcileFailure) in try existing(nodes) }
      if let obstacle = PreviousLayout(nodes: nodes, isInUse: previous.isInUse).obstacle {
        throw ReconcileFailure([obstacle, Self.nothingChanged], isLasting: true)
      }
    }
    if let note = previous.note(isDeclined: isDeclined) { say(.note("note: " + note)) }
    return previous.isNeeded && !input.saysPreviousLayout
  }

  /// A forgotten file, of monitored namespaces or of values with the export, must not switch the
  /// collection of logs off. Values that switch it off by name do.
  private func checkCollection(_ input: DesiredStateInput) throws(ReconcileFailure) {
    guard let missing = input.missing else { return }
    let manifest = assembleReleaseObjects(input).first {
      $0.kind == "ConfigMap" && scope.offsetsMap($0.reference) == nil
    }
    guard let namespaces = try live(manifest).map(collectedNamespaces), !namespaces.isEmpty else {
      return
    }
    let shown = namespaces.prefix(3).joined(separator: ", ") + (namespaces.count > 3 ? ", …" : "")
    throw ReconcileFailure(
      [
        Message(
          "release \(scope.release): \(missing), where the release in the cluster "
            + "collects the logs of \(namespaces.count) (\(shown))",
          input.rendersCollector ? .stopCollecting : .configureExport),
        Message(Self.nothingChanged),
      ], isLasting: true)
  }
}

extension DesiredStateInput {
  /// What it takes to collect logs and is not given; nil also where the values switch it off by name.
  fileprivate var missing: String? {
    if notes.contains(.collectionIsOff) { return nil }
    if !rendersCollector { return "no export is configured" }
    return collectedNamespaces.isEmpty ? "no namespace is monitored" : nil
  }
}
