/// Changes that grow with every new log file are set aside into a part map, so that what is stored each
/// time is small: see docs/layouts.md. What lies in that map counts only as far as a difference refers
/// to it, so nothing but the difference decides what is stored.
extension PerNodeMapStore {
  /// What is known of the part map with steps.
  struct StepsMap {
    var resourceVersion: String
    /// Whether the difference in force is one that we stored after we knew that version. Then no other
    /// writer has stored one that refers to more than ours, unless the version is another by now; and
    /// none can that has not seen ours.
    var isBehindOurs = false
  }

  enum StepsTrouble: Error {
    case damage
    case store(StoreError)
  }

  /// The steps that the difference in force refers to.
  func readSteps(_ difference: Difference) throws(StepsTrouble) -> Steps {
    guard let reference = difference.steps else { return Steps() }
    let bytes: [UInt8]?
    do { bytes = try maps.readPart(PartsManifest.stepsNumber) } catch {
      throw error.code == .damaged ? .damage : .store(error)
    }
    do { return try Steps(reference, in: bytes, version: difference.version) } catch {
      throw .damage
    }
  }

  /// Whether the map with steps may be written now; where it is not known yet, it is after the next
  /// difference.
  func maySetAside() throws(StoreError) -> Bool {
    if let steps = state?.steps { return steps.isBehindOurs }
    guard !mayNotSetAside else { return false }
    do {
      state?.steps = StepsMap(
        resourceVersion: try maps.establishPart(PartsManifest.stepsNumber))
    } catch {
      guard error.code == .forbidden else { throw error }
      mayNotSetAside = true
      log.warn(
        "changes may not be set aside, so differences grow with every new log file until the "
          + "offsets are stored as a whole, which costs the API server more",
        ["store": .string(name), "error": .error(error)])
    }
    return false
  }

  /// Adds a step behind those that are in force; it counts once a difference refers to it.
  /// - Returns: how many bytes were written.
  func setAside(_ changes: [UInt8]) throws(StoreError) -> Int? {
    guard let base, let map = state?.steps else { return nil }
    var steps = base.steps
    steps.append(changes)
    state?.steps = nil
    let version = try maps.patchPart(
      PartsManifest.stepsNumber, steps.bytes, resourceVersion: map.resourceVersion)
    state?.steps = StepsMap(resourceVersion: version)
    self.base?.setAside(changes)
    return steps.bytes.count
  }

  /// The version of the map with steps, where something may lie in it: also those of a pod that was
  /// killed, whose base was replaced since.
  func versionOfSteps(_ state: State) -> String? {
    if let steps = state.steps { return steps.resourceVersion }
    guard state.manifest?.base != nil, !mayNotSetAside else { return nil }
    return (try? maps.versionOfPart(PartsManifest.stepsNumber)) ?? nil
  }

  /// Takes steps away that no difference refers to any more.
  /// - Parameter version: of their map, from before the base was written that made them void.
  func empty(steps version: String?) {
    guard let version else { return }
    _ = try? maps.patchPart(PartsManifest.stepsNumber, nil, resourceVersion: version)
    state?.steps = nil
  }
}
