internal import FilelogEncodings

/// An entry of a stored value, as the numbers in it, which move while its log file grows, and the rest,
/// which stays.
///
/// Nothing is decoded: what is unknown here belongs to the rest, and an entry that is written in
/// another way than receivers do has no numbers at all.
public struct EntryNumbers: Sendable {
  /// Which parts of an entry are numbers.
  public enum Form: Sendable {
    /// Numbers of protobuf entries and of JSON, times included.
    case current
    /// Times in JSON are not, as earlier versions of this program had it.
    case former
  }

  /// In the order in which they stand in the entry.
  public private(set) var numbers: [UInt64] = []
  /// Which of them is the time at which the log file was last seen to grow, in nanoseconds since 1970.
  public private(set) var timeIndex: Int?
  private let form: Form
  /// Receivers write half as many. What has more has none, and takes no memory for them.
  private static let most = 16
  private var cuts: [Cut] = []
  private var encoding = Checkpoint.Encoding.protobuf

  /// A part of the entry that follows from the numbers.
  private struct Cut {
    enum Kind {
      case number
      /// Written as text.
      case time
      case lengthUpTo(Int)
    }
    let range: Range<Int>
    let kind: Kind
  }

  /// Nothing taken apart yet.
  public init(_ form: Form = .current) { self.form = form }

  /// Takes an entry apart; what was known of another one is forgotten, and its memory used again.
  public mutating func take(apart entry: ArraySlice<UInt8>, _ encoding: Checkpoint.Encoding) {
    self.encoding = encoding
    forget()
    let isKnown =
      switch encoding {
      case .protobuf: takeApart(protobuf: entry)
      case .json: takeApart(json: entry)
      }
    if !isKnown { forget() }
  }

  private mutating func forget() {
    numbers.removeAll(keepingCapacity: true)
    cuts.removeAll(keepingCapacity: true)
    timeIndex = nil
  }

  /// Hands over what stays, piece by piece. Two entries with equal pieces differ in numbers alone.
  public func forEachPiece(
    of entry: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) -> Void
  ) {
    var start = entry.startIndex
    for cut in cuts {
      body(entry[start..<cut.range.lowerBound])
      start = cut.range.upperBound
    }
    body(entry[start...])
  }

  /// Appends the entry that was taken apart, with other numbers.
  /// - Parameters:
  ///   - entry: the one that this was made of.
  ///   - numbers: as many as ``numbers``.
  ///   - out: what it is appended to.
  public func append(
    _ entry: ArraySlice<UInt8>, with numbers: ArraySlice<UInt64>, to out: inout [UInt8]
  ) {
    append(
      entry, entry.startIndex..<entry.endIndex, cuts[...], numbers, to: &out)
  }

  private func append(
    _ entry: ArraySlice<UInt8>, _ range: Range<Int>, _ cuts: ArraySlice<Cut>,
    _ numbers: ArraySlice<UInt64>, to out: inout [UInt8]
  ) {
    var (start, rest, numbers) = (range.lowerBound, cuts, numbers)
    while let cut = rest.popFirst() {
      out += entry[start..<cut.range.lowerBound]
      start = cut.range.upperBound
      switch cut.kind {
      case .number:
        let number = numbers.popFirst() ?? 0
        if encoding == .json { out += String(number).utf8 } else { Varint.append(number, to: &out) }
      case .time: out += GoTime.text(Int64(bitPattern: numbers.popFirst() ?? 0)).utf8
      case .lengthUpTo(let end):
        let inner = rest.prefix { $0.range.lowerBound < end }
        let count = inner.count { if case .lengthUpTo = $0.kind { false } else { true } }
        var body: [UInt8] = []
        body.reserveCapacity(end - start + 16)
        append(entry, start..<end, inner, numbers.prefix(count), to: &body)
        Varint.append(UInt64(body.count), to: &out)
        out += body
        rest = rest.dropFirst(inner.count)
        numbers = numbers.dropFirst(count)
        start = end
      }
    }
    out += entry[start..<range.upperBound]
  }

  // MARK: Protobuf

  private static let flushState: UInt64 = 6
  /// Fields that are messages of numbers: the flush state and the token length's.
  private static let messagesOfNumbers: ClosedRange<UInt64> = 6...7
  /// Of the flush state.
  private static let lastDataChange: UInt64 = 1

  private mutating func takeApart(protobuf entry: ArraySlice<UInt8>) -> Bool {
    guard entry.first == 1 << 3 | 2, let length = length(entry, at: entry.startIndex + 1, to: nil)
    else { return false }
    return takeApart(entry, length, field: nil)
  }

  /// The range of a message whose length stands at a place, which is noted as a cut.
  private mutating func length(
    _ entry: ArraySlice<UInt8>, at place: Int, to limit: Int?
  ) -> Range<Int>? {
    let limit = limit ?? entry.endIndex
    guard let (length, start) = Varint.read(entry, at: place, to: limit),
      length <= UInt64(limit - start)
    else { return nil }
    let end = start + Int(length)
    cuts.append(Cut(range: place..<start, kind: .lengthUpTo(end)))
    return start..<end
  }

  private mutating func takeApart(
    _ entry: ArraySlice<UInt8>, _ message: Range<Int>, field: UInt64?
  ) -> Bool {
    let end = message.upperBound
    var place = message.lowerBound
    while place < end {
      guard let (tag, afterTag) = Varint.read(entry, at: place, to: end) else { return false }
      place = afterTag
      switch tag & 7 {
      case 0:
        guard let (number, next) = Varint.read(entry, at: place, to: end),
          numbers.count < Self.most
        else { return false }
        cuts.append(Cut(range: place..<next, kind: .number))
        if field == Self.flushState, tag >> 3 == Self.lastDataChange { timeIndex = numbers.count }
        numbers.append(number)
        place = next
      case 1: place += 8
      case 2 where field == nil && Self.messagesOfNumbers.contains(tag >> 3):
        guard let inner = length(entry, at: place, to: end),
          takeApart(entry, inner, field: tag >> 3)
        else { return false }
        place = inner.upperBound
      case 2:
        guard let (length, start) = Varint.read(entry, at: place, to: end),
          length <= UInt64(end - start)
        else { return false }
        place = start + Int(length)
      case 5: place += 4
      default: return false
      }
      guard place <= end else { return false }
    }
    return true
  }

  // MARK: JSON

  private static let members = [#""Offset":"#, #""RecordNum":"#].map { Array($0.utf8) }
  private static let time = Array(#""FlushState":{"LastDataChange":""#.utf8)

  private mutating func takeApart(json line: ArraySlice<UInt8>) -> Bool {
    var place = line.startIndex
    for member in Self.members {
      guard let start = Self.end(of: member, in: line[place...]) else { continue }
      let digits = line[start...].prefix { (0x30...0x39).contains($0) }
      // What a number is written as again: no zeros before it, and no more than 64 bits.
      guard (1...18).contains(digits.count), digits.first != 0x30 || digits.count == 1 else {
        return false
      }
      cuts.append(Cut(range: digits.startIndex..<digits.endIndex, kind: .number))
      numbers.append(digits.reduce(0) { $0 * 10 + UInt64($1 - 0x30) })
      place = digits.endIndex
    }
    if form == .current, let start = Self.end(of: Self.time, in: line[place...]) {
      let text = line[start...].prefix { $0 != UInt8(ascii: "\"") }
      // One that would be written again in other words stays as it is.
      if let time = GoTime.parse(String(decoding: text, as: UTF8.self))?.nanoseconds,
        text.elementsEqual(GoTime.text(time).utf8)
      {
        cuts.append(Cut(range: text.startIndex..<text.endIndex, kind: .time))
        timeIndex = numbers.count
        numbers.append(UInt64(bitPattern: time))
      }
    }
    return true
  }

  private static func end(of text: [UInt8], in line: ArraySlice<UInt8>) -> Int? {
    var rest = line
    while let quote = rest.firstIndex(of: text[0]) {
      rest = rest[quote...]
      if rest.starts(with: text) { return quote + text.count }
      rest = rest.dropFirst()
    }
    return nil
  }
}
