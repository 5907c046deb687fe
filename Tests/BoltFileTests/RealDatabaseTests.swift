import BoltFile
import Digest
import JSON
import TestSupport
import Testing

@Suite struct RealDatabaseTests {
  static let sound = Fixture.all(in: "collector") + Fixture.all(in: "bbolt")

  @Test(arguments: sound)
  func isReadToItsExpectedContent(_ fixture: Fixture) throws {
    let bytes = try fixture.bytes()
    let expected = try fixture.expected()
    try #require(SHA256.hash(bytes).hexadecimal == expected["fileSha256"]?.string)
    let content = try BoltDatabase.read(MemorySource(bytes[...], name: fixture.name))
    #expect(content.transaction == UInt64(expected["txid"]?.integer ?? -1))
    #expect(content.pageSize == expected["pageSize"]?.integer)
    try expect(content, equals: expected)
  }

  @Test(arguments: sound)
  func holdsTheSameAfterItWasWrittenCompactly(_ fixture: Fixture) throws {
    let bytes = try fixture.bytes()
    let content = try BoltDatabase.read(MemorySource(bytes[...], name: fixture.name))
    let compact = content.compactFile()
    let again = try BoltDatabase.read(MemorySource(compact[...], name: "compact"))
    #expect(again == content)
    #expect(again.compactFile() == compact)
    if fixture.name.hasPrefix("collector/") { #expect(compact.count <= bytes.count) }
  }

  @Test func thereAreAllThirteenScenariosOfTheCollector() {
    let folders = Set(Fixture.all(in: "collector").map { $0.name.split(separator: "/")[1] })
    #expect(folders.count == 13)
  }
}

@Suite struct DamagedDatabaseTests {
  @Test(arguments: Fixture.all(in: "damaged"))
  func isReadOrRefusedAsItsExpectedFileSays(_ fixture: Fixture) throws {
    let expected = try fixture.expected()
    let bytes = try fixture.bytes()
    let result = Result { () throws(BoltError) in
      try BoltDatabase.read(MemorySource(bytes[...], name: "receiver_filelog_"))
    }
    switch expected["strictReader"]?.string {
    case "reads":
      try expectRealContent(of: try result.get(), fixture: expected)
    case "rejects":
      let error = #expect(throws: BoltError.self) { try result.get() }
      #expect(error?.file == "receiver_filelog_")
      if error?.code == .damaged {
        #expect(error?.page != nil)
        #expect(error?.offset != nil)
      }
    case "either":
      if case .success(let content) = result {
        try expectRealContent(of: content, fixture: expected)
      }
    default: Issue.record("unknown expectation")
    }
  }

  /// What the real library read: written out, or the source's content.
  private func expectRealContent(of content: BoltContent, fixture: JSONValue) throws {
    let read = fixture["bbolt"]?["read"]?["content"]
    if let read, read["buckets"]?.array != nil {
      try expect(content, equals: read)
    } else {
      var name = try #require(fixture["source"]?.string)
      if name.hasSuffix(".db.gz") { name.removeLast(3) }
      try expect(content, equals: try Fixture(name: name).expected())
    }
  }
}
