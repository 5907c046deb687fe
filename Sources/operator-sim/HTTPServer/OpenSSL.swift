internal import CFilelogOpenSSL

/// Conversions between OpenSSL's objects and PEM text.
enum OpenSSL {
  static func certificate(pem: String) -> OpaquePointer? {
    reading(pem) { PEM_read_bio_X509($0, nil, nil, nil) }
  }

  static func privateKey(pem: String) -> OpaquePointer? {
    reading(pem) { PEM_read_bio_PrivateKey($0, nil, nil, nil) }
  }

  static func pem(certificate: OpaquePointer) -> String? {
    writing { PEM_write_bio_X509($0, certificate) }
  }

  static func pem(privateKey: OpaquePointer) -> String? {
    writing { PEM_write_bio_PrivateKey($0, privateKey, nil, nil, 0, nil, nil) }
  }

  private static func reading(_ pem: String, _ read: (OpaquePointer?) -> OpaquePointer?)
    -> OpaquePointer?
  {
    let bytes = Array(pem.utf8)
    guard let bio = BIO_new_mem_buf(bytes, Int32(clamping: bytes.count)) else { return nil }
    defer { BIO_free(bio) }
    // The buffer is only borrowed: read while `bytes` is certainly alive.
    return withExtendedLifetime(bytes) { read(bio) }
  }

  private static func writing(_ write: (OpaquePointer?) -> Int32) -> String? {
    guard let bio = BIO_new(BIO_s_mem()) else { return nil }
    defer { BIO_free(bio) }
    guard write(bio) == 1 else { return nil }
    var bytes: UnsafeMutablePointer<CChar>?
    let count = shim_bio_contents(bio, &bytes)
    guard let bytes, count > 0 else { return nil }
    return String(
      decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
  }
}
