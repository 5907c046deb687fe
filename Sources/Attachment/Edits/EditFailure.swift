/// An edit that the text of a document does not allow.
struct EditFailure: Error, Hashable, Sendable {
  /// The index of the document in its stream.
  var document = 0
  /// Counted from 1, in the document.
  let line: Int
  /// Where in the object.
  let path: String
  /// What stands in the way, and what to do.
  let reason: String
}
