internal import CFilelogOpenSSL

/// A connection within TLS. OpenSSL writes to the socket itself, so the thread must have SIGPIPE
/// blocked (``ServerThread`` does that).
final class TLSStream: ConnectionStream, @unchecked Sendable {
  private let session: OpaquePointer

  /// Shakes hands with the client.
  init(
    descriptor: Int32, context: TLSContext, until deadline: ContinuousClock.Instant
  ) throws(HTTPConnectionEnded) {
    guard let session = SSL_new(context.pointer) else {
      throw HTTPConnectionEnded(description: "no memory for a TLS session")
    }
    self.session = session
    super.init(descriptor: descriptor)
    SSL_set_fd(session, descriptor)
    while true {
      ERR_clear_error()
      let result = SSL_accept(session)
      if result == 1 { return }
      guard try waitFor(SSL_get_error(session, result), until: deadline) else {
        throw HTTPConnectionEnded(description: "TLS handshake failed")
      }
    }
  }

  deinit { SSL_free(session) }

  override func receive(
    _ buffer: UnsafeMutableRawBufferPointer, until deadline: ContinuousClock.Instant
  ) throws(HTTPConnectionEnded) -> Int {
    while true {
      ERR_clear_error()
      let count = SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
      if count > 0 { return Int(count) }
      guard try waitFor(SSL_get_error(session, count), until: deadline) else { return 0 }
    }
  }

  override func send(
    _ bytes: UnsafeRawBufferPointer, patience: Duration
  ) throws(HTTPConnectionEnded) {
    var rest = bytes[...]
    while !rest.isEmpty {
      ERR_clear_error()
      let chunk = UnsafeRawBufferPointer(rebasing: rest)
      let count = SSL_write(session, chunk.baseAddress, Int32(clamping: chunk.count))
      if count > 0 {
        rest = rest.dropFirst(Int(count))
      } else if !(try waitFor(SSL_get_error(session, count), until: .now + patience)) {
        throw HTTPConnectionEnded(description: "the client is gone")
      }
    }
  }

  override func finishSending() {
    ERR_clear_error()
    _ = SSL_shutdown(session)
    super.finishSending()
  }

  /// Waits for what OpenSSL needs before it can go on.
  /// - Returns: false when going on is pointless.
  private func waitFor(
    _ code: Int32, until deadline: ContinuousClock.Instant
  ) throws(HTTPConnectionEnded) -> Bool {
    switch code {
    case SSL_ERROR_WANT_READ: try wait(.readable, until: deadline)
    case SSL_ERROR_WANT_WRITE: try wait(.writable, until: deadline)
    default: return false
    }
    return true
  }
}

/// What all sessions of a server share.
final class TLSContext: @unchecked Sendable {
  let pointer: OpaquePointer

  init(_ identity: TLSIdentity) throws(HTTPServerError) {
    guard let context = SSL_CTX_new(TLS_server_method()) else {
      throw .unusableIdentity(reason: "no memory")
    }
    pointer = context
    _ = shim_require_tls12(context)
    _ = shim_set_nonblocking_modes(context)
    guard let certificate = OpenSSL.certificate(pem: identity.certificatePEM) else {
      throw .unusableIdentity(reason: "the certificate is not PEM")
    }
    defer { X509_free(certificate) }
    guard let key = OpenSSL.privateKey(pem: identity.privateKeyPEM) else {
      throw .unusableIdentity(reason: "the private key is not PEM")
    }
    defer { EVP_PKEY_free(key) }
    guard SSL_CTX_use_certificate(context, certificate) == 1,
      SSL_CTX_use_PrivateKey(context, key) == 1, SSL_CTX_check_private_key(context) == 1
    else { throw .unusableIdentity(reason: "certificate and key do not fit") }
  }

  deinit { SSL_CTX_free(pointer) }
}
