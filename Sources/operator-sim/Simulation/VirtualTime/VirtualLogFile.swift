internal import SystemCalls

/// An application's log file of which only the number of lines is kept: what it holds follows from
/// that.
final class VirtualLogFile {
  static let lineLength = 120

  let identity: RecordIdentity.File
  let path: String
  let created: Duration
  /// Lines a second.
  let rate: Double
  /// When its application stopped writing, or the kubelet rotated it away.
  private(set) var ended: Duration?
  /// Whether it was renamed: a collector that does not have it open never finds it again.
  private(set) var isRotated = false
  /// Lines that arrived, as ranges in order that neither overlap nor touch.
  private(set) var delivered: [Range<Int>] = []
  private(set) var deliveredCount = 0
  private(set) var duplicated = 0
  private let head: [UInt8]

  /// What the receiver knows a file by.
  static let fingerprintSize = 1000

  init(
    _ identity: RecordIdentity.File, path: String, created: Duration, rate: Double,
    random: inout SeededRandom
  ) {
    self.identity = identity
    self.path = path
    self.created = created
    self.rate = rate
    var head = ""
    for sequence in 0... {
      guard head.utf8.count < Self.fingerprintSize else { break }
      let text = RecordIdentity(file: identity, sequence: sequence).text
      let line = "2026-01-01T00:00:00.\(random.word(9))Z stdout F \(text)id=\(random.word(8)) "
      head += line + String(repeating: ".", count: Self.lineLength - 1 - line.utf8.count) + "\n"
    }
    self.head = Array(head.utf8.prefix(Self.fingerprintSize))
  }

  /// How many lines it holds at some moment.
  func lines(at time: Duration) -> Int {
    let writing = min(time, ended ?? time) - created
    return max(0, Int(writing / .seconds(1) * rate))
  }

  /// When a line was written.
  func writeTime(of line: Int) -> Duration { created + .seconds((Double(line) + 1) / rate) }

  func fingerprint(lines: Int) -> ArraySlice<UInt8> {
    head.prefix(min(lines * Self.lineLength, Self.fingerprintSize))
  }

  func end(at time: Duration, isRotated: Bool) {
    ended = ended ?? time
    self.isRotated = isRotated
  }

  /// Notes lines that arrived.
  /// - Returns: how many of them had arrived before.
  @discardableResult
  func deliver(_ lines: Range<Int>) -> Int {
    guard !lines.isEmpty else { return 0 }
    var merged = lines
    var repeated = 0
    var kept: [Range<Int>] = []
    for range in delivered {
      repeated += range.clamped(to: lines).count
      if range.upperBound < merged.lowerBound || merged.upperBound < range.lowerBound {
        kept.append(range)
      } else {
        merged =
          min(range.lowerBound, merged.lowerBound)..<max(range.upperBound, merged.upperBound)
      }
    }
    kept.append(merged)
    delivered = kept.sorted { $0.lowerBound < $1.lowerBound }
    deliveredCount += lines.count - repeated
    duplicated += repeated
    return repeated
  }

  /// How many of some lines have not been noted as arrived.
  func missingCount(in lines: Range<Int>) -> Int {
    lines.count - delivered.reduce(0) { $0 + $1.clamped(to: lines).count }
  }

  /// Lines up to a number that did not arrive.
  func missing(of count: Int) -> [Range<Int>] {
    var missing: [Range<Int>] = []
    var next = 0
    for range in delivered {
      if next < range.lowerBound { missing.append(next..<range.lowerBound) }
      next = range.upperBound
    }
    if next < count { missing.append(next..<count) }
    return missing
  }
}
