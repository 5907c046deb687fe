/// Lines of a text in bytes.
enum Line {
  static let feed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")

  /// Where the line ends in which something ends that is `bytes`: before the line break, or at the end
  /// of the text. What ends in line breaks itself, a block scalar, ends before the last of them.
  static func end(after bytes: Range<Int>, in text: [UInt8]) -> Int {
    var index = bytes.upperBound
    if !bytes.isEmpty, text[index - 1] == feed {
      index -= 1
    } else {
      while index < text.count, text[index] != feed { index += 1 }
    }
    // A carriage return is part of the line break.
    if index < text.count, index > bytes.lowerBound, text[index - 1] == carriageReturn {
      index -= 1
    }
    return index
  }

  /// Where the line before the one that `index` stands in ends; nil in the first line.
  static func endOfPrevious(_ index: Int, in text: [UInt8]) -> Int? {
    let start = index - column(of: index, in: text)
    guard start > 0 else { return nil }
    let end = start - 1
    return end > 0 && text[end - 1] == carriageReturn ? end - 1 : end
  }

  /// How many bytes stand before `index` in its line.
  static func column(of index: Int, in text: [UInt8]) -> Int {
    var start = index
    while start > 0, text[start - 1] != feed { start -= 1 }
    return index - start
  }

  /// The line that `index` stands in, counted from 1.
  static func number(of index: Int, in text: [UInt8]) -> Int {
    text[..<min(index, text.count)].reduce(1) { $1 == feed ? $0 + 1 : $0 }
  }

  /// The line break that a text uses: that of its first line.
  static func lineBreak(of text: [UInt8]) -> String {
    guard let index = text.firstIndex(of: feed), index > 0, text[index - 1] == carriageReturn else {
      return "\n"
    }
    return "\r\n"
  }
}
