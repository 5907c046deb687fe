/// Which record a log line is: every line that the simulated applications write names itself.
struct RecordIdentity: Hashable {
  struct File: Hashable, Comparable {
    var node: String
    /// Numbers the files of a node in the order in which they were begun.
    var number: Int

    static func < (one: File, other: File) -> Bool {
      (one.node, one.number) < (other.node, other.number)
    }
  }

  var file: File
  /// Counted from 0 within the file.
  var sequence: Int

  private static let mark = "simulated record"

  init(file: File, sequence: Int) {
    self.file = file
    self.sequence = sequence
  }

  /// The text of the line, without what a container runtime puts before it.
  var text: String { "\(Self.mark) node=\(file.node) file=\(file.number) seq=\(sequence) " }

  /// The text of a line that holds only a piece of a record, to which it is not counted: it may come
  /// alone, or in the record whose end follows.
  var pieceText: String { "\(Self.pieceMark) of \(file.node) \(file.number) line \(sequence) " }

  private static let pieceMark = "simulated piece"

  /// Whether a record's body is of pieces only.
  static func isPiece(_ body: String) -> Bool { body.contains(pieceMark) }

  /// Finds the identity in a record's body, wherever in it it stands.
  init?(body: String) {
    let words = body.split(separator: " ")
    guard
      let node = Self.value("node=", words),
      let file = Self.value("file=", words).flatMap({ Int($0) }),
      let sequence = Self.value("seq=", words).flatMap({ Int($0) }), sequence >= 0
    else { return nil }
    self.init(file: File(node: String(node), number: file), sequence: sequence)
  }

  private static func value(_ name: String, _ words: [Substring]) -> Substring? {
    words.first { $0.hasPrefix(name) }?.dropFirst(name.count)
  }
}
