internal import CFilelogOpenSSL
internal import Glibc

/// A certificate and the key it was made for.
final class Certificate {
  let certificate: OpaquePointer
  let key: OpaquePointer

  fileprivate init(certificate: OpaquePointer, key: OpaquePointer) {
    self.certificate = certificate
    self.key = key
  }

  deinit {
    X509_free(certificate)
    EVP_PKEY_free(key)
  }

  func certificatePEM() throws(HTTPServerError) -> String {
    guard let pem = OpenSSL.pem(certificate: certificate) else {
      throw .unusableIdentity(reason: "the certificate cannot be written")
    }
    return pem
  }

  func privateKeyPEM() throws(HTTPServerError) -> String {
    guard let pem = OpenSSL.pem(privateKey: key) else {
      throw .unusableIdentity(reason: "the private key cannot be written")
    }
    return pem
  }
}

/// Makes X.509 certificates that Go's, OpenSSL's and Python's strict verifiers all accept.
enum CertificateBuilder {
  static func authority(seconds: Int) throws(HTTPServerError) -> Certificate {
    try make(
      commonName: "operator-sim authority", seconds: seconds, signedBy: nil,
      extensions: [
        (NID_basic_constraints, "critical,CA:TRUE"),
        (NID_key_usage, "critical,keyCertSign,cRLSign"),
        (NID_subject_key_identifier, "hash"),
      ])
  }

  static func server(
    alternatives: [String], seconds: Int, signedBy authority: Certificate
  ) throws(HTTPServerError) -> Certificate {
    try make(
      commonName: "operator-sim", seconds: seconds, signedBy: authority,
      extensions: [
        (NID_basic_constraints, "critical,CA:FALSE"),
        (NID_key_usage, "critical,digitalSignature"),
        (NID_ext_key_usage, "serverAuth"),
        (NID_subject_key_identifier, "hash"),
        (NID_authority_key_identifier, "keyid"),
        (NID_subject_alt_name, alternatives.joined(separator: ",")),
      ])
  }

  private static func make(
    commonName: String, seconds: Int, signedBy issuer: Certificate?,
    extensions: [(id: Int32, value: String)]
  ) throws(HTTPServerError) -> Certificate {
    guard let key = shim_new_p256_key() else {
      throw .unusableIdentity(reason: "no key could be made")
    }
    guard let certificate = X509_new() else {
      EVP_PKEY_free(key)
      throw .unusableIdentity(reason: "no memory")
    }
    let made = Certificate(certificate: certificate, key: key)
    X509_set_version(certificate, 2)
    guard setSerial(certificate), setName(X509_get_subject_name(certificate), commonName),
      X509_gmtime_adj(X509_getm_notBefore(certificate), min(0, seconds) - 3600) != nil,
      X509_time_adj_ex(
        X509_getm_notAfter(certificate), Int32(clamping: seconds / 86_400), seconds % 86_400, nil)
        != nil,
      X509_set_pubkey(certificate, key) == 1,
      X509_set_issuer_name(
        certificate, X509_get_subject_name((issuer ?? made).certificate)) == 1
    else { throw .unusableIdentity(reason: "the certificate cannot be filled in") }
    for (id, value) in extensions {
      try add(id, value, to: certificate, issuer: issuer ?? made)
    }
    guard X509_sign(certificate, (issuer ?? made).key, EVP_sha256()) > 0 else {
      throw .unusableIdentity(reason: "the certificate cannot be signed")
    }
    return made
  }

  /// Random, so that an authority made anew is never taken for an older one of the same name.
  private static func setSerial(_ certificate: OpaquePointer) -> Bool {
    let number = Int64.random(in: 1...Int64.max)
    return ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), number) == 1
  }

  private static func setName(_ name: OpaquePointer?, _ commonName: String) -> Bool {
    let bytes = Array(commonName.utf8)
    return X509_NAME_add_entry_by_NID(
      name, NID_commonName, MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0) == 1
  }

  private static func add(
    _ id: Int32, _ value: String, to certificate: OpaquePointer, issuer: Certificate
  ) throws(HTTPServerError) {
    var context = X509V3_CTX()
    X509V3_set_ctx(&context, issuer.certificate, certificate, nil, nil, 0)
    guard let made = X509V3_EXT_conf_nid(nil, &context, id, value) else {
      throw .unusableIdentity(reason: "no certificate can be made for \(value)")
    }
    defer { X509_EXTENSION_free(made) }
    X509_add_ext(certificate, made, -1)
  }
}
