internal import BoltFile
internal import FilelogCheckpoint
internal import FilelogJSON

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
    /// When something was last read.
    var changed: Duration
    /// The first poll that finds it.
    let since: Duration
    /// Where the second pattern finds it, as a link; nil for a file that is written.
    var link: String?
    /// Whether it was packed when it was met.
    let isPacked: Bool
    /// When it was found gone from the patterns.
    var gone: Duration?
  }

  let started: Duration
  private let directory: MemoryDirectory
  private let database: MemoryDirectory.File
  /// The node's logs, and links to them.
  private let logs: VirtualDirectory
  private let links: VirtualDirectory
  private var readings: [Reading] = []
  /// Entries of files that are gone.
  private var unmatched: [KnownFile] = []
  private var transaction: BoltFormat.TransactionID
  private var polls = 0
  /// It has looked at files.
  private var hasBegun = false
  /// It has looked at files for the last time.
  private var isStopping = false
  /// It has made its last commit.
  private var hasStopped = false
  /// Records that had arrived before and arrived again with this life.
  private(set) var repeated = 0

  /// Opens the database and resumes at what it holds, as the receiver does: a file is known by its
  /// first bytes.
  /// - Throws: ``BoltError`` or ``CheckpointError`` when the database is damaged; one whose checkpoint
  ///   does not decode holds an empty one afterwards.
  init(
    at time: Duration, directory: MemoryDirectory, logs: VirtualDirectory, links: VirtualDirectory
  ) throws {
    started = time
    self.directory = directory
    self.logs = logs
    self.links = links
    database = directory.file(Self.database)
    database.isLocked = true
    transaction = 2
    if !database.bytes.isEmpty {
      let content = try BoltDatabase.read(MemorySource(database.bytes[...], name: Self.database))
      transaction = content.transaction
      if case .bucket(let bucket) = content.root[Checkpoint.bucket],
        case .value(let value) = bucket[Checkpoint.knownFilesKey]
      {
        do { unmatched = try Checkpoint(decoding: Array(value)).files } catch {
          // On its way out it saves an empty one.
          transaction += 1
          commit(at: time)
          database.isLocked = false
          throw error
        }
      }
    }
    // Opening it commits twice: the extension makes its bucket, and the receiver reads.
    transaction += 2
    commit(at: time)
  }

  /// Its first look at files, a poll after it has opened the database.
  /// - Parameter files: those that are written.
  func begin(_ files: [VirtualLogFile]) {
    guard !isStopping, !hasBegun else { return }
    hasBegun = true
    let time = started + Self.pollInterval
    for file in files { meet(file, link: nil, at: time, isRemembered: true) }
    catchUp(time)
  }

  /// Meets a file that was begun while it runs.
  func add(_ file: VirtualLogFile) {
    guard hasBegun, !isStopping else { return }
    meet(file, link: nil, at: file.created, isRemembered: false)
  }

  /// - Parameter isRemembered: whether entries of files that are gone are still known.
  private func meet(
    _ file: VirtualLogFile, link: String?, at time: Duration, isRemembered: Bool
  ) {
    let lines = file.lines(at: time)
    let head = file.fingerprint(lines: lines)
    let index =
      isRemembered
      ? unmatched.firstIndex { !$0.fingerprint.isEmpty && head.starts(with: $0.fingerprint) } : nil
    let start = index.map { Self.start(unmatched.remove(at: $0), file, lines) } ?? 0
    readings.append(
      Reading(
        file: file, start: start, read: start, changed: time, since: time, link: link,
        isPacked: file.isPacked))
  }

  /// Offsets of a packed file count its packed bytes, those of the plain one its content's.
  private static func start(_ known: KnownFile, _ file: VirtualLogFile, _ lines: Int) -> Int {
    guard known.fileType.isEmpty else { return file.isPacked && known.offset > 0 ? lines : 0 }
    return min(Int(known.offset) / VirtualLogFile.lineLength, lines)
  }

  /// Meets what was linked since the last poll that was worked out, and leaves what is not linked any
  /// more.
  private func meetLinks(_ now: Duration) {
    let found = links.links
    for index in readings.indices where readings[index].gone == nil {
      guard let path = readings[index].link else { continue }
      let link = found.first { $0.path == path }?.link
      if link.flatMap({ target($0) }) !== readings[index].file { readings[index].gone = now }
    }
    for (path, link) in found {
      guard let file = target(link),
        !readings.contains(where: { $0.link == path && $0.gone == nil })
      else { continue }
      let poll = max(1, Int(((link.made - started) / Self.pollInterval).rounded(.up)))
      // One that it has open, or had until a moment ago, it goes on with.
      if let index = readings.firstIndex(where: {
        $0.file === file && !isForgotten($0, after: poll)
      }) {
        readings[index].link = path
        readings[index].gone = nil
        continue
      }
      let time = started + Self.pollInterval * poll
      guard time <= now else { continue }
      meet(file, link: path, at: time, isRemembered: poll <= Self.memory)
    }
  }

  private func target(_ link: VirtualDirectory.Link) -> VirtualLogFile? {
    guard link.target.hasPrefix(VirtualDisk.logs + "/"),
      case .log(let file) = logs[String(link.target.dropFirst(VirtualDisk.logs.utf8.count))]
    else { return nil }
    return file
  }

  /// Makes visible what it has committed by now.
  func catchUp(_ now: Duration) {
    let polled = Int((now - started) / Self.pollInterval)
    guard polled > polls, hasBegun, !isStopping else { return }
    transaction += UInt64(polled - polls)
    polls = polled
    let time = started + Self.pollInterval * polled
    meetLinks(time)
    read(to: time)
    commit(at: time)
  }

  /// Records of its files that had arrived by now, without those that had arrived before this life.
  func arrived(_ now: Duration) -> Int {
    readings.reduce(0) { $0 + $1.file.missingCount(in: $1.start..<arrived($1, now)) }
  }

  /// Lines of a file that had arrived by now in this life.
  func arrived(of file: VirtualLogFile, _ now: Duration) -> Range<Int> {
    guard let reading = readings.first(where: { $0.file === file }) else { return 0..<0 }
    return reading.start..<arrived(reading, now)
  }

  /// Whether its last look came after a file was begun, or there will be none.
  func hasSeen(_ file: VirtualLogFile, _ now: Duration) -> Bool {
    let polled = Int((now - started) / Self.pollInterval)
    return isStopping || !hasBegun || file.created <= started + Self.pollInterval * polled
  }

  /// Begins to stop: its last look at files was that of its last poll.
  func beginStop(_ now: Duration) {
    catchUp(now)
    isStopping = true
  }

  /// Stops in order, a moment or long after its last look: it commits once more, and everything is sent.
  /// - Returns: whether it holds pieces of records whose end has not come. It sends them after a while,
  ///   and holds the lock until then.
  func stop(_ now: Duration) -> Bool {
    transaction += 1
    commit(at: now)
    hasStopped = true
    for reading in readings { deliver(reading, to: reading.read) }
    return readings.contains { $0.read > $0.start && $0.file.style.isPiece($0.read - 1) }
  }

  /// Lets go of the database, after a stop.
  func close() { database.isLocked = false }

  /// Dies: what it had read and not sent is lost with it.
  func kill(_ now: Duration) {
    if !hasStopped {
      catchUp(now)
      for reading in readings { deliver(reading, to: arrived(reading, now)) }
    }
    close()
  }

  private func deliver(_ reading: Reading, to end: Int) {
    guard end > reading.start else { return }
    repeated += reading.file.deliver(reading.start..<end)
  }

  private func arrived(_ reading: Reading, _ now: Duration) -> Int {
    if hasStopped { return reading.read }
    let polled = Int((now - Self.exportDelay - started) / Self.pollInterval)
    let time = started + Self.pollInterval * polled
    guard polled > 0, time >= reading.since else { return reading.start }
    let lines = reading.file.lines(at: time)
    return max(reading.start, isStopping ? min(lines, reading.read) : lines)
  }

  private func read(to time: Duration) {
    for index in readings.indices {
      let lines = readings[index].file.lines(at: time)
      guard lines > readings[index].read else { continue }
      readings[index].read = lines
      readings[index].changed = time
    }
  }

  private func commit(at time: Duration) {
    database.modified = VirtualTime.epoch + time
    let files =
      (polls > Self.memory ? [] : unmatched)
      + readings.filter { $0.read > 0 && !isForgotten($0, after: polls) }.map(Self.known)
    database.content = { [transaction] in Self.file(files, transaction) }
  }

  private static func file(
    _ files: [KnownFile], _ transaction: BoltFormat.TransactionID
  ) -> [UInt8] {
    let value = Checkpoint(files: files).encoded()
    let bucket = BoltBucket(entries: [
      .init(key: Checkpoint.knownFilesKey[...], content: .value(value[...]))
    ])
    let root = BoltBucket(entries: [.init(key: Checkpoint.bucket[...], content: .bucket(bucket))])
    return BoltContent(transaction: transaction, pageSize: 4096, root: root).compactFile()
  }

  /// Files that have gone from the patterns leave the checkpoint after three polls.
  private func isForgotten(_ reading: Reading, after polls: Int) -> Bool {
    let gone = reading.link == nil && reading.file.isRotated ? reading.file.ended : reading.gone
    guard let gone else { return false }
    return started + Self.pollInterval * (polls - Self.memory) > gone
  }

  private static func known(_ reading: Reading) -> KnownFile {
    let (seconds, attoseconds) = (VirtualTime.epoch + reading.changed).components
    return KnownFile(
      fingerprint: Array(reading.file.fingerprint(lines: reading.read)),
      offset: Int64(
        reading.isPacked
          ? reading.file.fileBytes(at: reading.changed)
          : reading.read * VirtualLogFile.lineLength),
      recordNumber: Int64(reading.read),
      attributes: [
        "log.file.path": .string(
          reading.link.map { "/links/" + $0 } ?? "\(VirtualDisk.logs)/\(reading.file.place)/0.log")
      ],
      lastDataChange: seconds * 1_000_000_000 + attoseconds / 1_000_000_000,
      fileType: reading.isPacked ? ".gz" : "")
  }
}
