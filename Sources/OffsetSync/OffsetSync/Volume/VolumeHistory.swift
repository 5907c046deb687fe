internal import BoltFile
internal import FilelogEncodings

/// What the containers note on the volume about its past, so that init can tell after a reboot of the
/// node whether the local databases are whole. The file is not part of any snapshot.
///
/// A database was written in this boot of the machine where init ran in it before the collector did;
/// what the kernel holds of it is whole then. It was closed in order where the sync container saw the
/// collector close it, wrote it through to the disk, and noted what it held.
struct VolumeHistory: Equatable {
  private struct Closed: Equatable {
    let transaction: BoltFormat.TransactionID
    let digest: String
    /// What the time of the database is to be, see ``ReceiverLooks``.
    var time: Duration?
  }

  private var bootID: String?
  /// When init last looked after rotated logs, since 1970, until sync has done so; nil afterwards.
  private(set) var followed: Duration?
  private var closed: [String: Closed] = [:]

  /// Nothing is known.
  init() {}

  /// What the volume says; nothing where that cannot be read.
  init(of volume: Volume) {
    guard let file = try? volume.file(FileName.history),
      let bytes = try? file.read(at: 0, count: Self.sizeLimit), bytes.count < Self.sizeLimit
    else { return }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 3)
      if words.count == 2, words[0] == "boot" { bootID = String(words[1]) }
      if words.count == 2, words[0] == "followed", let milliseconds = Int64(words[1]) {
        followed = .milliseconds(milliseconds)
      }
      if words.count == 4, words[0] == "closed",
        let transaction = BoltFormat.TransactionID(words[1])
      {
        closed[String(words[3])] = Closed(transaction: transaction, digest: String(words[2]))
      }
      if words.count == 3, words[0] == "time", let milliseconds = Int64(words[1]) {
        closed[String(words[2])]?.time = .milliseconds(milliseconds)
      }
    }
  }

  /// A line for each of a thousand files, with room.
  private static let sizeLimit = 512 << 10

  func isOfBoot(_ id: String?) -> Bool { id != nil && id == bootID }

  func wasClosed(
    _ name: String, transaction: BoltFormat.TransactionID, digest: ContentDigest
  ) -> Bool {
    guard let entry = closed[name] else { return false }
    return entry.transaction == transaction && entry.digest == digest.text
  }

  /// What the time of a closed database is to be; nil for one in another transaction.
  func time(of name: String, transaction: BoltFormat.TransactionID) -> Duration? {
    closed[name].flatMap { $0.transaction == transaction ? $0.time : nil }
  }

  /// Notes that the collector begins to write in this boot. A note that cannot be written costs
  /// nothing but the local state after the next restart of the pod's sandbox.
  /// - Parameter followed: when init began to look after rotated logs.
  static func begin(on volume: Volume, bootID: String?, followed: Duration? = nil) {
    var history = VolumeHistory()
    history.bootID = bootID
    history.followed = followed
    history.write(to: volume)
  }

  /// Notes that sync has looked after rotated logs as well.
  static func endFollowing(on volume: Volume) {
    var history = VolumeHistory(of: volume)
    guard history.followed != nil else { return }
    history.followed = nil
    history.write(to: volume)
  }

  /// Writes databases that the collector has closed through to the disk, and notes what they hold.
  static func close(_ databases: [String: ClosedDatabase], on volume: Volume, bootID: String?) {
    var history = VolumeHistory()
    history.bootID = bootID
    for (name, database) in databases where (try? volume.synchronize(name)) != nil {
      history.closed[name] = Closed(
        transaction: database.transaction, digest: database.digest.text, time: database.time)
    }
    history.write(to: volume)
  }

  private func write(to volume: Volume) {
    var lines = bootID.map { ["boot \($0)"] } ?? []
    if let followed { lines.append("followed \(Int64(followed / .milliseconds(1)))") }
    for (name, entry) in closed.sorted(by: { $0.key < $1.key }) {
      lines.append("closed \(entry.transaction) \(entry.digest) \(name)")
      if let time = entry.time { lines.append("time \(Int64(time / .milliseconds(1))) \(name)") }
    }
    let text = lines.map { $0 + "\n" }.joined()
    try? volume.replace(FileName.history, with: Array(text.utf8))
  }
}

/// What a database held when it was last read.
struct ClosedDatabase {
  let transaction: BoltFormat.TransactionID
  let digest: ContentDigest
  /// What its time is to be, see ``ReceiverLooks``.
  var time: Duration?
}
