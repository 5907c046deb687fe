public import JSON
public import KubernetesAPI

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
    /// It is deleted unless somebody writes it meanwhile.
    case pruneUnlessWritten
    /// Whether it goes, as far as is known now.
    var isRemoval: Bool { self == .prune || self == .pruneUnlessWritten }

    /// Left as it is, and why.
    case keep(String)
    /// Left as it is, as everybody expects.
    case keepSilently
  }
}

/// What may become of the leftovers.
struct LeftoverRules {
  var prunesOffsets: Bool
  var prunesForeign: Bool
  /// The release goes as a whole: whether a node exists does not matter for its offsets.
  var isFarewell = false
}

extension Reconciler {
  /// The objects of the release that are not among the wanted ones, those first that are to be
  /// deleted first.
  ///
  /// Types that the API server does not serve are passed over, types that may not be listed are
  /// noted.
  func leftovers(
    beside wanted: Set<ObjectReference>, _ rules: LeftoverRules
  ) throws(ReconcileFailure) -> [Leftover] {
    var leftovers: [Leftover] = []
    var nodes: [String: Bool] = [:]
    for type in ReleaseScope.types {
      for object in try objects(of: type) {
        let reference = ObjectReference(
          type, namespace: scope.namespace, name: object["metadata"]?["name"]?.string ?? "")
        guard !wanted.contains(reference), scope.mayOwn(reference),
          object["metadata"]?["deletionTimestamp"] == nil
        else { continue }
        do throws(KubernetesError) {
          leftovers.append(
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

  private func objects(of type: ResourceType) throws(ReconcileFailure) -> [JSONValue] {
    let namespace = type.isNamespaced ? scope.namespace : nil
    do {
      return try attempt { () throws(KubernetesError) in
        try client.listMetadata(type, namespace: namespace, labels: scope.labels)
      } ?? []
    } catch {
      if error.problem == .forbidden {
        say(.note("leftovers among \(type.plural) are not looked for: they may not be listed"))
        return []
      }
      throw ReconcileFailure(
        ["cannot list \(type.plural): \(error)"], isLasting: error.isLasting,
        isStop: error.isCancelled)
    }
  }

  func verdict(
    _ reference: ObjectReference, _ object: JSONValue, _ rules: LeftoverRules,
    _ nodes: inout [String: Bool]
  ) throws(KubernetesError) -> Leftover.Verdict {
    switch scope.offsetsMap(reference) {
    case .shared:
      return rules.prunesOffsets
        ? .prune : .keep("it holds the nodes' offsets; --prune-offsets deletes it")
    case .perNode:
      if rules.isFarewell { return rules.prunesOffsets ? .prune : .keepSilently }
      // Sidecars empty parts that are in force no longer; deleting is not for them to do.
      if NodeMap.isPart(object), NodeMap.holdsOffsets(object) == false {
        return .pruneUnlessWritten
      }
      guard rules.prunesOffsets else { return .keepSilently }
      guard let node = NodeMap.node(of: object) else { return .keep("it does not say its node") }
      let exists = if let known = nodes[node] { known } else { try nodeExists(node) }
      nodes[node] = exists
      return exists ? .keepSilently : .prune
    case nil:
      if rules.prunesForeign || Substance.isOwn(object) { return .prune }
      let managers = Substance.managers(object)
      return .keep(
        "\(managers.isEmpty ? "somebody" : managers.joined(separator: ", ")) made it, not "
          + "\(ReleaseScope.fieldManager); --prune-foreign deletes it")
    }
  }

  private func nodeExists(_ name: String) throws(KubernetesError) -> Bool {
    guard let type = ResourceType.named("Node") else { return true }
    return try attempt { () throws(KubernetesError) in
      try client.object(
        ObjectReference(type, namespace: nil, name: name), metadataOnly: true)
    } != nil
  }
}
