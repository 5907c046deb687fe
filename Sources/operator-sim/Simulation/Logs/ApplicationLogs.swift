internal import SystemCalls

/// The applications of one node: they write log lines, one pod log file each, as a container runtime
/// writes them to the node's disk.
final class ApplicationLogs {
  private struct LogFile {
    var identity: RecordIdentity.File
    var path: String
    var handle: AppendedFile
    var lines = 0
  }

  /// Bytes of every line, its end included: an offset tells how many records lie before it.
  static let lineLength = 120

  private let node: String
  private let podLogs: String
  private let namespaces: [String]
  private let ledger: Ledger
  private var random: SeededRandom
  private var files: [LogFile] = []
  private var begun = 0
  /// Lines due and not written yet; rates are rarely whole lines per step.
  private var due = 0.0

  /// - Parameters:
  ///   - podLogs: the node's `/var/log/pods`.
  ///   - namespaces: where the applications' pods are, in turn.
  init(
    node: String, podLogs: String, namespaces: [String], ledger: Ledger, random: SeededRandom
  ) {
    self.node = node
    self.podLogs = podLogs
    self.namespaces = namespaces
    self.ledger = ledger
    self.random = random
  }

  /// Files that were rotated away.
  private(set) var rotatedFiles: [RecordIdentity.File] = []

  /// How many applications write.
  var count: Int { files.count }

  /// Starts another application, with a log file of its own.
  func addPod() throws {
    let namespace = namespaces[files.count % namespaces.count]
    let pod = "app-\(begun)-\(random.word(5))"
    let directory = "\(podLogs)/\(namespace)_\(pod)_\(random.uuid())/main"
    try Files.makeDirectory(directory)
    files.append(try begin(path: directory + "/0.log"))
  }

  /// Rotates an application's log file as the kubelet does: by renaming it and beginning a new one.
  func rotate(_ index: Int) throws {
    let path = files[index].path
    rotatedFiles.append(files[index].identity)
    try Files.rename(path, to: "\(path).\(WallClock.rotationSuffix())")
    files[index] = try begin(path: path)
  }

  /// Writes what is due after some time.
  /// - Parameter rate: lines a second, of all applications of the node together.
  func write(for time: Duration, rate: Double) throws {
    let (seconds, attoseconds) = time.components
    due += (Double(seconds) + Double(attoseconds) / 1e18) * rate
    let count = Int(due)
    due -= Double(count)
    guard count > 0, !files.isEmpty else { return }
    var lines = [Int](repeating: 0, count: files.count)
    for _ in 0..<count { lines[Int.random(in: files.indices, using: &random)] += 1 }
    for (index, count) in lines.enumerated() where count > 0 { try write(count, to: index) }
  }

  private func begin(path: String) throws -> LogFile {
    defer { begun += 1 }
    return LogFile(
      identity: RecordIdentity.File(node: node, number: begun), path: path,
      handle: try AppendedFile(path: path))
  }

  private func write(_ count: Int, to index: Int) throws {
    ledger.willWrite(count, to: files[index].identity)
    let time = WallClock.now()
    var text = ""
    for _ in 0..<count {
      text += line(RecordIdentity(file: files[index].identity, sequence: files[index].lines), time)
      files[index].lines += 1
    }
    try files[index].handle.append(text)
  }

  private func line(_ record: RecordIdentity, _ time: String) -> String {
    let line = "\(time) stdout F \(record.text)id=\(random.word(8)) "
    return line + String(repeating: ".", count: max(1, Self.lineLength - 1 - line.utf8.count))
      + "\n"
  }
}
