public import Glibc

extension SystemCalls {
  /// The whole content of a file.
  /// - Parameters:
  ///   - path: the file, absolute or relative to the working directory.
  ///   - limit: the most bytes that it may have.
  /// - Throws: what the system refused; `EFBIG` when there is more than the limit.
  public func content(of path: String, limit: Int) throws(SystemError) -> [UInt8] {
    let descriptor = try open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0)
    defer { try? close(descriptor) }
    return try content(of: descriptor, limit: limit)
  }

  /// What an open file holds, or a pipe until its end.
  /// - Parameters:
  ///   - descriptor: open for reading.
  ///   - limit: the most bytes that it may have.
  ///   - first: nothing is read beyond these bytes.
  public func content(
    of descriptor: Descriptor, limit: Int, first: Int = .max
  ) throws(SystemError) -> [UInt8] {
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while content.count < first {
      var count = 0
      var failure: SystemError?
      let wanted = min(buffer.count, first - content.count)
      buffer.withUnsafeMutableBytes { bytes in
        do throws(SystemError) {
          let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted])
          count = try read(descriptor, part, UInt64(content.count))
        } catch { failure = error }
      }
      if let failure { throw failure }
      if count == 0 { break }
      content += buffer.prefix(count)
      guard content.count <= limit else { throw SystemError("read", EFBIG) }
    }
    return content
  }

  /// Writes all bytes, however few the system takes at once.
  public func writeAll(_ descriptor: Descriptor, _ bytes: some Sequence<UInt8>)
    throws(SystemError)
  {
    var failure: SystemError?
    let done: Void? = bytes.withContiguousStorageIfAvailable { buffer in
      do throws(SystemError) { try writeAll(descriptor, UnsafeRawBufferPointer(buffer)) } catch {
        failure = error
      }
    }
    if done == nil { try writeAll(descriptor, Array(bytes)) }
    if let failure { throw failure }
  }

  private func writeAll(
    _ descriptor: Descriptor, _ bytes: UnsafeRawBufferPointer
  ) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = try write(descriptor, UnsafeRawBufferPointer(rebasing: rest))
      guard count > 0 else { throw SystemError("write", ENOSPC) }
      rest = rest.dropFirst(count)
    }
  }

  /// Puts a file in place: old content or new, never less, a crash or a full disk in between
  /// included. A link in the file's place is replaced, never followed.
  /// - Parameters:
  ///   - path: the file, absolute or relative to `directory`.
  ///   - directory: an open directory; with one, its entry is made durable too.
  ///   - temporary: the name under which the file is written first, in the same directory.
  ///   - mode: the permissions, less what the process's mask takes away.
  ///   - write: writes the content to the open descriptor.
  public func replaceFile(
    _ path: String, in directory: Descriptor = AT_FDCWD, temporary: String, mode: mode_t,
    _ write: (Descriptor) throws(SystemError) -> Void
  ) throws(SystemError) {
    do throws(SystemError) {
      // What an earlier process left there; anything else in its place makes opening fail.
      try? unlink(directory, temporary)
      try writeFile(temporary, in: directory, mode: mode, write)
      try rename(directory, temporary, path)
      if directory != AT_FDCWD { try synchronize(directory) }
    } catch {
      try? unlink(directory, temporary)
      throw error
    }
  }

  private func writeFile(
    _ name: String, in directory: Descriptor, mode: mode_t,
    _ write: (Descriptor) throws(SystemError) -> Void
  ) throws(SystemError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let descriptor = try open(directory, name, flags, mode)
    do throws(SystemError) {
      try write(descriptor)
      try synchronize(descriptor)
    } catch {
      try? close(descriptor)
      throw error
    }
    try close(descriptor)
  }
}
