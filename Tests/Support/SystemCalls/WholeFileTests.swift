import FilelogSystemCalls
import Glibc
import TestSupport
import Testing

@Suite struct WholeFileTests {
  private let directory = TemporaryDirectory()

  @Test(arguments: [0, 1, 16 << 10, 40_000])
  func contentReturnsTheWholeFile(_ count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    try HostFiles.write(bytes, to: directory.path + "/file")
    #expect(try SystemCalls.host.content(of: directory.path + "/file", limit: count) == bytes)
  }

  @Test func contentBeyondTheLimitThrows() throws {
    try HostFiles.write([1, 2, 3], to: directory.path + "/file")
    let error = #expect(throws: SystemError.self) {
      try SystemCalls.host.content(of: directory.path + "/file", limit: 2)
    }
    #expect(error?.description == "read: File too large")
  }

  @Test func contentOfMissingFileThrows() {
    let error = #expect(throws: SystemError.self) {
      try SystemCalls.host.content(of: directory.path + "/none", limit: 2)
    }
    #expect(error?.description == "open: No such file or directory")
  }

  @Test func processEnvironmentMatchesGetenv() {
    setenv("OFFSET_SYNC_TEST", "a=b=", 1)
    defer { unsetenv("OFFSET_SYNC_TEST") }
    #expect(ProcessEnvironment.variables["OFFSET_SYNC_TEST"] == "a=b=")
  }

  @Test func contentOfPipeEndsWithThePipe() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    try SystemCalls.host.writeAll(ends[1], [1, 2, 3])
    close(ends[1])
    #expect(try SystemCalls.host.content(of: ends[0], limit: 3) == [1, 2, 3])
  }

  @Test func contentStopsAfterTheFirstBytesAskedFor() throws {
    try HostFiles.write([1, 2, 3], to: directory.path + "/file")
    let descriptor = open(directory.path + "/file", O_RDONLY)
    defer { close(descriptor) }
    #expect(try SystemCalls.host.content(of: descriptor, limit: 9, first: 2) == [1, 2])
  }

  @Test func replaceFileTakesTheModeAndReplacesLinks() throws {
    let (path, target) = (directory.path + "/file", directory.path + "/target")
    try HostFiles.write([9], to: target)
    symlink(target, path)
    try replace(path) { (descriptor) throws(SystemError) in
      try SystemCalls.host.writeAll(descriptor, [1, 2])
    }
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode == S_IFREG | 0o600)
    #expect(try HostFiles.read(path) == [1, 2])
    #expect(try HostFiles.read(target) == [9])
  }

  @Test func replaceFileNeverWritesThroughALinkInTheTemporarysPlace() throws {
    let (path, target) = (directory.path + "/file", directory.path + "/target")
    symlink(target, path + ".new")
    try replace(path) { (descriptor) throws(SystemError) in
      try SystemCalls.host.writeAll(descriptor, [1])
    }
    #expect(HostFiles.list(directory.path) == ["file"])
    // A directory cannot be unlinked, and what lies in it stays.
    mkdir(path + ".new", 0o700)
    #expect(throws: SystemError("open", EEXIST)) { try replace(path) { _ in } }
  }

  @Test func replaceFileThatFailsKeepsTheOldContent() throws {
    let path = directory.path + "/file"
    try HostFiles.write([1], to: path)
    #expect(throws: SystemError("write", ENOSPC)) {
      try replace(path) { (_) throws(SystemError) in throw SystemError("write", ENOSPC) }
    }
    #expect(try HostFiles.read(path) == [1])
    #expect(HostFiles.list(directory.path) == ["file"])
  }

  @Test func writeAllGoesOnAfterShortWrites() throws {
    var written: [UInt8] = []
    var calls = SystemCalls.host
    calls.write = { (_, buffer) throws(SystemError) in min(2, buffer.count) }
    try calls.writeAll(0, [1, 2, 3, 4, 5])
    calls.write = { (_, _) throws(SystemError) in 0 }
    written = [1]
    #expect(throws: SystemError("write", ENOSPC)) { try calls.writeAll(0, written) }
  }

  private func replace(
    _ path: String, _ write: (SystemCalls.Descriptor) throws(SystemError) -> Void
  ) throws(SystemError) {
    try SystemCalls.host.replaceFile(path, temporary: path + ".new", mode: 0o600, write)
  }
}
