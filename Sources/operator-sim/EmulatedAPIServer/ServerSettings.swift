internal import FilelogJSON
internal import FoundationEssentials
internal import HTTPServer

/// The keys that must outlive a restart, so that kubeconfigs and tokens stay good.
struct ServerSettings: Sendable {
  let tokenKey: [UInt8]
  let identity: TLSIdentity

  static func fresh() throws(HTTPServerError) -> ServerSettings {
    ServerSettings(
      tokenKey: (0..<32).map { _ in UInt8.random(in: 0...255) }, identity: try .generate())
  }

  private init(tokenKey: [UInt8], identity: TLSIdentity) {
    self.tokenKey = tokenKey
    self.identity = identity
  }

  init(_ json: JSONValue, file: String) throws(Journal.Failure) {
    guard let key = json["tokenKey"]?.string.flatMap({ Data(base64Encoded: $0) }),
      let certificate = json["certificate"]?.string, let privateKey = json["privateKey"]?.string,
      let authority = json["authority"]?.string
    else { throw Journal.Failure(description: "\(file): the emulator's keys are missing") }
    self.init(
      tokenKey: Array(key),
      identity: TLSIdentity(
        certificatePEM: certificate, privateKeyPEM: privateKey, caPEM: authority))
  }

  var json: JSONValue {
    [
      "tokenKey": .string(Data(tokenKey).base64EncodedString()),
      "certificate": .string(identity.certificatePEM),
      "privateKey": .string(identity.privateKeyPEM), "authority": .string(identity.caPEM),
    ]
  }
}

/// The random end of a generated name.
enum NameSuffix {
  private static let letters = Array("bcdfghjklmnpqrstvwxz2456789")

  /// Five characters from the digits of an identifier.
  static func from(_ id: String) -> String {
    let digits = id.compactMap(\.hexDigitValue)
    return String(
      (0..<5).map { index in
        letters[(digits[index * 2] * 16 + digits[index * 2 + 1]) % letters.count]
      })
  }
}
