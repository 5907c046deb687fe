internal import FilelogEncodings
internal import FilelogSystemCalls
internal import FilelogText

/// An application's log file of which only the number of lines is kept: what it holds follows from
/// that.
final class VirtualLogFile {
  static let lineLength = 120

  /// How records come to lines, as ``ApplicationLogs`` writes them.
  enum Style: CaseIterable {
    case whole
    /// One record in so many is split in two lines.
    case split
    /// A piece of a record each second, and its end after many.
    case dots

    /// So many lines from the end of one record of pieces to that of the next.
    private var period: Int {
      switch self {
      case .whole: 1
      case .split: 9
      case .dots: 21
      }
    }

    /// Whether a line is only a piece of the record that a later line ends.
    func isPiece(_ line: Int) -> Bool {
      switch self {
      case .whole: false
      case .split: line % period == 4
      case .dots: line % period != 0
      }
    }

    /// How many records end in the first lines.
    func records(_ lines: Int) -> Int {
      switch self {
      case .whole: lines
      case .split: lines - (lines + 4) / period
      case .dots: (lines + period - 1) / period
      }
    }

    func records(_ lines: Range<Int>) -> Int {
      records(lines.upperBound) - records(lines.lowerBound)
    }
  }

  let style: Style
  /// Where it lies among the node's logs: `<namespace>_<pod>_<uid>/<container>`.
  let place: String
  /// Its name there; the kubelet changes it.
  private(set) var name = "0.log"
  let created: Duration
  /// Lines a second.
  let rate: Double
  /// When its application stopped writing, or the kubelet rotated it away.
  private(set) var ended: Duration?
  /// Lines that arrived, as ranges in order that neither overlap nor touch.
  private(set) var delivered: [Range<Int>] = []
  /// Records of those lines.
  private(set) var deliveredCount = 0
  private(set) var duplicated = 0
  private let head: [UInt8]
  /// Where it was packed: its bytes, and when.
  private var packed: (bytes: [UInt8], time: Duration)?

  /// What the receiver knows a file by.
  static let fingerprintSize = 1000

  init(
    _ identity: RecordIdentity.File, place: String, style: Style, created: Duration, rate: Double,
    random: inout SeededRandom
  ) {
    self.style = style
    self.place = place
    self.created = created
    self.rate = rate
    var head = ""
    for sequence in 0... {
      guard head.utf8.count < Self.fingerprintSize else { break }
      let identity = RecordIdentity(file: identity, sequence: sequence)
      let (tag, text) =
        style.isPiece(sequence) ? ("P", identity.pieceText) : ("F", identity.text)
      let line =
        "\(Self.stamp(created + Self.age(of: sequence, rate))) stdout \(tag) \(text)id=\(random.word(8)) "
      head += line + String(repeating: ".", count: Self.lineLength - 1 - line.utf8.count) + "\n"
    }
    self.head = Array(head.utf8.prefix(Self.fingerprintSize))
  }

  private static func stamp(_ time: Duration) -> String {
    let (seconds, attoseconds) = (VirtualTime.epoch + time).components
    return RFC3339.text(
      seconds: seconds, nanoseconds: attoseconds / 1_000_000_000, decimals: .exactly(9))
  }

  /// From its beginning to a line.
  private static func age(of line: Int, _ rate: Double) -> Duration {
    rate > 0 ? .seconds((Double(line) + 1) / rate) : .zero
  }

  /// Below the node's logs.
  var path: String { "\(place)/\(name)" }

  var isRotated: Bool { name != "0.log" }

  /// How many lines it holds at some moment.
  func lines(at time: Duration) -> Int {
    let writing = min(time, ended ?? time) - created
    return max(0, Int(writing / .seconds(1) * rate))
  }

  /// How many records end in it at some moment.
  func records(at time: Duration) -> Int { style.records(lines(at: time)) }

  /// When a line was written.
  func writeTime(of line: Int) -> Duration { created + Self.age(of: line, rate) }

  func fingerprint(lines: Int) -> ArraySlice<UInt8> {
    head.prefix(min(lines * Self.lineLength, Self.fingerprintSize))
  }

  /// Its application writes no more.
  func end(at time: Duration) { ended = ended ?? time }

  // MARK: The kubelet's part

  /// `0.log.20260101-000012`, later than a name that there is.
  func rotate(at time: Duration, after last: String?) {
    end(at: time)
    var moment = time
    repeat {
      name =
        "0.log."
        + Self.stamp(moment).prefix(19).filter { $0 != "-" && $0 != ":" }
        .map { $0 == "T" ? "-" : $0 }
      moment += .seconds(1)
    } while last.map { name <= $0 } ?? false
  }

  /// Packs it: what a reader looks at is there, the beginning and the length.
  func pack(at time: Duration) {
    let size = lines(at: time) * Self.lineLength
    // Something follows the beginning, as in a file that is as long as its end says.
    let rest = [UInt8](repeating: 0x2e, count: max(0, min(size - head.count, 4096)))
    var bytes = Gzip.compress(Array(head.prefix(size)) + rest)
    for index in 0..<4 {
      bytes[bytes.count - 4 + index] = UInt8(truncatingIfNeeded: size >> (8 * index))
    }
    packed = (bytes, time)
    name += ".gz"
  }

  var isPacked: Bool { packed != nil }

  func fileBytes(at time: Duration) -> Int {
    packed?.bytes.count ?? lines(at: time) * Self.lineLength
  }

  /// When it was last written.
  func modified(at time: Duration) -> Duration {
    if let packed { return packed.time }
    let lines = lines(at: time)
    return lines > 0 ? writeTime(of: lines - 1) : created
  }

  /// Its beginning and, where it is packed, its end; of what lies between nothing is kept.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64, _ time: Duration) -> Int
  {
    let bytes = packed?.bytes ?? Array(fingerprint(lines: lines(at: time)))
    guard offset < bytes.count else { return 0 }
    let found = bytes[Int(offset)...].prefix(buffer.count)
    buffer.copyBytes(from: found)
    return found.count
  }

  // MARK: What arrived

  /// Notes lines that arrived.
  /// - Returns: how many records of them had arrived before.
  @discardableResult
  func deliver(_ lines: Range<Int>) -> Int {
    guard !lines.isEmpty else { return 0 }
    var merged = lines
    var repeated = 0
    var kept: [Range<Int>] = []
    for range in delivered {
      repeated += style.records(range.clamped(to: lines))
      if range.upperBound < merged.lowerBound || merged.upperBound < range.lowerBound {
        kept.append(range)
      } else {
        merged =
          min(range.lowerBound, merged.lowerBound)..<max(range.upperBound, merged.upperBound)
      }
    }
    kept.append(merged)
    delivered = kept.sorted { $0.lowerBound < $1.lowerBound }
    deliveredCount += style.records(lines) - repeated
    duplicated += repeated
    return repeated
  }

  /// How many records of some lines have not been noted as arrived.
  func missingCount(in lines: Range<Int>) -> Int {
    style.records(lines) - delivered.reduce(0) { $0 + style.records($1.clamped(to: lines)) }
  }

  /// Lines up to a number that did not arrive and end a record.
  func missing(of count: Int) -> [Range<Int>] {
    var missing: [Range<Int>] = []
    var next = 0
    for range in delivered {
      if next < range.lowerBound { missing.append(next..<range.lowerBound) }
      next = range.upperBound
    }
    if next < count { missing.append(next..<count) }
    return missing.filter { style.records($0) > 0 }
  }
}
