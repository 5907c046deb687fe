public import FilelogJSON
public import FilelogKubernetesAPI

/// An object of the release that no manifest describes any more.
public struct Leftover: Sendable {
  /// Which object.
  public let reference: ObjectReference
  /// Its metadata.
  public let live: JSONValue
  /// What is to become of it.
  public let verdict: Verdict

  /// What is to become of a leftover.
  public enum Verdict: Hashable, Sendable {
    /// It is deleted.
    case prune
    /// It is deleted unless it is written meanwhile.
    case pruneUnlessWritten
    /// Whether it goes, as far as is known now.
    var isRemoval: Bool { self == .prune || self == .pruneUnlessWritten }

    /// Left as it is, and why.
    case keep(Message)
    /// Left as it is, as users expect.
    case keepSilently
  }
}

/// What was found of a release beside what is wanted.
public struct Leftovers: Sendable {
  /// Those first that are to be deleted first.
  public internal(set) var objects: [Leftover] = []
  /// Types whose objects may not be listed, so that it is not known whether there are any.
  public internal(set) var unseen: [ResourceType] = []

  /// What the caller lacks; nil when everything could be seen.
  func unseenMessage(_ scope: ReleaseScope) -> Message? {
    guard !unseen.isEmpty else { return nil }
    let plurals = unseen.map(\.plural).joined(separator: ", ")
    let place =
      unseen.allSatisfy(\.isNamespaced)
      ? "in namespace \(scope.namespace)"
      : unseen.contains(where: \.isNamespaced)
        ? "in namespace \(scope.namespace) and the cluster" : "of the cluster"
    return Message(
      "not permitted: \(plurals) may not be listed \(place); ask for the verb list on them")
  }
}

/// What may become of the leftovers.
struct LeftoverRules {
  var prunesOffsets: Bool
  var prunesForeign: Bool
  /// The release goes as a whole: whether a node exists does not matter for its offsets.
  var isUninstall = false
}

extension Reconciler {
  /// The objects of the release that are not among the wanted ones, those first that are to be
  /// deleted first.
  ///
  /// Types that the API server does not serve are passed over.
  func leftovers(
    beside wanted: Set<ObjectReference>, _ rules: LeftoverRules
  ) throws(ReconcileFailure) -> Leftovers {
    var leftovers = Leftovers()
    var nodes: [String: Bool] = [:]
    for type in ReleaseScope.types {
      guard let objects = try objects(of: type) else {
        leftovers.unseen.append(type)
        continue
      }
      for object in objects {
        let reference = ObjectReference(
          type, namespace: scope.namespace, name: object.objectName)
        guard !wanted.contains(reference), scope.mayOwn(reference), !object.isBeingDeleted
        else { continue }
        do throws(KubernetesError) {
          leftovers.objects.append(
            Leftover(
              reference: reference, live: object,
              verdict: try verdict(reference, object, rules, &nodes)))
        } catch {
          throw ReconcileFailure(reference, error)
        }
      }
    }
    return leftovers
  }

  /// Nil when they may not be listed.
  private func objects(of type: ResourceType) throws(ReconcileFailure) -> [JSONValue]? {
    let namespace = type.isNamespaced ? scope.namespace : nil
    // Who may write its node's map may take the labels away; the names of such maps stay.
    let isNamed = type.kind == "ConfigMap"
    do {
      let found = try attempt { () throws(KubernetesError) in
        try client.listMetadata(type, namespace: namespace, labels: isNamed ? [:] : scope.labels)
      }
      guard isNamed else { return found ?? [] }
      return (found ?? []).filter { object in
        let reference = ObjectReference(type, namespace: namespace, name: object.objectName)
        return scope.offsetsMap(reference) == .perNode
          || scope.labels.allSatisfy { object.labels?[$0.key]?.string == $0.value }
      }
    } catch {
      if error.problem == .forbidden { return nil }
      throw ReconcileFailure("cannot list \(type.plural)", error)
    }
  }

  func verdict(
    _ reference: ObjectReference, _ object: JSONValue, _ rules: LeftoverRules,
    _ nodes: inout [String: Bool]
  ) throws(KubernetesError) -> Leftover.Verdict {
    switch scope.offsetsMap(reference) {
    case .shared:
      if rules.prunesOffsets { return .prune }
      let isEmpty = NodeMap.holdsOffsets(object) == false
      return .keep(
        Message(
          isEmpty ? "it is for the nodes' offsets" : "it holds the nodes' offsets", .pruneOffsets))
    case .perNode:
      if rules.isUninstall { return rules.prunesOffsets ? .prune : .keepSilently }
      // Sidecars empty parts that are in force no longer; deleting is not for them to do.
      if NodeMap.isPart(object), NodeMap.holdsOffsets(object) == false {
        return .pruneUnlessWritten
      }
      guard rules.prunesOffsets else { return .keepSilently }
      // A difference goes with the node's map, which owns it.
      if let base = scope.base(ofDifference: reference) {
        return try exists(base) ? .keepSilently : .prune
      }
      guard let node = NodeMap.node(of: object) else {
        return .keep(Message("it does not name its node"))
      }
      let exists = if let known = nodes[node] { known } else { try nodeExists(node) }
      nodes[node] = exists
      return exists ? .keepSilently : .prune
    case nil:
      if rules.prunesForeign || scope.owner.hasWritten(object) { return .prune }
      return .keep(
        Message("\(makers(of: object)) made it, not \(scope.fieldManager)", .pruneForeign))
    }
  }

  func makers(of object: JSONValue) -> String {
    let managers = object.managers
    return managers.isEmpty ? "an unknown manager" : managers.joined(separator: ", ")
  }

  func nodeExists(_ name: String) throws(KubernetesError) -> Bool {
    guard let type = ResourceType.named("Node") else { return true }
    return try exists(ObjectReference(type, namespace: nil, name: name))
  }

  private func exists(_ reference: ObjectReference) throws(KubernetesError) -> Bool {
    try attempt { () throws(KubernetesError) in
      try client.object(reference, metadataOnly: true)
    } != nil
  }
}
