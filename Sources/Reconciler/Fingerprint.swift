internal import FilelogJSON

/// What tells from an object's metadata alone that the object is still as it was applied.
///
/// What others write all the time must not change it: a DaemonSet's status, and the offsets in a
/// map. It may change without a reason; then the object is looked at more closely.
struct Fingerprint: Hashable {
  private let parts: [JSONValue]

  /// - Parameters:
  ///   - owner: whose applied fields count.
  ///   - isOffsetsMap: only the metadata of such an object is the operator's.
  init(_ object: JSONValue, _ owner: FieldOwner, isOffsetsMap: Bool) {
    let metadata = object["metadata"]
    var parts = ["uid", "labels", "annotations"].map { metadata?[$0] ?? .null }
    parts.append(owner.fields(of: object) ?? .null)
    if !isOffsetsMap {
      // Counted up when the specification changes, where the type has one apart from its status.
      parts.append(metadata?["generation"] ?? metadata?["resourceVersion"] ?? .null)
    }
    self.parts = parts
  }
}
