import CommandLine
import Glibc

/// Files that hold secrets: only their owner reads them, from their first moment.
enum PrivateFile {
  static func write(_ text: String, to path: String) throws(CommandFailure) {
    let temporary = path + ".new"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let problem = failure(path)
        close(descriptor)
        unlink(temporary)
        throw problem
      }
      bytes = bytes.dropFirst(count)
    }
    close(descriptor)
    if rename(temporary, path) != 0 { throw failure(path) }
  }

  private static func failure(_ path: String) -> CommandFailure {
    CommandFailure("\(path): cannot be written: \(String(cString: strerror(errno)))")
  }
}
