/// USTAR (POSIX.1-2001, pax), as far as directories and plain files need it.
enum TarFormat {
  static let blockSize = 512
  static let nameSize = 100
  static let prefixSize = 155
  static let magic = Array("ustar\u{0}00".utf8)

  enum EntryType: UInt8 {
    case file = 0x30
    /// A file in archives older than POSIX.
    case oldFile = 0
    case directory = 0x35
    /// Attributes of the next entry that do not fit into its header; here a long name.
    case extended = 0x78
  }

  enum Field {
    static let name = 0..<100
    static let mode = 100..<108
    static let owner = 108..<116
    static let group = 116..<124
    static let size = 124..<136
    static let time = 136..<148
    static let checksum = 148..<156
    static let type = 156
    static let magic = 257..<265
    static let prefix = 345..<500
  }

  /// The sum of a header's bytes, its checksum field taken as spaces.
  static func checksum(_ header: [UInt8]) -> Int {
    header.reduce(0) { $0 + Int($1) }
      - header[Field.checksum].reduce(0) { $0 + Int($1) } + 8 * 0x20
  }

  static func padding(after size: Int) -> Int {
    (blockSize - size % blockSize) % blockSize
  }
}
