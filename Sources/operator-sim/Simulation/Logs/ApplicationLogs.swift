internal import FilelogSystemCalls

/// The applications of one node: they write log lines, one pod log file each, as a container runtime
/// writes them to the node's disk.
final class ApplicationLogs {
  /// How an application's lines come to its file.
  private enum Style: CaseIterable {
    /// Each record is one line.
    case whole
    /// As containerd writes lines of more than 16 KiB: some records in two lines, of which the second
    /// may come with the next write.
    case split
    /// As CRI-O writes what a program prints without a line end: a piece of a line each second, and
    /// its end after many.
    case dots
  }

  private struct LogFile {
    var identity: RecordIdentity.File
    var path: String
    var handle: AppendedFile
    let style: Style
    /// Files of the same path that the kubelet has rotated and kept, the oldest first.
    var rotated: [RecordIdentity.File] = []
    /// Lines, pieces of records included.
    var lines = 0
    /// Pieces that wait for their end.
    var pieces = 0
    /// Until the next piece of a record that grows by the second.
    var untilPiece = Duration.seconds(1)
  }

  /// Bytes of every line, its end included: an offset tells how many lines lie before it.
  static let lineLength = 120
  /// After so many pieces a record that grows by the second ends.
  private static let mostPieces = 20
  /// One of so many records is split.
  private static let splitRecords = 8

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

  /// How many applications write.
  var count: Int { files.count }

  /// Starts another application, with a log file of its own. Every third one splits records, every
  /// third one prints without line ends.
  func addPod() throws {
    let namespace = namespaces[files.count % namespaces.count]
    let pod = "app-\(begun)-\(random.word(5))"
    let directory = "\(podLogs)/\(namespace)_\(pod)_\(random.uuid())/main"
    try Files.makeDirectory(directory)
    let style = Style.allCases[files.count % Style.allCases.count]
    files.append(try begin(path: directory + "/0.log", style))
    // A program that prints dots begins with a line, too.
    if style == .dots { try write(1, to: files.count - 1) }
  }

  /// Rotates an application's log file as the kubelet does, unless that would delete one with records
  /// that have not arrived.
  func rotate(_ index: Int) throws {
    let file = files[index]
    guard file.lines > 0 else { return }
    let excess = max(0, file.rotated.count - (KubeletRotation.mostFiles - 2))
    guard file.rotated.prefix(excess).allSatisfy(ledger.hasAllArrived) else { return }
    try KubeletRotation.rotate(file.path)
    files[index] = try begin(path: file.path, file.style)
    files[index].rotated = Array(file.rotated.dropFirst(excess)) + [file.identity]
    // What follows in the new file is the rest of the same line.
    files[index].pieces = file.pieces
  }

  /// Writes what is due after some time.
  /// - Parameter rate: lines a second, of all applications of the node together.
  func write(for time: Duration, rate: Double) throws {
    let (seconds, attoseconds) = time.components
    due += (Double(seconds) + Double(attoseconds) / 1e18) * rate
    let count = Int(due)
    due -= Double(count)
    if rate > 0 { try writePieces(time) }
    let writing = files.indices.filter { files[$0].style != .dots }
    guard count > 0, !writing.isEmpty else { return }
    var lines: [Int: Int] = [:]
    for _ in 0..<count {
      lines[writing[Int.random(in: writing.indices, using: &random)], default: 0] += 1
    }
    for index in writing {
      if let count = lines[index] { try write(count, to: index) }
    }
  }

  private func begin(path: String, _ style: Style) throws -> LogFile {
    defer { begun += 1 }
    return LogFile(
      identity: RecordIdentity.File(node: node, number: begun), path: path,
      handle: try AppendedFile(path: path), style: style)
  }

  private func writePieces(_ time: Duration) throws {
    for index in files.indices where files[index].style == .dots {
      files[index].untilPiece -= time
      guard files[index].untilPiece <= .zero else { continue }
      files[index].untilPiece = .seconds(1)
      if files[index].pieces >= Self.mostPieces {
        try write(1, to: index)
      } else {
        try append(piece(of: index, WallClock.now()), to: index)
      }
    }
  }

  private func write(_ count: Int, to index: Int) throws {
    let time = WallClock.now()
    var text = ""
    for number in 0..<count {
      if files[index].style == .split, files[index].pieces == 0,
        Int.random(in: 0..<Self.splitRecords, using: &random) == 0
      {
        text += piece(of: index, time)
        // The end of the last one comes with the next write.
        if number == count - 1 { continue }
      }
      text += record(of: index, time)
    }
    try append(text, to: index)
  }

  private func append(_ text: String, to index: Int) throws {
    try files[index].handle.append(text)
  }

  private func record(of index: Int, _ time: String) -> String {
    ledger.willWrite(1, to: files[index].identity)
    files[index].pieces = 0
    return line("F", next(index).text, time)
  }

  private func piece(of index: Int, _ time: String) -> String {
    ledger.willWritePiece(to: files[index].identity)
    files[index].pieces += 1
    return line("P", next(index).pieceText, time)
  }

  private func next(_ index: Int) -> RecordIdentity {
    defer { files[index].lines += 1 }
    return RecordIdentity(file: files[index].identity, sequence: files[index].lines)
  }

  private func line(_ tag: String, _ content: String, _ time: String) -> String {
    let line = "\(time) stdout \(tag) \(content)id=\(random.word(8)) "
    return line + String(repeating: ".", count: max(1, Self.lineLength - 1 - line.utf8.count))
      + "\n"
  }
}
