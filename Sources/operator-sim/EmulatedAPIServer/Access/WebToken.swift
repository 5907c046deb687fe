internal import FilelogEncodings
internal import FilelogJSON
internal import Synchronization

/// JSON web tokens signed by HMAC-SHA256, looking like those of a real cluster.
struct WebToken: Sendable {
  private let key: [UInt8]
  /// The claims of tokens that were verified: they come with every request.
  private let verified = Verified()

  private final class Verified: Sendable {
    let claims = Mutex<[String: JSONValue]>([:])
  }
  init(key: [UInt8]) { self.key = key }

  func sign(_ claims: JSONValue) -> String {
    let header: JSONValue = ["alg": "HS256", "typ": "JWT"]
    let signed =
      Self.encode(JSONWriter.compact.bytes(header)) + "."
      + Self.encode(JSONWriter.compact.bytes(claims))
    return signed + "." + Self.encode(signature(Array(signed.utf8)))
  }

  /// The claims of a token; nil when this key did not sign it.
  func claims(_ token: String) -> JSONValue? {
    if let known = verified.claims.withLock({ $0[token] }) { return known }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    let signed = Array("\(parts[0]).\(parts[1])".utf8)
    guard Self.encode(signature(signed)) == parts[2], let payload = Self.decode(parts[1]) else {
      return nil
    }
    guard let claims = try? StrictJSONReader.read(payload).value else { return nil }
    verified.claims.withLock { verified in
      if verified.count > 4096 { verified = [:] }
      verified[token] = claims
    }
    return claims
  }

  /// HMAC, RFC 2104; the key is as long as a block or shorter.
  private func signature(_ message: [UInt8]) -> [UInt8] {
    let padded = key + [UInt8](repeating: 0, count: max(0, 64 - key.count))
    let inner = SHA256.hash(padded.map { $0 ^ 0x36 } + message)
    return SHA256.hash(padded.map { $0 ^ 0x5c } + inner)
  }

  static func encode(_ bytes: [UInt8]) -> String {
    let text = Base64.encode(bytes).map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
    return String(text.prefix { $0 != "=" })
  }

  static func decode(_ text: Substring) -> [UInt8]? {
    let standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
    return Base64.decode(standard + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
  }
}
