internal import FilelogJSON

/// Putting values in their places in a template's tree. A place that the template does not have is
/// a mistake of the program.
extension JSONValue {
  /// - Parameter isNew: the last step may be missing so far.
  mutating func place(_ value: JSONValue, at path: String..., isNew: Bool = false) {
    place(value, at: path[...], isNew: isNew)
  }

  mutating func remove(_ path: String...) {
    place(nil, at: path[...], isNew: false)
  }

  private mutating func place(_ value: JSONValue?, at path: ArraySlice<String>, isNew: Bool) {
    guard let step = path.first else { return }
    let rest = path.dropFirst()
    guard rest.isEmpty else {
      guard var child = self[step] else {
        preconditionFailure("the template has no place \(step)")
      }
      child.place(value, at: rest, isNew: isNew)
      self[step] = child
      return
    }
    precondition(isNew || self[step] != nil, "the template has no place \(step)")
    self[step] = value
  }
}
