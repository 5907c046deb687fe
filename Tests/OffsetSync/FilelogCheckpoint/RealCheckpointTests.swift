import BoltFile
import FilelogCheckpoint
import FilelogEncodings
import FilelogJSON
import TestSupport
import Testing

/// Checkpoints that a real collector stored, against what the fixtures say they hold.
@Suite struct RealCheckpointTests {
  @Test(arguments: Fixture.all(in: "collector"))
  func aRealCollectorsValuesDecodeToWhatTheyHold(_ fixture: Fixture) throws {
    let expected = try #require(try fixture.expected()["checkpoints"]?.object)
    let values = try checkpointValues(of: fixture)
    #expect(Set(values.keys) == Set(expected.keys))
    for (key, value) in values {
      let wanted = try #require(expected[key])
      let checkpoint = try Checkpoint(decoding: value)
      #expect(checkpoint.files.count == wanted["count"]?.integer)
      let encoding = wanted["encoding"]?.string
      #expect(value.isEmpty ? encoding == "empty" : encoding == checkpoint.encoding.rawValue)
      for (file, wantedFile) in zip(checkpoint.files, wanted["files"]?.array ?? []) {
        #expect(description(of: file) == wantedFile)
      }
      for (file, wantedFile) in sampled(checkpoint.files, wanted["filesSampled"]) {
        #expect(description(of: file) == wantedFile)
      }
      if let digest = wanted["filesSha256"]?.string {
        #expect(SHA256.hash(lines(checkpoint.files).utf8).hexadecimal == digest)
      }
    }
  }

  @Test(arguments: Fixture.all(in: "collector"))
  func encodingARealCollectorsValueAgainGivesTheSameBytes(_ fixture: Fixture) throws {
    for value in try checkpointValues(of: fixture).values {
      #expect(try Checkpoint(decoding: value).encoded() == value)
    }
  }

  @Test(arguments: Fixture.all(in: "collector"))
  func theOrderOfARealCollectorsEntriesIsNoContent(_ fixture: Fixture) throws {
    for value in try checkpointValues(of: fixture).values {
      var checkpoint = try Checkpoint(decoding: value)
      checkpoint.files.reverse()
      let reversed = checkpoint.encoded()
      #expect(reversed != value || checkpoint.files.count < 2)
      #expect(canonicalContent(of: reversed) == canonicalContent(of: value))
      #expect(canonicalContent(of: value).count == value.count)
    }
  }

  private func checkpointValues(of fixture: Fixture) throws -> [String: [UInt8]] {
    let source = MemorySource(try fixture.bytes()[...], name: fixture.name)
    guard case .bucket(let bucket) = try BoltDatabase.read(source).root[Checkpoint.bucket] else {
      Issue.record("the receiver's bucket is missing")
      return [:]
    }
    var values: [String: [UInt8]] = [:]
    for entry in bucket.entries where Checkpoint.isCheckpointKey(Array(entry.key)) {
      guard case .value(let value) = entry.content else { continue }
      values[String(decoding: entry.key, as: UTF8.self)] = Array(value)
    }
    return values
  }

  private func sampled(_ files: [KnownFile], _ wanted: JSONValue?) -> [(KnownFile, JSONValue)] {
    guard let wanted = wanted?.array else { return [] }
    return Array(zip(files.prefix(3), wanted.prefix(3)))
      + Array(zip(files.suffix(3), wanted.suffix(3)))
  }

  private func lines(_ files: [KnownFile]) -> String {
    files.map { file in
      let digest = SHA256.hash(file.fingerprint).hexadecimal
      return "\(file.path ?? "")\t\(file.offset)\t\(file.recordNumber)\t\(digest)\n"
    }.joined()
  }

  private func description(of file: KnownFile) -> JSONValue {
    var description: JSONValue = [
      "path": .string(file.path ?? ""), "offset": .integer(Int(file.offset)),
      "recordNum": .integer(Int(file.recordNumber)),
      "fingerprintLength": .integer(file.fingerprint.count),
      "fingerprintSha256": .string(SHA256.hash(file.fingerprint).hexadecimal),
      "fileAttributes": .object(file.attributes),
    ]
    description["lastDataChangeUnixNano"] = file.lastDataChange.map { .integer(Int($0)) }
    return description
  }
}
