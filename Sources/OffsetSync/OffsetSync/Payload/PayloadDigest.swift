internal import FilelogEncodings

extension [UInt8] {
  /// Names a payload in a log line without showing it.
  var sha256: String { SHA256.hash(self).hexadecimal }
}
