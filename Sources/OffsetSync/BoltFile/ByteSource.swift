/// Where a reader gets a database's bytes from: a file, memory, or a test's idea of trouble.
public protocol ByteSource {
  /// How errors name it.
  var name: String { get }

  /// Its length in bytes at this moment.
  func size() throws(BoltError) -> UInt64

  /// When it was last written, since 1970; nil where that is not known.
  var writtenAt: Duration? { get }

  /// Up to `count` bytes from `offset` on; fewer only where the source ends.
  func read(at offset: UInt64, count: Int) throws(BoltError) -> ArraySlice<UInt8>
}

extension ByteSource {
  public var writtenAt: Duration? { nil }
}

/// A database that lies in memory.
public struct MemorySource: ByteSource {
  public let name: String
  private let bytes: ArraySlice<UInt8>

  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - name: how errors name it.
  public init(_ bytes: ArraySlice<UInt8>, name: String) {
    self.name = name
    self.bytes = bytes
  }

  public func size() -> UInt64 { UInt64(bytes.count) }

  public func read(at offset: UInt64, count: Int) -> ArraySlice<UInt8> {
    guard offset < UInt64(bytes.count) else { return [] }
    return bytes.dropFirst(Int(offset)).prefix(count)
  }
}
