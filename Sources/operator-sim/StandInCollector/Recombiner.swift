internal import FilelogJSON

/// Puts records together that the container runtime split over several lines, as the container parser
/// does (`recombine` in the receiver's source).
///
/// Unfinished ones wait in memory, with offsets already past them: for their end, or until they are
/// five seconds old, or until the receiver stops.
struct Recombiner {
  /// How old an unfinished record may get (`force_flush_timeout`).
  static let patience = Duration.seconds(5)

  private struct Waiting {
    var attributes: [String: JSONValue]
    var record: LogRecord
    let since: ContinuousClock.Instant
  }

  /// By the path of the file and the stream.
  private var waiting: [String: Waiting] = [:]

  var isEmpty: Bool { waiting.isEmpty }

  /// Takes what was read, and gives what is whole, in order.
  mutating func take(_ groups: [RecordGroup], at now: ContinuousClock.Instant) -> [RecordGroup] {
    groups.map { group in
      let path = group.attributes["log.file.path"]?.string ?? ""
      var whole: [LogRecord] = []
      for record in group.records {
        let key = path + "\n" + (record.stream ?? "")
        var combined = waiting.removeValue(forKey: key)
        combined?.record.body += record.body
        combined?.record.isUnfinished = record.isUnfinished
        let next = combined?.record ?? record
        if next.isUnfinished {
          waiting[key] = Waiting(
            attributes: group.attributes, record: next, since: combined?.since ?? now)
        } else {
          whole.append(next)
        }
      }
      return RecordGroup(attributes: group.attributes, records: whole)
    }.filter { !$0.records.isEmpty }
  }

  /// Gives up waiting for what is too old.
  mutating func takeOld(at now: ContinuousClock.Instant) -> [RecordGroup] {
    take { now - $0.since >= Self.patience }
  }

  /// Gives up waiting for everything.
  mutating func takeAll() -> [RecordGroup] { take { _ in true } }

  private mutating func take(where isTaken: (Waiting) -> Bool) -> [RecordGroup] {
    let taken = waiting.filter { isTaken($0.value) }.sorted { $0.key < $1.key }
    for (key, _) in taken { waiting[key] = nil }
    return taken.map { _, waiting in
      RecordGroup(attributes: waiting.attributes, records: [waiting.record])
    }
  }
}
