internal import BoltFile
internal import FilelogCheckpoint
internal import JSON

/// A collector of which only what matters for offsets is left: at every poll it has read all files
/// to their ends and committed that; what it read arrives a moment later.
///
/// It is worked out when its files are looked at, not at every poll: nothing can tell the difference.
final class VirtualCollector {
  static let pollInterval = Duration.milliseconds(200)
  /// From a poll to the arrival of what it read: the batch processor's timeout and the request.
  static let exportDelay = Duration.milliseconds(100)
  /// Named as the extension names the database of a receiver without a name.
  static let database = "receiver_filelog_"

  /// For how many polls the receiver remembers a file that is gone.
  private static let memory = 3

  /// One file that it reads.
  private struct Reading {
    let file: VirtualLogFile
    let start: Int
    /// Lines read up to the last poll that was worked out.
    var read: Int
  }

  let started: Duration
  private let directory: MemoryDirectory
  private let database: MemoryDirectory.File
  private var readings: [Reading] = []
  /// Entries of files that are gone.
  private var unmatched: [KnownFile] = []
  private var transaction: BoltFormat.TransactionID
  private var polls = 0
  private var committed: [Int] = []
  /// Lines that had arrived before and arrived again with this life.
  private(set) var repeated = 0

  /// Opens the database and resumes at what it holds, as the receiver does: a file is known by its
  /// first bytes.
  /// - Throws: ``BoltError`` or ``CheckpointError`` when the database is damaged.
  init(at time: Duration, directory: MemoryDirectory, files: [VirtualLogFile]) throws {
    started = time
    self.directory = directory
    database = directory.file(Self.database)
    database.isLocked = true
    guard !database.bytes.isEmpty else {
      transaction = 2
      begin(files, known: [])
      return
    }
    let content = try BoltDatabase.read(MemorySource(database.bytes[...], name: Self.database))
    transaction = content.transaction
    var known: [KnownFile] = []
    if case .bucket(let bucket) = content.root[Checkpoint.bucket],
      case .value(let value) = bucket[Checkpoint.knownFilesKey]
    {
      known = try Checkpoint(decoding: Array(value)).files
    }
    begin(files, known: known)
  }

  private func begin(_ files: [VirtualLogFile], known: [KnownFile]) {
    var known = known
    for file in files where !file.isRotated {
      let lines = file.lines(at: started)
      let head = file.fingerprint(lines: lines)
      let index = known.firstIndex {
        !$0.fingerprint.isEmpty && head.starts(with: $0.fingerprint)
      }
      let start =
        index.map { Int(known.remove(at: $0).offset) / VirtualLogFile.lineLength } ?? 0
      readings.append(Reading(file: file, start: start, read: start))
    }
    unmatched = known
  }

  /// Meets a file that was begun while it runs.
  func add(_ file: VirtualLogFile) {
    readings.append(Reading(file: file, start: 0, read: 0))
  }

  /// Makes visible what it has committed by now.
  func catchUp(_ now: Duration) {
    let polled = Int((now - started) / Self.pollInterval)
    guard polled > polls else { return }
    transaction += UInt64(polled - polls)
    polls = polled
    read(to: started + Self.pollInterval * polled)
    commit()
  }

  /// Lines of its files that had arrived by now, without those that had arrived before this life.
  func arrived(_ now: Duration) -> Int {
    readings.reduce(0) { $0 + $1.file.missingCount(in: $1.start..<arrived($1, now)) }
  }

  /// Stops in order: a last poll and commit, everything is sent, the lock is free.
  func stop(_ now: Duration) {
    catchUp(now)
    transaction += 1
    read(to: now)
    commit()
    for reading in readings { deliver(reading, to: reading.read) }
    database.isLocked = false
  }

  /// Dies: what it had read and not sent is lost with it.
  func kill(_ now: Duration) {
    catchUp(now)
    for reading in readings { deliver(reading, to: arrived(reading, now)) }
    database.isLocked = false
  }

  private func deliver(_ reading: Reading, to end: Int) {
    guard end > reading.start else { return }
    repeated += reading.file.deliver(reading.start..<end)
  }

  private func arrived(_ reading: Reading, _ now: Duration) -> Int {
    let polled = Int((now - Self.exportDelay - started) / Self.pollInterval)
    guard polled > 0 else { return reading.start }
    return max(reading.start, reading.file.lines(at: started + Self.pollInterval * polled))
  }

  private func read(to time: Duration) {
    for index in readings.indices {
      let lines = readings[index].file.lines(at: time)
      readings[index].read = max(readings[index].read, lines)
    }
  }

  private func commit() {
    let offsets = readings.map(\.read)
    // The bytes of a database between two looks at it do not matter, but for the number of
    // its transaction, which comes with the next line.
    guard offsets != committed || database.bytes.isEmpty else { return }
    committed = offsets
    let files =
      (polls > Self.memory ? [] : unmatched)
      + readings.filter { $0.read > 0 && !isForgotten($0.file) }.map(Self.known)
    let value = Checkpoint(files: files).encoded()
    let bucket = BoltBucket(entries: [
      .init(key: Checkpoint.knownFilesKey[...], content: .value(value[...]))
    ])
    let root = BoltBucket(entries: [.init(key: Checkpoint.bucket[...], content: .bucket(bucket))])
    database.bytes = BoltContent(transaction: transaction, pageSize: 4096, root: root)
      .compactFile()
  }

  /// Files that were rotated away leave the checkpoint after three polls.
  private func isForgotten(_ file: VirtualLogFile) -> Bool {
    guard file.isRotated, let ended = file.ended else { return false }
    return started + Self.pollInterval * (polls - Self.memory) > ended
  }

  private static func known(_ reading: Reading) -> KnownFile {
    KnownFile(
      fingerprint: Array(reading.file.fingerprint(lines: reading.read)),
      offset: Int64(reading.read * VirtualLogFile.lineLength), recordNumber: Int64(reading.read),
      attributes: ["log.file.path": .string(reading.file.path)])
  }
}
