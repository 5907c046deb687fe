internal import CFilelogOpenSSL

/// SHA-256 (FIPS 180-4), computed by OpenSSL, which the program links for TLS anyway: databases of
/// megabytes are digested at every scan, with instructions of the processor that Swift does not know.
struct FastSHA256: ~Copyable {
  private let context: OpaquePointer

  /// The digest of nothing yet.
  /// - Precondition: OpenSSL offers SHA-256, as every build of it does.
  init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("OpenSSL offers no SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds bytes to what is digested.
  mutating func update(_ bytes: some Sequence<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable { buffer in
      _ = EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
    }
    if done == nil { update(Array(bytes)) }
  }

  /// The 32 bytes of the digest of all that was given.
  consuming func finish() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
      EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
      count = 32
    }
  }
}
