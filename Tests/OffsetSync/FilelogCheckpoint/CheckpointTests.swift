import FilelogCheckpoint
import FilelogJSON
import Testing

@Suite struct CheckpointTests {
  static let file = KnownFile(
    fingerprint: Array("2025-06-15 héllo\n".utf8), offset: 1 << 40, recordNumber: 7,
    attributes: [
      "log.file.path": "/var/log/<a>&b\u{2028}\u{2029}é\".log", "n": 3,
      "nested": ["x": [true, nil]],
    ],
    headerFinalized: true, lastDataChange: 1_795_369_644_212_704_942, lastDataLength: 12,
    minimumTokenLength: 5, fileType: ".gz")

  @Test(arguments: [Checkpoint.Encoding.protobuf, .json])
  func everyFieldSurvivesEncodingAndDecoding(_ encoding: Checkpoint.Encoding) throws {
    var files = [Self.file, KnownFile(fingerprint: [0x30])]
    files[1].truncateSkipping = encoding == .json
    let checkpoint = Checkpoint(files: files, encoding: encoding)
    #expect(try Checkpoint(decoding: checkpoint.encoded()) == checkpoint)
  }

  @Test func theJSONEncodingIsGosToTheByte() {
    let expected =
      "1\n" + #"{"Fingerprint":{"first_bytes":"MjAyNS0wNi0xNSBow6lsbG8K"},"Offset":1099511627776,"#
      + #""RecordNum":7,"FileAttributes":{"log.file.path":"/var/log/\u003ca\u003e\u0026b\u2028\u2029"#
      + #"é\".log","n":3,"nested":{"x":[true,null]}},"HeaderFinalized":true,"#
      + #""FlushState":{"LastDataChange":"2026-11-22T17:47:24.212704942Z","LastDataLength":12},"#
      + #""TokenLenState":{"MinimumLength":5},"FileType":".gz","TruncateSkipping":false}"# + "\n"
    let encoded = Checkpoint(files: [Self.file], encoding: .json).encoded()
    #expect(String(decoding: encoded, as: UTF8.self) == expected)
  }

  @Test func noFileAtAllIsNoByteInProtobufAndAZeroInJSON() throws {
    #expect(Checkpoint(files: [], encoding: .protobuf).encoded() == [])
    #expect(Checkpoint(files: [], encoding: .json).encoded() == Array("0\n".utf8))
    #expect(try Checkpoint(decoding: []) == Checkpoint(files: [], encoding: .protobuf))
    #expect(try Checkpoint(decoding: Array("0\n".utf8)).encoding == .json)
  }

  @Test func membersThatOlderCollectorsDoNotWriteHaveTheirZeroValue() throws {
    let text =
      "1\n" + #"{"Fingerprint":{"first_bytes":"YQ=="},"Offset":9,"FileAttributes":null}\#n"#
    let decoded = try Checkpoint(decoding: Array(text.utf8))
    #expect(decoded.files == [KnownFile(fingerprint: [0x61], offset: 9)])
  }

  @Test(
    arguments: [
      ("0001-01-01T00:00:00Z", nil), ("1970-01-01T00:00:00Z", 0),
      ("1969-12-31T23:59:59.5Z", -500_000_000), ("2000-02-29T12:00:00Z", 951_825_600_000_000_000),
      ("2024-12-31T23:59:59.000000001Z", 1_735_689_599_000_000_001),
    ] as [(String, Int64?)])
  func timesAreWrittenAndReadAsGoDoes(_ text: String, _ time: Int64?) throws {
    var file = KnownFile(fingerprint: [1])
    file.lastDataChange = time
    let encoded = Checkpoint(files: [file], encoding: .json).encoded()
    #expect(String(decoding: encoded, as: UTF8.self).contains("\"\(text)\""))
    #expect(try Checkpoint(decoding: encoded).files == [file])
  }

  @Test func timesOfOtherZonesAreRead() throws {
    let text = "1\n" + #"{"FlushState":{"LastDataChange":"1970-01-01T02:30:00+02:00"}}\#n"#
    #expect(try Checkpoint(decoding: Array(text.utf8)).files[0].lastDataChange == 1_800_000_000_000)
  }

  @Test func protobufFieldsThatAreNotKnownAreSkipped() throws {
    // An entry with offset 3, field 9 (varint), field 10 (bytes), field 11 (fixed32), 12 (fixed64).
    let entry: [UInt8] =
      [0x10, 3, 0x48, 1, 0x52, 2, 7, 7, 0x5d, 0, 0, 0, 0] + [0x61, 0, 0, 0, 0, 0, 0, 0, 0]
    let decoded = try Checkpoint(decoding: [0x0a, UInt8(entry.count)] + entry)
    #expect(decoded.files == [KnownFile(fingerprint: [], offset: 3)])
  }

  @Test(arguments: [
    ([0x0a], "the value ends within a field, at byte 1"),
    ([0x0a, 5, 1], "the value ends within a field, at byte 2"),
    (
      [0x0a] + [UInt8](repeating: 0xff, count: 9) + [1], "the value ends within a field, at byte 11"
    ),
    (
      [0x0a] + [UInt8](repeating: 0xff, count: 9) + [2],
      "a number is longer than 64 bits, at byte 11"
    ),
    ([0x0a] + [UInt8](repeating: 0x80, count: 12), "a number is longer than 64 bits, at byte 11"),
    ([0x02, 0], "not a protobuf field, at byte 0"), ([0x0b], "not a protobuf field, at byte 0"),
    ([0x0a, 4, 0x22, 2, 0x5b, 0x5d], "the file attributes are not a JSON object, at byte 4"),
    ([0x0a, 3, 0x42, 1, 0xff], "the file type is not UTF-8, at byte 4"),
  ])
  func damagedProtobufIsRefused(_ value: [UInt8], _ reason: String) {
    let error = #expect(throws: CheckpointError.self) { try Checkpoint(decoding: value) }
    #expect(error?.description == "not a filelog checkpoint: " + reason)
  }

  @Test(arguments: [
    ("5", "the value ends within a field, at byte 1"),
    ("5x\n", "the first line is not a number of files, at byte 0"),
    ("99999999999999999999\n", "the first line is not a number of files, at byte 0"),
    ("1000000000000\n{}\n", "1000000000000 files are announced, 1 are there, at byte 0"),
    ("1\n[]\n", "not a line with a JSON object, at byte 2"),
    ("2\n{}\n{\n", "not a line with a JSON object, at byte 5"),
    ("1\n{\"Offset\":\"1\"}\n", "Offset is missing or of the wrong type, at byte 2"),
    (
      "1\n{\"Fingerprint\":{\"first_bytes\":\"%\"}}\n",
      "first_bytes is missing or of the wrong type, at byte 2"
    ),
    (
      "1\n{\"FlushState\":{\"LastDataChange\":\"3001-01-01T00:00:00Z\"}}\n",
      "LastDataChange is missing or of the wrong type, at byte 2"
    ),
  ])
  func damagedJSONIsRefused(_ text: String, _ reason: String) {
    let error = #expect(throws: CheckpointError.self) {
      try Checkpoint(decoding: Array(text.utf8))
    }
    #expect(error?.description == "not a filelog checkpoint: " + reason)
  }

  /// What is read of damage is a whole checkpoint: encoded, it reads as itself.
  @Test func everyPrefixOfAValueIsReadOrRefusedButNeverTraps() throws {
    for encoding in [Checkpoint.Encoding.protobuf, .json] {
      let value = Checkpoint(files: [Self.file, Self.file], encoding: encoding).encoded()
      for length in value.indices {
        var flipped = value
        flipped[length] ^= 1 << (length % 8)
        for damaged in [Array(value[..<length]), flipped] {
          #expect(canonicalContent(of: damaged).count == damaged.count)
          guard let read = try? Checkpoint(decoding: damaged) else { continue }
          #expect(try Checkpoint(decoding: read.encoded()) == read)
        }
      }
    }
  }

  @Test func onlyTheReceiversOwnKeysHoldCheckpoints() {
    func holds(_ key: String) -> Bool { Checkpoint.isCheckpointKey(Array(key.utf8)) }
    #expect(holds("file_input.knownFiles"))
    #expect(holds("file_input.knownFiles99"))
    #expect(!holds("file_input.knownFilesArchiveIndex"))
    #expect(!holds("file_input"))
  }
}
