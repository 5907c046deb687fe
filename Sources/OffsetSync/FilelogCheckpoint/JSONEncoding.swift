internal import FilelogEncodings
internal import FilelogJSON

/// The JSON encoding: the number of files on a line, then one JSON object a line.
enum JSONEncoding {
  /// Hands over each file; offsets of errors count from where the array of the slice begins.
  static func decode(
    _ value: ArraySlice<UInt8>, _ visit: (KnownFile) -> Void
  ) throws(CheckpointError) {
    let lineFeed = UInt8(ascii: "\n")
    guard value.last == lineFeed else { throw CheckpointError(.truncated, at: value.endIndex) }
    let first = value.prefix { $0 != lineFeed }
    guard first.count < 19, let count = Int(String(decoding: first, as: UTF8.self)), count >= 0
    else { throw CheckpointError(.badCount, at: value.startIndex) }
    let found = value.count { $0 == lineFeed } - 1
    guard found == count else {
      throw CheckpointError(.wrongCount(said: count, found: found), at: value.startIndex)
    }
    guard count <= Checkpoint.mostFiles else {
      throw CheckpointError(.tooLarge, at: value.startIndex)
    }
    var rest = value[(first.endIndex + 1)...]
    while let end = rest.firstIndex(of: lineFeed) {
      let line = rest[..<end]
      guard line.count <= Checkpoint.longestEntry else {
        throw CheckpointError(.tooLarge, at: line.startIndex)
      }
      visit(try decodeFile(line))
      rest = rest[(end + 1)...]
    }
  }

  private static func decodeFile(_ line: ArraySlice<UInt8>) throws(CheckpointError) -> KnownFile {
    guard let parsed = try? JSONValue(parsing: line), let object = parsed.object else {
      throw CheckpointError(.badLine, at: line.startIndex)
    }
    let members = Members(object: object, offset: line.startIndex)
    var file = KnownFile(fingerprint: try members.fingerprint())
    file.offset = try members.number("Offset")
    file.recordNumber = try members.number("RecordNum")
    file.attributes = try members.object("FileAttributes")?.object ?? [:]
    file.headerFinalized = try members.flag("HeaderFinalized")
    if let state = try members.object("FlushState") {
      file.lastDataChange = try state.time("LastDataChange")
      file.lastDataLength = Int32(truncatingIfNeeded: try state.number("LastDataLength"))
    }
    if let state = try members.object("TokenLenState") {
      file.minimumTokenLength = Int32(truncatingIfNeeded: try state.number("MinimumLength"))
    }
    file.fileType = try members.text("FileType")
    file.truncateSkipping = try members.flag("TruncateSkipping")
    return file
  }

  static func encode(_ files: [KnownFile]) -> [UInt8] {
    var out = Array("\(files.count)\n".utf8)
    for file in files { out += line(file).utf8 }
    return out
  }

  /// Members in the order of the receiver's struct.
  private static func line(_ file: KnownFile) -> String {
    let fingerprint = Base64.encode(file.fingerprint)
    return #"{"Fingerprint":{"first_bytes":"\#(fingerprint)"}"#
      + #","Offset":\#(file.offset),"RecordNum":\#(file.recordNumber)"#
      + #","FileAttributes":\#(GoJSON.text(.object(file.attributes)))"#
      + #","HeaderFinalized":\#(file.headerFinalized)"#
      + #","FlushState":{"LastDataChange":"\#(GoTime.text(file.lastDataChange))""#
      + #","LastDataLength":\#(file.lastDataLength)}"#
      + #","TokenLenState":{"MinimumLength":\#(file.minimumTokenLength)}"#
      + #","FileType":\#(GoJSON.text(.string(file.fileType)))"#
      + #","TruncateSkipping":\#(file.truncateSkipping)}"# + "\n"
  }
}

/// The members of one JSON object, where an absent or null one has the zero value of its type, as
/// Go's decoder has it; older collectors do not write them all.
private struct Members {
  let object: [String: JSONValue]
  let offset: Int

  private func read<Value>(
    _ name: String, absent: Value, _ convert: (JSONValue) -> Value?
  ) throws(CheckpointError) -> Value {
    guard let found = object[name], found != .null else { return absent }
    guard let converted = convert(found) else {
      throw CheckpointError(.badMember(name), at: offset)
    }
    return converted
  }

  func number(_ name: String) throws(CheckpointError) -> Int64 {
    try read(name, absent: 0) { $0.integer.map(Int64.init) }
  }

  func flag(_ name: String) throws(CheckpointError) -> Bool {
    try read(name, absent: false, \.bool)
  }

  func text(_ name: String) throws(CheckpointError) -> String {
    try read(name, absent: "", \.string)
  }

  func object(_ name: String) throws(CheckpointError) -> Members? {
    try read(name, absent: nil) { $0.object.map { Members(object: $0, offset: offset) } }
  }

  func time(_ name: String) throws(CheckpointError) -> Int64? {
    try read(name, absent: .never) { $0.string.flatMap(GoTime.parse) }.nanoseconds
  }

  func fingerprint() throws(CheckpointError) -> [UInt8] {
    guard let found = try object("Fingerprint") else { return [] }
    return try found.read("first_bytes", absent: []) {
      $0.string.flatMap { Base64.decode($0) }
    }
  }
}
