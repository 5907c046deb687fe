internal import FilelogSystemCalls
internal import Glibc

/// A file that is appended to, a whole text with one system call.
final class AppendedFile {
  private let descriptor: Int32
  private let path: String

  init(path: String) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw SimulationError("\(path) cannot be opened: \(String(cString: strerror(errno)))")
    }
    self.path = path
  }

  deinit { _ = close(descriptor) }

  func append(_ text: String) throws {
    do { try SystemCalls.host.writeAll(descriptor, text.utf8) } catch {
      throw SimulationError("\(path) cannot be written: \(error.reason)")
    }
  }
}
