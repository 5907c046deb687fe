import FilelogEncodings
import FilelogHTTPClient
import FilelogKubernetesAPI
import FilelogText
import Testing

@Suite struct TokenRedactionTests {
  private static let token =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQifQ.c2lnbmF0dXJl-_x"

  private static func echoes() -> [String] {
    let escaped = token.utf8.map { byte in
      let hex = String(byte, radix: 16)
      return "\\u00" + (hex.count == 1 ? "0" : "") + hex
    }.joined()
    let spaced = token.map { "\($0) " }.joined()
    let lines = stride(from: 0, to: token.count, by: 7).map { token.dropFirst($0).prefix(7) }
      .joined(separator: "\n")
    return [
      "bad token \(token)", "Bearer " + token, String(token.dropFirst(20)), escaped, spaced, lines,
      Base64.encode(Array(token.utf8)), Base64.encode(Array(("Bearer " + token).utf8)),
      Base64.encode(Array(("xy" + token).utf8)),
      "\"" + token.split(separator: ".").joined(separator: "\" \"") + "\"",
    ]
  }

  @Test(arguments: echoes())
  func noEchoOfTheTokenReachesAnError(_ echo: String) {
    let escapes = echo.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("\n", with: "\\n")
    let json = #"{"kind":"Status","reason":"Unauthorized","message":"it was \#(escapes) there"}"#
    // The same where the server's own JSON is escaped.
    let direct = #"{"kind":"Status","message":"it was \#(echo) there"}"#
    for (body, type) in [
      (json, "application/json"), (direct, "application/json"), ("it was " + echo, "text/plain"),
    ] {
      let answer = HTTPResponse(
        status: 401, headers: ["Content-Type": type], body: Array(body.utf8))
      let text = KubernetesStatus(answer: answer, token: Self.token).description
      let letters = Array(text.utf8.filter { $0 > 0x20 && $0 != UInt8(ascii: "\\") })
      for start in stride(from: 0, to: Self.token.utf8.count - 12, by: 3) {
        let part = Array(Self.token.utf8.dropFirst(start).prefix(12))
        #expect(!letters.contains(part), "\(text)")
      }
      let encoded = Base64.encode(Array(Self.token.utf8.dropFirst(24))).dropLast(8)
      #expect(!text.contains(encoded.prefix(16)))
    }
  }

  @Test func otherTextStays() {
    let text =
      "configmaps \"offsets\" is forbidden: User \"system:serviceaccount:otel:agent\" cannot patch"
    let answer = HTTPResponse(
      status: 403, headers: ["Content-Type": "text/plain"], body: Array(text.utf8))
    #expect(KubernetesStatus(answer: answer, token: Self.token).message == text)
  }
}
