internal import FilelogContract
internal import FilelogText

/// A node's payload out of the maps that a sync container made in the layout
/// `perNode`, for tools that have read them.
public enum NodePayload {
  /// Puts a payload together, parts verified.
  ///
  /// - Parameters:
  ///   - whole: what the node's map holds under the node's name.
  ///   - list: what it holds under `NodeMap.partsKey`.
  ///   - part: what the part map of a number holds, nil when there is none.
  /// - Returns: nil when nothing is stored.
  /// - Throws: ``StoreError`` with the code `damaged`.
  public static func assemble(
    whole: [UInt8]?, list: String?, part: (Int) -> [UInt8]?
  ) throws(StoreError) -> [UInt8]? {
    guard let list else { return whole }
    do {
      let manifest = try PartsManifest(parsing: list)
      guard !manifest.parts.isEmpty else { return whole }
      var payload: [UInt8] = []
      payload.reserveCapacity(manifest.bytes)
      for wanted in manifest.parts { payload += try wanted.check(part(wanted.number)) }
      return payload
    } catch { throw StoreError(.damaged, "\(error)") }
  }

  /// What a node's maps hold, the difference included.
  ///
  /// - Parameters:
  ///   - whole: what ``assemble(whole:list:part:)`` gave.
  ///   - list: as there.
  ///   - difference: what the map with the difference holds, nil when there is none.
  ///   - steps: what the part map of the number ``stepsNumber`` holds, nil when there is none.
  /// - Returns: what is stored, and why the difference that should be there is not part of it.
  public static func stored(
    whole: [UInt8], list: String?, difference: [UInt8]?, steps: [UInt8]?
  ) -> (payload: StoredPayload, trouble: String?) {
    let base = StoredPayload(whole)
    guard let name = list.flatMap({ try? PartsManifest(parsing: $0) })?.base,
      name == Difference.Base(number: name.number, payload: whole)
    else { return (base, nil) }
    guard let difference else {
      return (base, "the difference to the payload is missing; shown without it")
    }
    do throws(DifferenceError) {
      let found = try Difference(parsing: difference)
      guard found.base == name else { return (base, nil) }
      let steps = try found.steps.map { (reference) throws(DifferenceError) in
        try Steps(reference, in: steps, version: found.version)
      }
      return (StoredPayload(whole, steps ?? Steps(), found.changes), nil)
    } catch { return (base, "\(error); shown without it") }
  }

  /// Of the part map that does not belong to the payload, but to its difference.
  public static let stepsNumber = PartsManifest.stepsNumber

  /// The number in the name of a part map of a node; nil when the name is another one.
  public static func partNumber(of name: String) -> Int? {
    let rest = name.rest(after: Contract.NodeMap.partPrefix(release: ""))
    let number = rest.flatMap { Int($0.prefix { $0 != "-" }) }
    return number.flatMap { PartsManifest.numbers.contains($0) ? $0 : nil }
  }
}
