internal import HTTPClient
internal import JSON

/// What a plugin answered: an `ExecCredential` with a status.
struct PluginCredential: Hashable {
  let token: String?
  let certificate: ClientCertificate?
  /// Seconds since 1970; nil: as long as the server takes it.
  let expires: Int?

  /// - Throws: ``ConfigurationError``, never with a part of the credential in it.
  init(_ output: [UInt8], of plugin: ExecPlugin) throws(ConfigurationError) {
    func failure(_ problem: String) -> ConfigurationError {
      ConfigurationError(.pluginFailed, "exec plugin \(plugin.command): \(problem)")
    }
    guard let object = try? JSONValue(parsing: output), object["kind"] == "ExecCredential" else {
      throw failure("its output is not an ExecCredential")
    }
    guard let version = object["apiVersion"]?.string, version == plugin.apiVersion else {
      let found = object["apiVersion"]?.string ?? "none"
      throw failure("it answers as \(found.prefix(100)), where \(plugin.apiVersion) was asked for")
    }
    guard let status = object["status"], case .object = status else {
      throw failure("its output has no status")
    }
    token = status["token"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    if let token, !token.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }) {
      throw failure("its token holds white space or other than ASCII")
    }
    switch (status["clientCertificateData"]?.string, status["clientKeyData"]?.string) {
    case (nil, nil): certificate = nil
    case (let text?, let key?):
      certificate = ClientCertificate(certificate: Array(text.utf8), key: Array(key.utf8))
    default: throw failure("of a client certificate and its key it gives only one")
    }
    guard token != nil || certificate != nil else {
      throw failure("it gives neither a token nor a client certificate")
    }
    guard let text = status["expirationTimestamp"]?.string else {
      expires = nil
      return
    }
    guard let seconds = RFC3339.seconds(text) else {
      throw failure("its expirationTimestamp is not a time (\(text.prefix(40)))")
    }
    expires = seconds
  }

  func isValid(at now: Int) -> Bool { expires.map { now < $0 } ?? true }
}

/// Times as Kubernetes writes them: `2026-11-28T10:00:00Z`, with an offset or with fractions, too.
enum RFC3339 {
  /// Whole seconds since 1970; nil for anything else.
  static func seconds(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int? {
      guard range.upperBound <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[range] {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        value = value * 10 + Int(byte - UInt8(ascii: "0"))
      }
      return value
    }
    guard bytes.count >= 20, bytes.count <= 64,
      let year = number(0..<4), bytes[4] == UInt8(ascii: "-"), let month = number(5..<7),
      bytes[7] == UInt8(ascii: "-"), let day = number(8..<10),
      [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[10]),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    var index = 19
    if bytes[index] == UInt8(ascii: ".") {
      index += 1
      while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
        index += 1
      }
    }
    guard index < bytes.count else { return nil }
    var offset = 0
    switch bytes[index] {
    case UInt8(ascii: "Z"), UInt8(ascii: "z"): guard index + 1 == bytes.count else { return nil }
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      guard index + 6 == bytes.count, let hours = number(index + 1..<index + 3),
        let minutes = number(index + 4..<index + 6)
      else { return nil }
      offset = (hours * 60 + minutes) * 60 * (bytes[index] == UInt8(ascii: "-") ? -1 : 1)
    default: return nil
    }
    return ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second - offset
  }

  /// Days since 1970 in the Gregorian calendar, by counting years from March.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
