internal import FilelogCheckpoint
internal import FilelogJSON

/// The receiver's files: which are open, which are known from before, and how far each was read
/// (`internal/tracker` and `file.go` in the receiver's source).
struct FileTracker {
  private let receiver: CollectorConfiguration.Receiver
  private var open: [LogFile] = []
  /// What became of files that are no longer there: remembered for three polls.
  private var closed: [[KnownFile]] = [[], [], []]
  private var readsFromBeginning: Bool

  init(_ receiver: CollectorConfiguration.Receiver, known: [KnownFile]) {
    self.receiver = receiver
    closed[0] = known
    // With offsets from before, a file that is not among them is new and read whole.
    readsFromBeginning = receiver.startsAtBeginning || !known.isEmpty
  }

  /// What the receiver stores after a poll.
  var knownFiles: [KnownFile] { closed.joined() + open.map(\.known) }

  /// Reads everything that is new in all files that match.
  mutating func poll(now: Int64) -> [RecordGroup] {
    var current: [LogFile] = []
    for path in matchingFiles(receiver.include, except: receiver.exclude) {
      guard let file = LogFile(path: path, receiver.compression) else { continue }
      // The same content under two names is read once.
      if current.contains(where: { $0.known.fingerprint == file.known.fingerprint }) { continue }
      take(file)
      current.append(file)
    }
    // Older records first: what was rotated away before its successor.
    let lost = open.filter { old in isLost(old, current) }
    let groups = (lost + current).map { read($0, now: now) }.filter { !$0.records.isEmpty }
    closed[0] += open.map(\.known)
    open = current
    readsFromBeginning = true
    return groups
  }

  /// Ends a poll, after its checkpoint was stored: the oldest memory goes.
  mutating func endPoll() {
    closed = [[]] + closed.dropLast()
  }

  /// Closes all files, the last one first, which is why a clean stop stores them in reverse.
  mutating func close() {
    closed[0] += open.reversed().map(\.known)
    open = []
  }

  /// Finds out how far a file was read before.
  private mutating func take(_ file: LogFile) {
    let fingerprint = file.known.fingerprint
    func isEarlier(_ old: KnownFile) -> Bool {
      !old.fingerprint.isEmpty && fingerprint.starts(with: old.fingerprint)
    }
    if let index = open.firstIndex(where: { isEarlier($0.known) }) {
      file.resume(open.remove(at: index).known)
    } else if let found = removeClosed(isEarlier) {
      file.resume(found)
    } else if !readsFromBeginning {
      file.skipContent()
    }
    if receiver.includesFilePath { file.known.attributes["log.file.path"] = .string(file.path) }
    if receiver.includesFileName {
      let name = file.path.split(separator: "/").last ?? ""
      file.known.attributes["log.file.name"] = .string(String(name))
    }
  }

  private mutating func removeClosed(_ isEarlier: (KnownFile) -> Bool) -> KnownFile? {
    for generation in closed.indices {
      if let index = closed[generation].firstIndex(where: isEarlier) {
        return closed[generation].remove(at: index)
      }
    }
    return nil
  }

  /// Whether an open file is matched no more, so that its end must be read through its old
  /// descriptor: it was rotated or deleted, but not written over.
  private func isLost(_ old: LogFile, _ current: [LogFile]) -> Bool {
    current.allSatisfy { $0.path != old.path || old.isUnchanged }
  }

  private func read(_ file: LogFile, now: Int64) -> RecordGroup {
    var records: [LogRecord] = []
    file.readLines(now: now) { line in
      records.append(
        receiver.parsesContainerLines ? LogRecord(containerLine: line) : LogRecord(line: line))
    }
    return RecordGroup(attributes: file.known.attributes, records: records)
  }
}
