import FilelogJSON
import FoundationEssentials
import TestSupport
import Testing

@testable import EmulatedAPIServer

/// State that survives in a file.
@Suite struct JournalTests {
  private let directory = TemporaryDirectory()
  private var path: String { directory.path + "/state" }

  private func cluster() throws -> TestCluster {
    let path = path
    return try TestCluster { $0.dataFile = path }
  }

  /// Uses an emulator, which has let go of the file at the end.
  private func during<Result>(_ body: (TestCluster) throws -> Result) throws -> Result {
    try body(try cluster())
  }

  @Test func objectsVersionsAndTokensAreThereAfterARestart() throws {
    let (map, token) = try during { before in
      _ = before.post(Maps.all, Maps.object("m", ["data": ["a": "1"]]))
      _ = before.merge(Maps.path("m"), ["data": ["b": "2"]])
      _ = before.post(Maps.all, Maps.object("gone"))
      _ = before.send("DELETE", Maps.path("gone"))
      return (
        before.get(Maps.path("m")),
        try before.server.issueToken(serviceAccount: "default", namespace: "default")
      )
    }

    let after = try cluster()
    #expect(after.get(Maps.path("m")).bytes == map.bytes)
    #expect(after.get(Maps.path("gone")).status == 404)
    #expect(after.get(Maps.path("m"), token: token).status == 403)
    let patched = after.merge(Maps.path("m"), ["data": ["c": "3"]])
    let (old, new) = (map.resourceVersion, patched.resourceVersion)
    #expect(try #require(new.flatMap { Int($0) }) > #require(old.flatMap { Int($0) }))
  }

  @Test func whatAKillCutOffIsDropped() throws {
    try during { before in
      _ = before.post(Maps.all, Maps.object("m"))
      _ = before.post(Maps.all, Maps.object("half"))
    }
    let whole = try Data(contentsOf: URL(filePath: path))
    let lines = whole.split(separator: UInt8(ascii: "\n"))
    let last = try #require(lines.last)
    for kept in [0, 1, last.count / 2, last.count] {
      try whole.dropLast(last.count + 1 - kept).write(to: URL(filePath: path))
      try during { after in
        #expect(after.get(Maps.path("m")).status == 200)
        #expect(after.get(Maps.path("half")).status == 404)
      }
    }
  }

  @Test func theFileBelongsToItsOwnerAlone() throws {
    try during { _ in }
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test func aFileOfSomethingElseIsLeftAlone() throws {
    try Data("hello\n".utf8).write(to: URL(filePath: path))
    let error = #expect(throws: Journal.Failure.self) { try cluster() }
    #expect(error?.description == "\(path): not a state file of operator-sim serve")
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("hello\n".utf8))
  }

  @Test func aDamagedRecordIsNamed() throws {
    try during { _ in }
    var content = try Data(contentsOf: URL(filePath: path))
    let lines = content.count { $0 == UInt8(ascii: "\n") }
    content += Data("{broken}\n".utf8)
    try content.write(to: URL(filePath: path))
    let error = #expect(throws: Journal.Failure.self) { try cluster() }
    #expect(error?.description == "\(path):\(lines + 1): not a record")
  }

  @Test func aDirectoryThatIsNotThereIsAnError() throws {
    let missing = path + "/none/state"
    let error = #expect(throws: Journal.Failure.self) {
      try TestCluster { $0.dataFile = missing }
    }
    #expect(error?.description == "\(missing): No such file or directory")
  }

  @Test func aSecondEmulatorIsKeptAway() throws {
    try during { first in
      _ = first.post(Maps.all, Maps.object("m"))
      let held = try Data(contentsOf: URL(filePath: path))
      let error = #expect(throws: Journal.Failure.self) { try cluster() }
      #expect(
        error?.description
          == "\(path): another operator-sim serve uses it; stop that one, or choose another file")
      #expect(try Data(contentsOf: URL(filePath: path)) == held)
      // The first goes on writing into the file of that name.
      _ = first.post(Maps.all, Maps.object("n"))
      #expect(try Data(contentsOf: URL(filePath: path)).count > held.count)
    }
    try during { #expect($0.get(Maps.path("n")).status == 200) }
  }

  /// A journal is replaced as it is opened: a device in its place would be gone.
  @Test func deviceIsRefusedAndStays() throws {
    let directory = TemporaryDirectory()
    let link = directory.path + "/null"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/null")
    let error = #expect(throws: Journal.Failure.self) { try Journal(path: link, settings: [:]) }
    #expect(error?.description == "\(link): not a plain file; choose another one")
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["null"])
  }
}
