internal import FoundationEssentials
internal import Glibc

/// A directory of its own for one test, removed with everything in it when the last reference goes.
public final class TemporaryDirectory: Sendable {
  public let path: String

  public init() {
    var template = Array("/tmp/filelog-offset-sync-test-XXXXXX".utf8) + [0]
    let isMade = template.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        characters.baseAddress.map { mkdtemp($0) != nil } ?? false
      }
    }
    precondition(isMade, "no temporary directory can be made")
    path = String(decoding: template.dropLast(), as: UTF8.self)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file under a temporary name and moves it into place, as the kubelet does: a new file,
  /// never a half one.
  @discardableResult
  public func write(_ name: String, _ bytes: some Sequence<UInt8>) -> String {
    let file = path + "/" + name
    let descriptor = open(file + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "the temporary directory takes no files")
    let content = Array(bytes)
    let count = content.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
    precondition(count == content.count && rename(file + ".new", file) == 0)
    return file
  }

  @discardableResult
  public func write(_ name: String, _ text: String) -> String { write(name, text.utf8) }

  public func remove(_ name: String) { unlink(path + "/" + name) }
}
