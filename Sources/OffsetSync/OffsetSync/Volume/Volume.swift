public import BoltFile
internal import Contract
internal import Glibc
public import SystemCalls

/// The offsets directory. Files are named by their plain name in it and opened relative to the open
/// directory, so nothing outside can be reached, not through a link either.
public final class Volume {
  /// What the DaemonSet lets the directory hold, in bytes: the emptyDir's `sizeLimit: 10M`.
  public static let contractSize = Contract.OffsetsVolume.sizeLimitBytes

  /// The directory's absolute path.
  public let path: String
  private let calls: SystemCalls
  private let folder: SystemCalls.Descriptor

  /// Opens an existing directory.
  public init(path: String, calls: SystemCalls = .host) throws(VolumeError) {
    self.path = path
    self.calls = calls
    do {
      folder = try calls.open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    } catch {
      throw VolumeError(path: path, action: "open the offsets directory", cause: error)
    }
  }

  deinit { try? calls.close(folder) }

  /// The names of everything in the directory, sorted; passing files of the collector included.
  public func names() throws(VolumeError) -> [String] {
    do {
      return try calls.names(folder).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch { throw VolumeError(path: path, action: "list", cause: error) }
  }

  /// Opens a plain file for reading.
  public func file(_ name: String) throws(BoltError) -> FileSource {
    try FileSource(path: name, in: folder, name: name, calls: calls)
  }

  /// Puts a file in place: old content or new, never less, a crash or a full disk in between
  /// included.
  /// - Parameter writtenAt: stamps the file as last written then, since 1970; nil: now.
  public func replace(
    _ name: String, with bytes: [UInt8], writtenAt: Duration? = nil
  ) throws(VolumeError) {
    precondition(FileName.isPlain(name), "not a plain file name")
    let partial = FileName.partial(for: name)
    do throws(SystemError) {
      try? calls.unlink(folder, partial)
      try write(bytes, to: partial, writtenAt: writtenAt)
      try calls.rename(folder, partial, name)
      try calls.synchronize(folder)
    } catch {
      try? calls.unlink(folder, partial)
      throw VolumeError(path: path + "/" + name, action: "write", cause: error)
    }
  }

  /// Removes what an earlier life of this program left behind.
  public func removePartialFiles() throws(VolumeError) {
    for name in try names() where name.hasPrefix(FileName.partialPrefix) {
      do { try calls.unlink(folder, name) } catch {
        throw VolumeError(path: path + "/" + name, action: "remove", cause: error)
      }
    }
  }

  private func write(
    _ bytes: [UInt8], to name: String, writtenAt: Duration?
  ) throws(SystemError) {
    // The collector runs as the same user (see the DaemonSet), so owner alone is enough.
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    let descriptor = try calls.open(folder, name, flags, 0o600)
    var failure: SystemError?
    bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      do throws(SystemError) {
        while !rest.isEmpty {
          let written = try calls.write(descriptor, UnsafeRawBufferPointer(rebasing: rest))
          guard written > 0 else { throw SystemError("write", ENOSPC) }
          rest = rest.dropFirst(written)
        }
        if let writtenAt { try SystemCalls.setModified(descriptor, to: writtenAt) }
        try calls.synchronize(descriptor)
      } catch { failure = error }
    }
    do throws(SystemError) { try calls.close(descriptor) } catch { failure = failure ?? error }
    if let failure { throw failure }
  }
}
