internal import Glibc

extension SystemCalls {
  /// The whole content of a file.
  /// - Parameters:
  ///   - path: the file, absolute or relative to the working directory.
  ///   - limit: the most bytes that it may have.
  /// - Throws: what the system refused; `EFBIG` when there is more than the limit.
  public func content(of path: String, limit: Int) throws(SystemError) -> [UInt8] {
    let descriptor = try open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0)
    defer { try? close(descriptor) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      var count = 0
      var failure: SystemError?
      buffer.withUnsafeMutableBytes { bytes in
        do throws(SystemError) {
          count = try read(descriptor, bytes, UInt64(content.count))
        } catch { failure = error }
      }
      if let failure { throw failure }
      if count == 0 { return content }
      content += buffer.prefix(count)
      guard content.count <= limit else { throw SystemError("read", EFBIG) }
    }
  }
}
