import Glibc
import TestSupport
import Testing

@testable import Simulation

/// Files of the work directory.
@Suite struct FilesTests {
  /// Also where a readable file, or a link to one, is in its place.
  @Test(arguments: [false, true])
  func secretIsReadableByItsOwnerAlone(_ isLink: Bool) throws {
    try HostFiles.withTemporaryDirectory { directory in
      let path = directory + "/token"
      let other = directory + "/other"
      try HostFiles.write(Array("before".utf8), to: isLink ? other : path)
      #expect(chmod(isLink ? other : path, 0o644) == 0)
      if isLink { #expect(symlink(other, path) == 0) }
      try Files.writePrivate("secret".utf8, to: path)
      var status = stat()
      #expect(lstat(path, &status) == 0)
      #expect(status.st_mode == S_IFREG | 0o600)
      #expect(try HostFiles.read(path) == Array("secret".utf8))
      if isLink { #expect(try HostFiles.read(other) == Array("before".utf8)) }
    }
  }
}
