internal import FilelogJSON

/// The protobuf encoding: `MetadataList` of `checkpoint.proto` in the receiver's source.
///
/// As protobuf has it, fields that are not known are skipped, the last of several values counts, and
/// several messages of one field are merged.
enum ProtobufEncoding {
  private enum Field {
    static let listMetadata: UInt64 = 1
    static let fingerprint: UInt64 = 1
    static let offset: UInt64 = 2
    static let recordNumber: UInt64 = 3
    static let attributes: UInt64 = 4
    static let headerFinalized: UInt64 = 5
    static let flushState: UInt64 = 6
    static let tokenLengthState: UInt64 = 7
    static let fileType: UInt64 = 8
    static let firstBytes: UInt64 = 1
    static let lastDataChange: UInt64 = 1
    static let lastDataLength: UInt64 = 2
    static let minimumLength: UInt64 = 1
  }

  /// Hands over each file; offsets of errors count from where the array of the slice begins.
  static func decode(
    _ value: ArraySlice<UInt8>, _ visit: (KnownFile) -> Void
  ) throws(CheckpointError) {
    var count = 0
    var reader = ProtobufReader(value)
    while let (field, value) = try reader.next() {
      guard case .bytes(let entry) = value, field == Field.listMetadata else { continue }
      count += 1
      guard count <= Checkpoint.mostFiles, entry.count <= Checkpoint.longestEntry else {
        throw CheckpointError(.tooLarge, at: entry.startIndex)
      }
      visit(try decodeFile(entry))
    }
  }

  /// As ``decode(_:_:)`` for what ``Checkpoint/forEachReadOffset(in:_:)`` tells.
  static func decodeOffsets(
    _ value: ArraySlice<UInt8>, _ visit: (Checkpoint.ReadOffset) -> Void
  ) throws(CheckpointError) {
    var reader = ProtobufReader(value)
    while let (field, value) = try reader.next() {
      guard case .bytes(let entry) = value, field == Field.listMetadata else { continue }
      var file = Checkpoint.ReadOffset(fingerprint: [], offset: 0, isPacked: false)
      var fields = ProtobufReader(entry)
      while let (field, value) = try fields.next() {
        switch (field, value) {
        case (Field.fingerprint, .bytes(let message)): file.fingerprint = message
        case (Field.offset, .varint(let number)): file.offset = Int64(bitPattern: number)
        case (Field.fileType, .bytes(let type)): file.isPacked = !type.isEmpty
        default: break
        }
      }
      visit(file)
    }
  }

  private static func decodeFile(_ entry: ArraySlice<UInt8>) throws(CheckpointError) -> KnownFile {
    var file = KnownFile(fingerprint: [])
    var reader = ProtobufReader(entry)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (Field.fingerprint, .bytes(let message)):
        try decodeFingerprint(message, into: &file)
      case (Field.offset, .varint(let number)): file.offset = Int64(bitPattern: number)
      case (Field.recordNumber, .varint(let number)): file.recordNumber = Int64(bitPattern: number)
      case (Field.attributes, .bytes(let text)): file.attributes = try decodeAttributes(text)
      case (Field.headerFinalized, .varint(let number)): file.headerFinalized = number != 0
      case (Field.flushState, .bytes(let message)): try decodeFlushState(message, into: &file)
      case (Field.tokenLengthState, .bytes(let message)):
        try decodeTokenLength(message, into: &file)
      case (Field.fileType, .bytes(let text)):
        guard let type = String(validating: text, as: UTF8.self) else {
          throw CheckpointError(.badText, at: text.startIndex)
        }
        file.fileType = type
      default: break
      }
    }
    return file
  }

  private static func decodeFingerprint(
    _ message: ArraySlice<UInt8>, into file: inout KnownFile
  ) throws(CheckpointError) {
    var reader = ProtobufReader(message)
    while let (field, value) = try reader.next() {
      if case .bytes(let bytes) = value, field == Field.firstBytes {
        file.fingerprint = Array(bytes)
      }
    }
  }

  private static func decodeFlushState(
    _ message: ArraySlice<UInt8>, into file: inout KnownFile
  ) throws(CheckpointError) {
    var reader = ProtobufReader(message)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (Field.lastDataChange, .varint(let number)):
        file.lastDataChange = number == 0 ? nil : Int64(bitPattern: number)
      case (Field.lastDataLength, .varint(let number)):
        file.lastDataLength = Int32(truncatingIfNeeded: number)
      default: break
      }
    }
  }

  private static func decodeTokenLength(
    _ message: ArraySlice<UInt8>, into file: inout KnownFile
  ) throws(CheckpointError) {
    var reader = ProtobufReader(message)
    while let (field, value) = try reader.next() {
      if case .varint(let number) = value, field == Field.minimumLength {
        file.minimumTokenLength = Int32(truncatingIfNeeded: number)
      }
    }
  }

  private static func decodeAttributes(
    _ text: ArraySlice<UInt8>
  ) throws(CheckpointError) -> [String: JSONValue] {
    guard !text.isEmpty else { return [:] }
    guard let members = (try? JSONValue(parsing: text))?.object else {
      throw CheckpointError(.badAttributes, at: text.startIndex)
    }
    return members
  }

  static func encode(_ files: [KnownFile]) -> [UInt8] {
    var list = ProtobufWriter()
    for file in files { list.message(Field.listMetadata, encode(file)) }
    return list.bytes
  }

  private static func encode(_ file: KnownFile) -> [UInt8] {
    var fingerprint = ProtobufWriter()
    fingerprint.string(Field.firstBytes, file.fingerprint)
    var flushState = ProtobufWriter()
    flushState.number(Field.lastDataChange, file.lastDataChange ?? 0)
    flushState.number(Field.lastDataLength, Int64(file.lastDataLength))
    var tokenLength = ProtobufWriter()
    tokenLength.number(Field.minimumLength, Int64(file.minimumTokenLength))

    var entry = ProtobufWriter()
    entry.message(Field.fingerprint, fingerprint.bytes)
    entry.number(Field.offset, file.offset)
    entry.number(Field.recordNumber, file.recordNumber)
    if !file.attributes.isEmpty {
      entry.message(Field.attributes, GoJSON.bytes(.object(file.attributes)))
    }
    entry.number(Field.headerFinalized, file.headerFinalized ? 1 : 0)
    entry.message(Field.flushState, flushState.bytes)
    entry.message(Field.tokenLengthState, tokenLength.bytes)
    entry.string(Field.fileType, Array(file.fileType.utf8))
    return entry.bytes
  }
}
