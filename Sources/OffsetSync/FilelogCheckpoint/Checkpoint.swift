/// What the filelog receiver stores under one of its keys, decoded: the log files it knows and how
/// far it has read each.
///
/// The receiver (`pkg/stanza/fileconsumer` of opentelemetry-collector-contrib) writes the key
/// `file_input.knownFiles` at every poll, and `file_input.knownFiles0` … where it keeps an archive.
public struct Checkpoint: Hashable, Sendable {
  /// In stored order. The receiver reorders its entries as files come and go, and once more when it
  /// stops; the order carries no meaning.
  public var files: [KnownFile]
  /// How the value was encoded, or is to be.
  public var encoding: Encoding

  /// How the receiver writes the value down.
  public enum Encoding: String, Hashable, Sendable {
    /// The default of current collectors; no file at all is a value of no bytes.
    case protobuf
    /// Older collectors, and current ones with the feature gate
    /// `filelog.protobufCheckpointEncoding` switched off: the number of files on a line, then one
    /// JSON object a line.
    case json
  }

  /// A checkpoint of these files.
  public init(files: [KnownFile], encoding: Encoding = .protobuf) {
    self.files = files
    self.encoding = encoding
  }
}

extension Checkpoint {
  /// The key the receiver's current state is stored under, in the bucket ``bucket``.
  public static let knownFilesKey = Array("file_input.knownFiles".utf8)
  /// The bucket the `file_storage` extension keeps everything in.
  public static let bucket = Array("default".utf8)

  /// Whether a key of the receiver's bucket holds a checkpoint: the current one, or one of the
  /// archive's (`polls_to_archive`).
  public static func isCheckpointKey(_ key: [UInt8]) -> Bool {
    key.starts(with: knownFilesKey)
      && key.dropFirst(knownFilesKey.count).allSatisfy { (0x30...0x39).contains($0) }
  }

  /// The most log files that are decoded of one value. A volume of 10 MB holds 9,000 entries of the
  /// size that receivers write.
  public static let mostFiles = 1 << 14

  /// The longest entry that is decoded, in bytes: a fingerprint has 1,000, attributes some hundreds.
  static let longestEntry = 256 << 10

  /// Decodes a stored value of either encoding.
  ///
  /// A JSON value begins with a digit; a protobuf one begins with the tag of its only field, which
  /// is a line feed.
  /// - Throws: ``CheckpointError`` when the bytes are neither. Memory stays a small multiple of the
  ///   value, whatever its length fields claim.
  public init(decoding value: [UInt8]) throws(CheckpointError) {
    var files: [KnownFile] = []
    let encoding = try Self.decode(value[...]) { files.append($0) }
    self.init(files: files, encoding: encoding)
  }

  /// Hands over each file; offsets of errors count from where the array of the slice begins.
  @discardableResult
  private static func decode(
    _ value: ArraySlice<UInt8>, _ visit: (KnownFile) -> Void
  ) throws(CheckpointError) -> Encoding {
    guard let first = value.first, (0x30...0x39).contains(first) else {
      try ProtobufEncoding.decode(value, visit)
      return .protobuf
    }
    try JSONEncoding.decode(value, visit)
    return .json
  }

  /// Decodes a stored value of either encoding file by file, so that no more than one lies in memory
  /// beside the value. What comes before an error is handed over.
  /// - Throws: as ``init(decoding:)``, with offsets into the value.
  public static func forEachFile(
    in value: ArraySlice<UInt8>, _ body: (KnownFile) -> Void
  ) throws(CheckpointError) {
    do { try decode(value, body) } catch {
      throw CheckpointError(error.code, at: error.offset - value.startIndex)
    }
  }

  /// How far one log file was read.
  public struct ReadOffset {
    /// Tells files apart, as ``KnownFile/fingerprint`` does, in bytes of the encoding.
    public var fingerprint: ArraySlice<UInt8>
    /// As ``KnownFile/offset``.
    public var offset: Int64
    /// Whether it was read packed: then the offset is the file's length, however much was read.
    public var isPacked: Bool
  }

  /// Hands over how far each file was read, for a fraction of what decoding costs.
  /// - Throws: ``CheckpointError`` when the bytes are not a stored value.
  public static func forEachReadOffset(
    in value: ArraySlice<UInt8>, _ body: (ReadOffset) -> Void
  ) throws(CheckpointError) {
    guard let first = value.first, (0x30...0x39).contains(first) else {
      return try ProtobufEncoding.decodeOffsets(value, body)
    }
    try JSONEncoding.decode(value) { file in
      body(
        ReadOffset(
          fingerprint: file.fingerprint[...], offset: file.offset, isPacked: !file.fileType.isEmpty)
      )
    }
  }

  /// The bytes that the receiver itself would store for these files.
  public func encoded() -> [UInt8] {
    switch encoding {
    case .protobuf: ProtobufEncoding.encode(files)
    case .json: JSONEncoding.encode(files)
    }
  }
}
