internal import FilelogKubernetesAPI

/// Which objects of a row are done.
struct Progress {
  private var done: [(reference: ObjectReference, outcome: Outcome)] = []
  private var rest: [ObjectReference]

  init(_ objects: [ObjectReference]) { rest = objects }

  mutating func done(_ reference: ObjectReference, _ outcome: Outcome) {
    done.append((reference, outcome))
    rest.removeAll { $0 == reference }
  }

  /// An object could not be written: which one and why, what is done, what is not.
  func failure(at reference: ObjectReference, _ error: KubernetesError) -> ReconcileFailure {
    let doubt =
      error.isOutcomeUnknown ? ["whether \(reference) was written after all is not known"] : []
    return failure(
      [Advice.message(reference, error)] + doubt.map { Message($0) }, isLasting: error.isLasting,
      isStop: error.isCancelled)
  }

  func failure(
    _ messages: [Message], isLasting: Bool = false, isStop: Bool = false
  ) -> ReconcileFailure {
    let written = done.filter { $0.outcome != .unchanged }
      .map { "\($0.reference) \($0.outcome.rawValue)" }
    return ReconcileFailure(
      messages + [
        Message("done before: \(Self.list(written))"),
        Message("not done: \(Self.list(rest.map(\.description))); run again to go on from here"),
      ], isLasting: isLasting, isStop: isStop)
  }

  private static func list(_ words: [String]) -> String {
    words.isEmpty ? "nothing" : words.joined(separator: ", ")
  }
}
