internal import DesiredState
internal import FilelogJSON
internal import FilelogKubernetesAPI

extension Reconciler {
  /// What an apply would do, as a unified diff for each object that it would write or delete.
  ///
  /// Nothing that stands in secrets or offsets is in it.
  /// - Returns: empty when an apply would do nothing.
  /// - Throws: ``ReconcileFailure``, also when some types could not be looked at.
  public func diff(
    _ plan: [PlannedObject], _ leftovers: Leftovers
  ) throws(ReconcileFailure) -> String {
    if let message = leftovers.unseenMessage(scope) {
      throw ReconcileFailure(
        [message, Message("whether an apply would prune some of them is not known")],
        isLasting: true)
    }
    var text = ""
    for object in plan where object.outcome != .unchanged {
      let pair = ObjectText.pair(
        object.reference, object.live, object.result ?? undetermined(object))
      let difference = UnifiedDiff.text(
        of: "\(object.reference)", from: pair.old, to: pair.new)
      // Adopted, or given up: nothing that the object states changes.
      text +=
        difference.isEmpty
        ? "# \(object.reference): \(object.detail ?? "its fields become \(scope.fieldManager)'s own")\n"
        : difference
      if !difference.isEmpty, let live = object.live, takenOverFrom(live, object.reference) != nil {
        text +=
          "# \(object.reference): what kubectl wrote and the values do not ask for goes, too\n"
      }
    }
    for leftover in leftovers.objects where leftover.verdict.isRemoval {
      let live: JSONValue?
      do {
        live = try attempt { () throws(KubernetesError) in
          try client.object(
            leftover.reference, metadataOnly: scope.offsetsMap(leftover.reference) != nil)
        }
      } catch {
        throw ReconcileFailure(leftover.reference, error)
      }
      let pair = ObjectText.pair(leftover.reference, live, nil)
      text += UnifiedDiff.text(of: "\(leftover.reference)", from: pair.old, to: pair.new)
    }
    return text
  }

  /// Of an object that no dry run could tell: the manifest where there is nothing yet, and what is
  /// there otherwise.
  private func undetermined(_ object: PlannedObject) -> JSONValue {
    object.detail == nil ? object.manifest.json : object.live ?? object.manifest.json
  }
}
