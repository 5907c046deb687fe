public import FilelogJSON

/// One log file as the receiver remembers it (`reader.Metadata` in its source).
public struct KnownFile: Hashable, Sendable {
  /// The first bytes of the file, up to 1,000 unless configured otherwise. The receiver knows a file
  /// by them, not by its name or inode.
  public var fingerprint: [UInt8]
  /// Bytes read so far.
  public var offset: Int64
  /// Records read so far; 0 unless `include_file_record_number` is set.
  public var recordNumber: Int64
  /// Attributes that go with every record of the file, such as `log.file.path`.
  public var attributes: [String: JSONValue]
  /// Whether the file's header lines were read to their end, where the receiver parses headers.
  public var headerFinalized: Bool
  /// When the file was last seen to grow, in nanoseconds since 1970; nil: never.
  public var lastDataChange: Int64?
  /// Bytes of the unfinished line at the end of the file at that time.
  public var lastDataLength: Int32
  /// The least number of bytes that the next token needs.
  public var minimumTokenLength: Int32
  /// Empty, or `.gz`.
  public var fileType: String
  /// Whether the rest of an overlong line is being skipped. Only the JSON encoding stores it.
  public var truncateSkipping: Bool

  /// A file of which nothing was read, unless said otherwise.
  public init(
    fingerprint: [UInt8], offset: Int64 = 0, recordNumber: Int64 = 0,
    attributes: [String: JSONValue] = [:], headerFinalized: Bool = false,
    lastDataChange: Int64? = nil, lastDataLength: Int32 = 0, minimumTokenLength: Int32 = 0,
    fileType: String = "", truncateSkipping: Bool = false
  ) {
    self.fingerprint = fingerprint
    self.offset = offset
    self.recordNumber = recordNumber
    self.attributes = attributes
    self.headerFinalized = headerFinalized
    self.lastDataChange = lastDataChange
    self.lastDataLength = lastDataLength
    self.minimumTokenLength = minimumTokenLength
    self.fileType = fileType
    self.truncateSkipping = truncateSkipping
  }

  /// The file's path, where the receiver was told to keep it (`include_file_path`).
  public var path: String? { attributes["log.file.path"]?.string }
  /// The file's base name, which the receiver keeps by default.
  public var name: String? { attributes["log.file.name"]?.string }
}
