internal import CFilelogOpenSSL
internal import CSockets
internal import Glibc

/// A client that sends exactly the bytes it is told to, plain or within TLS, and gives up after ten
/// seconds of silence.
public final class RawClient {
  private let descriptor: Int32
  private var session: OpaquePointer?
  private var received: [UInt8] = []

  public struct Failure: Error {
    public let reason: String

    public init(reason: String) { self.reason = reason }
  }

  public init(port: UInt16) throws {
    descriptor = shim_tcp_socket()
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result != 0 { throw Failure(reason: String(cString: strerror(errno))) }
  }

  deinit {
    if let session { SSL_free(session) }
    close(descriptor)
  }

  /// Goes on within TLS, trusting nothing but `caPEM`, and expecting a certificate for `name`.
  public func startTLS(caPEM: String, name: String) throws {
    let bytes = Array(caPEM.utf8)
    let bio = BIO_new_mem_buf(bytes, Int32(bytes.count))
    defer { BIO_free(bio) }
    let authority = PEM_read_bio_X509(bio, nil, nil, nil)
    defer { X509_free(authority) }
    let context = SSL_CTX_new(TLS_client_method())
    defer { SSL_CTX_free(context) }
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority)
    X509_VERIFY_PARAM_set_flags(
      SSL_CTX_get0_param(context), UInt(X509_V_FLAG_X509_STRICT))
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    let session = SSL_new(context)
    self.session = session
    let parameters = SSL_get0_param(session)
    if X509_VERIFY_PARAM_set1_ip_asc(parameters, name) != 1 {
      X509_VERIFY_PARAM_set1_host(parameters, name, 0)
    }
    SSL_set_fd(session, descriptor)
    guard SSL_connect(session) == 1 else {
      throw Failure(
        reason: String(cString: X509_verify_cert_error_string(SSL_get_verify_result(session))))
    }
  }

  public func send(_ text: String) throws { try send(Array(text.utf8)) }

  public func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { raw in
        if let session { return Int(SSL_write(session, raw.baseAddress, Int32(raw.count))) }
        return shim_send(descriptor, raw.baseAddress, raw.count)
      }
      guard count > 0 else { throw Failure(reason: String(cString: strerror(errno))) }
      rest = rest.dropFirst(count)
    }
  }

  /// Everything up to and including `end`.
  public func receive(through end: String) throws -> String {
    let pattern = Array(end.utf8)
    while true {
      if let range = received.firstRange(of: pattern) {
        defer { received.removeSubrange(..<range.upperBound) }
        return String(decoding: received[..<range.upperBound], as: UTF8.self)
      }
      guard try receiveMore() else {
        throw Failure(reason: "ended after: \(String(decoding: received, as: UTF8.self))")
      }
    }
  }

  /// Everything until the server closes the connection.
  public func receiveToEnd() throws -> String {
    while try receiveMore() {}
    return String(decoding: received, as: UTF8.self)
  }

  /// One answer with `Content-Length`: its head and its body.
  public func answer() throws -> (head: String, body: String) {
    let head = try receive(through: "\r\n\r\n")
    let length =
      head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
      .flatMap { Int($0.dropFirst(16)) } ?? 0
    while received.count < length {
      guard try receiveMore() else { throw Failure(reason: "the answer was cut off") }
    }
    defer { received.removeFirst(length) }
    return (head, String(decoding: received[..<length], as: UTF8.self))
  }

  /// False at the end of the connection.
  private func receiveMore() throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = buffer.withUnsafeMutableBytes { raw in
      if let session { return Int(SSL_read(session, raw.baseAddress, Int32(raw.count))) }
      return recv(descriptor, raw.baseAddress, raw.count, 0)
    }
    if count < 0, session == nil { throw Failure(reason: String(cString: strerror(errno))) }
    received += buffer[..<max(0, count)]
    return count > 0
  }
}
