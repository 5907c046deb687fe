import Glibc
import SystemCalls
import TestSupport
import Testing

@Suite struct FileContentTests {
  private let folder = TemporaryFolder()

  @Test(arguments: [0, 1, 16 << 10, 40_000])
  func aFileIsReadWhole(_ count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    try HostFiles.write(bytes, to: folder.path + "/file")
    #expect(try SystemCalls.host.content(of: folder.path + "/file", limit: count) == bytes)
  }

  @Test func aFileLongerThanTheLimitIsRefused() throws {
    try HostFiles.write([1, 2, 3], to: folder.path + "/file")
    let error = #expect(throws: SystemError.self) {
      try SystemCalls.host.content(of: folder.path + "/file", limit: 2)
    }
    #expect(error?.description == "read: File too large")
  }

  @Test func aFileThatIsNotThereIsSaidToBe() {
    let error = #expect(throws: SystemError.self) {
      try SystemCalls.host.content(of: folder.path + "/none", limit: 2)
    }
    #expect(error?.description == "open: No such file or directory")
  }

  @Test func theEnvironmentIsWhatGetenvSays() {
    setenv("OFFSET_SYNC_TEST", "a=b=", 1)
    defer { unsetenv("OFFSET_SYNC_TEST") }
    #expect(ProcessEnvironment.variables["OFFSET_SYNC_TEST"] == "a=b=")
  }
}
