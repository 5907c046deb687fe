/// Compressed bytes that cannot be expanded.
public enum GzipError: Error, Hashable, Sendable {
  /// Not gzip, cut off, or with a wrong checksum or length; in zlib's words, which repeat nothing of
  /// the input.
  case damaged(String)
  /// It expands to more than this many bytes.
  case tooLarge(limit: Int)
}
