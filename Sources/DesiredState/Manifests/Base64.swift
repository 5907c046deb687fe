internal import FoundationEssentials

/// Binary data as Kubernetes wants it in JSON.
enum Base64 {
  static func encode(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString()
  }
}
